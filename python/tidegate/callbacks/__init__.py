"""Callbacks: ``keras.callbacks``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._keras_names import CALLBACKS
from .._lazy import attach

if TYPE_CHECKING:
    from .backup_and_restore import BackupAndRestore as BackupAndRestore
    from .callback import Callback as Callback
    from .callback_list import CallbackList as CallbackList
    from .csv_logger import CSVLogger as CSVLogger
    from .early_stopping import EarlyStopping as EarlyStopping
    from .history import History as History
    from .lambda_callback import LambdaCallback as LambdaCallback
    from .learning_rate_scheduler import LearningRateScheduler as LearningRateScheduler
    from .model_checkpoint import ModelCheckpoint as ModelCheckpoint
    from .progbar_logger import ProgbarLogger as ProgbarLogger
    from .reduce_lr_on_plateau import ReduceLROnPlateau as ReduceLROnPlateau
    from .swap_ema_weights import SwapEMAWeights as SwapEMAWeights
    from .tensorboard import TensorBoard as TensorBoard
    from .terminate_on_nan import TerminateOnNaN as TerminateOnNaN

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "BackupAndRestore": ".backup_and_restore",
        "Callback": ".callback",
        "CallbackList": ".callback_list",
        "History": ".history",
        "ProgbarLogger": ".progbar_logger",
        "EarlyStopping": ".early_stopping",
        "ModelCheckpoint": ".model_checkpoint",
        "ReduceLROnPlateau": ".reduce_lr_on_plateau",
        "LearningRateScheduler": ".learning_rate_scheduler",
        "LambdaCallback": ".lambda_callback",
        "CSVLogger": ".csv_logger",
        "SwapEMAWeights": ".swap_ema_weights",
        "TensorBoard": ".tensorboard",
        "TerminateOnNaN": ".terminate_on_nan",
    },
    CALLBACKS,
    "callback",
)

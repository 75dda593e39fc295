"""Optimizers: ``keras.optimizers``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._keras_names import OPTIMIZERS
from .._lazy import attach

if TYPE_CHECKING:
    from .adam import Adam as Adam
    from .optimizer import Optimizer as Optimizer
    from .registry import deserialize as deserialize
    from .registry import get as get
    from .registry import serialize as serialize
    from .rmsprop import RMSprop as RMSprop
    from .sgd import SGD as SGD

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "Optimizer": ".optimizer",
        "SGD": ".sgd",
        "RMSprop": ".rmsprop",
        "Adam": ".adam",
        "deserialize": ".registry",
        "get": ".registry",
        "serialize": ".registry",
    },
    OPTIMIZERS,
    "optimizer",
)

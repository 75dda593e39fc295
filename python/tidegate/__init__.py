"""tidegate: recurrent networks on the CPU that people have, with Keras' words.

A tutorial changes its import lines: ``from tidegate.models import Sequential``, ``from
tidegate.layers import LSTM, Dense, Embedding``; ``import tidegate as keras`` works too. Everything
is imported on its first use: ``import tidegate`` costs what NumPy costs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._keras_names import TOP
from ._lazy import attach
from ._version import __version__ as __version__

if TYPE_CHECKING:
    from . import activations as activations
    from . import callbacks as callbacks
    from . import config as config
    from . import datasets as datasets
    from . import dtype_policies as dtype_policies
    from . import initializers as initializers
    from . import layers as layers
    from . import losses as losses
    from . import metrics as metrics
    from . import mixed_precision as mixed_precision
    from . import models as models
    from . import ops as ops
    from . import optimizers as optimizers
    from . import random as random
    from . import saving as saving
    from . import tree as tree
    from . import utils as utils
    from ._core import get_num_threads as get_num_threads
    from ._core import set_num_threads as set_num_threads
    from .autodiff import GradientTape as GradientTape
    from .dtype_policies import DTypePolicy as DTypePolicy
    from .dtype_policies import FloatDTypePolicy as FloatDTypePolicy
    from .initializers import Initializer as Initializer
    from .layers.input_layer import Input as Input
    from .layers.input_spec import InputSpec as InputSpec
    from .layers.layer import Layer as Layer
    from .losses.loss import Loss as Loss
    from .metrics.metric import Metric as Metric
    from .models.model import Model as Model
    from .models.sequential import Sequential as Sequential
    from .ops.explain import explain as explain
    from .optimizers.optimizer import Optimizer as Optimizer
    from .remat_scope import RematScope as RematScope
    from .symbolic import KerasTensor as KerasTensor
    from .tensor import Tensor as Tensor
    from .tensor import convert_to_tensor as convert_to_tensor
    from .variable import Variable as Variable

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "activations": ".activations:",
        "callbacks": ".callbacks:",
        "config": ".config:",
        "constraints": ".constraints:",
        "datasets": ".datasets:",
        "dtype_policies": ".dtype_policies:",
        "initializers": ".initializers:",
        "layers": ".layers:",
        "losses": ".losses:",
        "metrics": ".metrics:",
        "mixed_precision": ".mixed_precision:",
        "models": ".models:",
        "ops": ".ops:",
        "optimizers": ".optimizers:",
        "preprocessing": ".preprocessing:",
        "random": ".random:",
        "regularizers": ".regularizers:",
        "runtime": ".runtime:",
        "saving": ".saving:",
        "tree": ".tree:",
        "utils": ".utils:",
        "viz": ".viz:",
        "DTypePolicy": ".dtype_policies",
        "FloatDTypePolicy": ".dtype_policies",
        "GradientTape": ".autodiff",
        "Initializer": ".initializers",
        "Input": ".layers.input_layer",
        "InputSpec": ".layers.input_spec",
        "KerasTensor": ".symbolic",
        "Layer": ".layers.layer",
        "Loss": ".losses.loss",
        "Metric": ".metrics.metric",
        "Model": ".models.model",
        "Optimizer": ".optimizers.optimizer",
        "RematScope": ".remat_scope",
        "Sequential": ".models.sequential",
        "Tensor": ".tensor",
        "Variable": ".variable",
        "convert_to_tensor": ".tensor",
        "explain": ".ops.explain",
        "get_num_threads": "._core",
        "set_num_threads": "._core",
    },
    TOP,
)

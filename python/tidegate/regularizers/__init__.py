"""Regularizers: ``keras.regularizers``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._keras_names import REGULARIZERS
from .._lazy import attach

if TYPE_CHECKING:
    from .registry import deserialize as deserialize
    from .registry import get as get
    from .registry import serialize as serialize
    from .regularizers import L1 as L1
    from .regularizers import L1L2 as L1L2
    from .regularizers import L2 as L2
    from .regularizers import OrthogonalRegularizer as OrthogonalRegularizer
    from .regularizers import Regularizer as Regularizer
    from .regularizers import l1 as l1
    from .regularizers import l1_l2 as l1_l2
    from .regularizers import l2 as l2
    from .regularizers import orthogonal_regularizer as orthogonal_regularizer

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "L1": ".regularizers",
        "L1L2": ".regularizers",
        "L2": ".regularizers",
        "OrthogonalRegularizer": ".regularizers",
        "Regularizer": ".regularizers",
        "l1": ".regularizers",
        "l1_l2": ".regularizers",
        "l2": ".regularizers",
        "orthogonal_regularizer": ".regularizers",
        "deserialize": ".registry",
        "get": ".registry",
        "serialize": ".registry",
    },
    REGULARIZERS,
    "regularizer",
)

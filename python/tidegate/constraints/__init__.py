"""Constraints: ``keras.constraints``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._keras_names import CONSTRAINTS
from .._lazy import attach

if TYPE_CHECKING:
    from .constraints import Constraint as Constraint
    from .constraints import MaxNorm as MaxNorm
    from .constraints import MinMaxNorm as MinMaxNorm
    from .constraints import NonNeg as NonNeg
    from .constraints import UnitNorm as UnitNorm
    from .constraints import max_norm as max_norm
    from .constraints import min_max_norm as min_max_norm
    from .constraints import non_neg as non_neg
    from .constraints import unit_norm as unit_norm
    from .registry import deserialize as deserialize
    from .registry import get as get
    from .registry import serialize as serialize

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "Constraint": ".constraints",
        "MaxNorm": ".constraints",
        "MinMaxNorm": ".constraints",
        "NonNeg": ".constraints",
        "UnitNorm": ".constraints",
        "max_norm": ".constraints",
        "min_max_norm": ".constraints",
        "non_neg": ".constraints",
        "unit_norm": ".constraints",
        "deserialize": ".registry",
        "get": ".registry",
        "serialize": ".registry",
    },
    CONSTRAINTS,
    "constraint",
)

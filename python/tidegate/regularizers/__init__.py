"""``keras.regularizers``: none of them yet, and each says so by name."""

from __future__ import annotations

from .._keras_names import REGULARIZERS
from .._lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, {}, REGULARIZERS, "regularizer")

"""Old names of helpers: ``keras.preprocessing``."""

from __future__ import annotations

from .._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__, {"sequence": ".sequence:"}, ("image", "sequence"), "name"
)

"""What a layer's ``call`` takes, looked up once per class."""

from __future__ import annotations

import inspect
from typing import Any

__all__ = ["CallSignature", "signature_of"]

_KINDS = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY)
_cache: dict[Any, CallSignature] = {}


class CallSignature:
    """Names of the parameters of ``call`` and which of them the library fills.

    Attributes:
        names: parameters that can be given by position, without self.
        has_training, has_mask: whether ``call`` takes them.
        training_default: default of ``training``.
        mask_names: names that end in "_mask".
        open: whether ``call`` takes ``**kwargs``.
    """

    __slots__ = ("has_mask", "has_training", "mask_names", "names", "open", "training_default")

    def __init__(self, function: Any) -> None:
        parameters = list(inspect.signature(function).parameters.values())
        if parameters and parameters[0].name == "self":
            parameters = parameters[1:]
        named = {parameter.name: parameter for parameter in parameters}
        self.names = tuple(p.name for p in parameters if p.kind in _KINDS)
        self.has_training = "training" in named
        self.has_mask = "mask" in named
        self.mask_names = tuple(name for name in named if name.endswith("_mask"))
        self.open = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters)
        default = named["training"].default if self.has_training else None
        self.training_default = None if default is inspect.Parameter.empty else default


def signature_of(layer_class: type) -> CallSignature:
    """The signature of the class' ``call``, from the cache."""
    function = layer_class.call  # type: ignore[attr-defined]
    found = _cache.get(function)
    if found is None:
        found = _cache[function] = CallSignature(function)
    return found

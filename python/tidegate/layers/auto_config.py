"""The configuration of a layer whose class writes none: the arguments that it was made with."""

from __future__ import annotations

import inspect
from typing import Any

from .. import tree

__all__ = ["given_arguments", "takes_name"]

_PLAIN = (str, int, float, bool, type(None))


def given_arguments(
    layer_class: type, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Any] | None:
    """All constructor arguments by name, defaults included; None if one is nameless or not plain.

    Plain are numbers, strings, None, and lists and dicts of them: what a configuration can hold.

    >>> class Two:
    ...     def __init__(self, a, b=1, name=None): ...
    >>> given_arguments(Two, (5,), {"name": "x"})
    {'a': 5, 'b': 1}
    """
    signature = inspect.signature(layer_class.__init__)  # type: ignore[misc]
    parameters = signature.parameters
    try:
        bound = signature.bind(None, *args, **kwargs)
    except TypeError:
        return None
    nameless = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.VAR_POSITIONAL)
    if any(parameters[name].kind in nameless for name in list(bound.arguments)[1:]):
        return None
    bound.apply_defaults()
    found: dict[str, Any] = {}
    for number, (name, value) in enumerate(bound.arguments.items()):
        if parameters[name].kind is inspect.Parameter.VAR_KEYWORD:
            found.update(value)
        elif number and parameters[name].kind not in nameless:  # the first one is self
            found[name] = value
    found.pop("name", None)
    return found if all(isinstance(leaf, _PLAIN) for leaf in tree.flatten(found)) else None


def takes_name(layer_class: type) -> bool:
    """Whether the constructor takes ``name``, itself or among ``**kwargs``."""
    parameters = inspect.signature(layer_class.__init__).parameters.values()  # type: ignore[misc]
    return any(p.name == "name" or p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters)

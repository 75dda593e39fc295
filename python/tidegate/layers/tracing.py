"""What comes out of a call that has only shapes to go by.

First ``call`` runs on symbolic tensors. A ``call`` that looks at values (``if ops.mean(x) > 0``,
``ops.convert_to_numpy``) or at lengths that are unknown then runs on arrays of ones, twice, with
two lengths for the unknown axes: an axis of the result that differs is unknown too. Nothing that a
trace runs is kept, but for what it builds.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import tree
from ..mask import Mask
from ..scopes import STATE, no_grad, trace_scope
from ..symbolic import KerasTensor
from ..tensor import convert_to_tensor
from .naming import path_scope

__all__ = ["known_shape", "trace"]

# Primes, so that products differ too; longer than most windows.
_LENGTHS = (83, 89)


def trace(layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The outputs of the layer's ``call`` as symbolic tensors.

    Raises:
        Exception: what ``call`` raised on symbolic tensors, if it takes no ones either.
    """
    try:
        return tree.map_structure(_symbolic, _run(layer, args, kwargs, 0))
    except Exception:
        try:
            return tree.map_structure(
                _symbolic, *[_on_ones(layer, args, kwargs, length) for length in _LENGTHS]
            )
        except Exception:
            pass  # the first error speaks of the user's shapes
        raise


def known_shape(x: Any) -> Any:
    """The shape of a tensor; a batch that only stands for one of unknown size is None."""
    if x is None:
        return None
    shape = tuple(x.shape)
    if STATE.tracing and shape and shape[0] == STATE.tracing:
        return (None, *shape[1:])
    return shape


def _run(layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any], length: int) -> Any:
    with no_grad(), trace_scope(length), path_scope(layer):
        return layer._call_in(STATE.training, args, kwargs)


def _on_ones(layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any], length: int) -> Any:
    given, named = tree.map_structure(lambda x: _ones(x, length), (args, kwargs))
    return _run(layer, given, named, length)


def _ones(x: Any, length: int) -> Any:
    if not isinstance(x, KerasTensor):
        return x
    y = convert_to_tensor(np.ones(_filled(x.shape, length), "float32"), x.dtype)
    if x.mask is not None:
        y.mask = Mask(np.ones(_filled(x.mask.shape, length), bool))
    return y


def _filled(shape: tuple[int | None, ...], length: int) -> tuple[int, ...]:
    return tuple([length if size is None else size for size in shape])


def _symbolic(*outcomes: Any) -> KerasTensor:
    """What one output was in each run, without its value: lengths that differ are unknown."""
    tensors = [convert_to_tensor(x) for x in outcomes]
    sizes = zip(*[x.shape for x in tensors], strict=True)
    shape = [size if others.count(size) == len(others) else None for size, *others in sizes]
    return KerasTensor(shape, tensors[0].dtype)

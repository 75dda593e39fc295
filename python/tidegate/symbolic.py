"""Tensors without a value, and the record of the calls that relate them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn

from tidegate.dtypes import standardize_dtype
from tidegate.errors import message
from tidegate.operators import Operators
from tidegate.scopes import STATE
from tidegate.utils import tree

Shape = tuple[int | None, ...]

_names = itertools.count()


class Spec(NamedTuple):
    """What a shape rule takes and gives: a shape (None = unknown until run) and a dtype."""

    shape: Shape
    dtype: str


class KerasTensor(Operators):
    """A symbolic tensor: shape and dtype without a value, from `Input` or from a call on one.

    Args:
        shape: axis lengths, None where the length is known only at run time.
        dtype: dtype name, floatx if None.
        name: shown in summaries and errors.

    Attributes:
        mask: the symbolic mask that rides on it, a bool KerasTensor or None.
        history: (node, index): the call that made it and which of its outputs it is; None for one
            that nothing made.

    >>> KerasTensor((None, 10, 3), name="x")
    <KerasTensor shape=(None, 10, 3), dtype=float32, name=x>
    """

    __slots__ = ("__weakref__", "dtype", "history", "mask", "name", "shape")

    shape: Shape
    dtype: str
    mask: KerasTensor | None
    history: tuple[Node, int] | None

    def __init__(self, shape: Any, dtype: Any = None, name: str | None = None) -> None:
        self.shape = tuple(None if axis is None else int(axis) for axis in shape)
        self.dtype = standardize_dtype(dtype)
        if name is None:
            number = next(_names)
            name = f"keras_tensor_{number}" if number else "keras_tensor"
        self.name = name
        self.mask = None
        self.history = None

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def _keras_mask(self) -> KerasTensor | None:
        return self.mask

    @_keras_mask.setter
    def _keras_mask(self, mask: KerasTensor | None) -> None:
        self.mask = mask

    def __repr__(self) -> str:
        return f"<KerasTensor shape={self.shape}, dtype={self.dtype}, name={self.name}>"

    def __iter__(self) -> Iterator[Any]:
        self.refuse("iterated over")

    def __len__(self) -> int:
        if not self.shape or self.shape[0] is None:
            self.refuse("measured: its first axis is unknown")
        return self.shape[0]

    def __bool__(self) -> bool:
        self.refuse("used as a Python boolean")

    def __float__(self) -> float:
        self.refuse("converted to a number")

    def __int__(self) -> int:
        self.refuse("converted to a number")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NoReturn:
        self.refuse("converted to an array")

    def refuse(self, what: str) -> NoReturn:
        """Raise the error for a use that needs a value."""
        hint = "use functions of tidegate.ops"
        if STATE.tracing is None:
            hint += ", or put the code into the call of a Layer"
        else:
            hint += "; a layer whose call reads values needs compute_output_shape"
        raise TypeError(
            message(
                "KerasTensor",
                f"a symbolic tensor has no value, so it cannot be {what}",
                repr(self),
                hint,
            )
        )


class Node:
    """One call in a symbolic graph.

    Args:
        operation: what was called, an op or a layer: `operation(*args, **kwargs)` runs it again.
        args, kwargs: as in the call; KerasTensors anywhere inside them are its inputs.
        outputs: the KerasTensors that came out, in the structure of the result.

    Making a node sets `history` of each output.
    """

    __slots__ = ("args", "kwargs", "operation", "outputs")

    def __init__(
        self, operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any], outputs: Any
    ) -> None:
        self.operation = operation
        self.args = args
        self.kwargs = kwargs
        self.outputs = outputs
        for index, output in enumerate(tree.flatten(outputs)):
            output.history = (self, index)

    @property
    def inputs(self) -> list[KerasTensor]:
        """The symbolic arguments, in order, each as often as it is used."""
        return [
            leaf for leaf in tree.flatten((self.args, self.kwargs)) if isinstance(leaf, KerasTensor)
        ]

    def __repr__(self) -> str:
        name = getattr(self.operation, "name", type(self.operation).__name__)
        return f"<Node {name}>"


def is_keras_tensor(x: Any) -> bool:
    """Whether x is symbolic."""
    return isinstance(x, KerasTensor)


def any_symbolic(args: Any) -> bool:
    """Whether there is a symbolic tensor anywhere in a nested structure of arguments."""
    return any(isinstance(leaf, KerasTensor) for leaf in tree.flatten(args))

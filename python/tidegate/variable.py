"""Variable: an array that training changes, and the packed weights made from it."""

from __future__ import annotations

import math
from typing import Any

from tidegate.arrays import Array, as_array
from tidegate.devices import aligned_empty
from tidegate.dtypes import array_dtype, name_of
from tidegate.errors import message, not_offered
from tidegate.operators import Operators
from tidegate.scopes import STATE, next_key

# What a copy of a variable takes over beside the values.
_KEPT = ("autocast", "constraint", "fixed", "name", "path", "regularizer", "trainable")


class Variable(Operators):
    """A weight: named, 64-byte aligned, versioned.

    Args:
        initializer: an array of values, or a callable `(shape, dtype) -> values` (then `shape` is
            needed), or the name of an initializer.
        shape, dtype: of the values; taken from the array where one is given.
        trainable: whether tapes watch it by themselves.
        autocast: whether layers of the policy "mixed_bfloat16" compute with its rounded values.
        aggregation, synchronization, layout: for Keras' signature, without effect.
        name: last part of `path`.

    Attributes:
        version: grows with every change; packed weights are keyed by it.
        packs: {op name: (versions, packed weights)}, entries are replaced whole.
        path: name with the names of the layers around it, set by the layer that owns it.
        fixed: made with trainable=False, which the `trainable` of a layer around it never undoes.
        regularizer, constraint: kept for the layer and the optimizer.

    `assign` puts the values into a new array, so tensors and views taken before keep what they
    had. Only the optimizer and the loaders write into `array` itself and then call `bump()`.

    >>> v = Variable([[1.0, 2.0]], name="kernel")
    >>> v.assign_add([[1.0, 1.0]]).numpy(), v.version
    (array([[2., 3.]], dtype=float32), 1)
    """

    __slots__ = (
        "__weakref__",
        "_key",
        "_value",
        "_view",
        "autocast",
        "constraint",
        "fixed",
        "name",
        "packs",
        "path",
        "regularizer",
        "trainable",
        "version",
    )

    mask = None

    def __init__(
        self,
        initializer: Any,
        shape: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        aggregation: str | None = None,
        synchronization: str | None = None,
        layout: Any = None,
        name: str | None = None,
    ) -> None:
        if layout is not None:
            raise not_offered("Variable", "layout")
        self.name = name or "variable"
        self.path = self.name
        self.trainable = bool(trainable)
        self.fixed = not self.trainable
        self.autocast = bool(autocast)
        self.regularizer: Any = None
        self.constraint: Any = None
        self.version = 0
        self.packs: dict[str, tuple[Any, Any]] = {}
        self._key = next_key()
        if STATE.elements_left is not None:
            _count_elements(self.name, shape)
        self._set(_initial_values(self.name, initializer, shape, dtype))

    def _set(self, values: Array) -> None:
        array = aligned_empty(values.shape, values.dtype.name)
        array[...] = values
        self._value = array
        self._view = array.view()
        self._view.flags.writeable = False

    @property
    def array(self) -> Array:
        """The writable array, for the optimizer and the loaders: write, then call `bump()`.

        Read it anew for every use: `assign` replaces it.
        """
        return self._value

    @property
    def value(self) -> Array:
        """A read-only view of the present values; an optimizer step shows through it."""
        return self._view

    def numpy(self) -> Array:
        """A copy of the present values."""
        return self._value.copy()

    def bump(self) -> None:
        """Say that `array` was written: packed weights of the older version are not used again."""
        self.version += 1

    @property
    def shape(self) -> tuple[int, ...]:
        """Axis lengths."""
        return self._value.shape

    @property
    def dtype(self) -> str:
        """The name of the dtype; inside a layer of "mixed_bfloat16" the one it counts as there."""
        name = name_of(self._value.dtype)
        if name == "float32" and self.autocast and STATE.autocast is not None:
            return STATE.autocast
        return name

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._value.ndim

    @property
    def size(self) -> int:
        """The number of elements."""
        return self._value.size

    def assign(self, value: Any) -> Variable:
        """Replace the values.

        Inside of a trace (`scopes.trace_scope`) the shape is checked and nothing is replaced.

        Raises:
            ValueError: values of another shape.
        """
        if STATE.tracing is not None:
            return self._checked("assign", value, spread=False)
        values = as_array(value, name_of(self._value.dtype))
        if values.shape != self.shape:
            raise ValueError(
                message(
                    "assign",
                    f"values for variable {self.path!r} must have shape {self.shape}",
                    f"shape {values.shape}",
                )
            )
        self._set(values)
        self.bump()
        return self

    def assign_add(self, value: Any) -> Variable:
        """Add to the values; they broadcast as NumPy does."""
        if STATE.tracing is not None:
            return self._checked("assign_add", value, spread=True)
        return self.assign(self._value + as_array(value, name_of(self._value.dtype)))

    def assign_sub(self, value: Any) -> Variable:
        """Subtract from the values; they broadcast as NumPy does."""
        if STATE.tracing is not None:
            return self._checked("assign_sub", value, spread=True)
        return self.assign(self._value - as_array(value, name_of(self._value.dtype)))

    def _checked(self, op: str, value: Any, spread: bool) -> Variable:
        """The shape of values that a trace discards, as far as it is known."""
        known = value if isinstance(value, Operators) else as_array(value)
        shape = tuple(known.shape)  # type: ignore[union-attr]
        missing = len(self.shape) - len(shape)
        fits = missing >= 0 if spread else not missing
        for size, given in zip(self.shape[missing:], shape, strict=False):
            fits = fits and (given is None or given == size or (spread and given == 1))
        if not fits:
            raise ValueError(
                message(
                    op,
                    f"values for variable {self.path!r} must have shape {self.shape}",
                    f"shape {shape}",
                )
            )
        return self

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        if any(
            tape.is_watched(self._key) or (self.trainable and tape.watches_variables)
            for tape in STATE.tapes
        ):
            raise RuntimeError(
                message(
                    "Variable",
                    "a variable that an active GradientTape watches cannot be converted to an "
                    "array, its gradient would be lost",
                    repr(self),
                    "use tidegate.ops in place of NumPy, or v.numpy() if no gradient is wanted",
                )
            )
        return self._value.astype(dtype or self._value.dtype)

    def __len__(self) -> int:
        return len(self._value)

    def __float__(self) -> float:
        return float(self._value)

    def __int__(self) -> int:
        return int(self._value)

    def __bool__(self) -> bool:
        raise TypeError(
            message("Variable", "a variable has no truth value", repr(self), "compare its values")
        )

    def __getstate__(self) -> dict[str, Any]:
        return {"array": self._value, **{name: getattr(self, name) for name in _KEPT}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Of a pickle and of a deep copy: another variable, so tapes and packs know it by a key of
        # its own.
        for name in _KEPT:
            setattr(self, name, state[name])
        self.version = 0
        self.packs = {}
        self._key = next_key()
        self._set(state["array"])

    def __repr__(self) -> str:
        return f"<Variable path={self.path}, shape={self.shape}, dtype={self.dtype}>"


class variable_limit:  # noqa: N801 - a scope, used like a function
    """Within it, this thread makes variables of at most so many elements together.

    For loading, where sizes come from a file.

    Raises:
        ValueError: more, before they are allocated.

    >>> with variable_limit(10):
    ...     Variable("zeros", shape=(2, 3)).shape
    (2, 3)
    """

    __slots__ = ("_before", "_elements")

    def __init__(self, elements: int) -> None:
        self._elements = elements
        self._before: int | None = None

    def __enter__(self) -> None:
        self._before = STATE.elements_left
        STATE.elements_left = self._elements

    def __exit__(self, *error: object) -> None:
        STATE.elements_left = self._before


def _count_elements(name: str, shape: Any) -> None:
    if shape is None:  # values that are there already
        return
    assert STATE.elements_left is not None
    wanted = math.prod(shape)
    if wanted > STATE.elements_left:
        raise ValueError(
            message("Variable", f"{name!r} is larger than the file justifies", f"shape {shape}")
        )
    STATE.elements_left -= wanted


def _initial_values(name: str, initializer: Any, shape: Any, dtype: Any) -> Array:
    kind = None if dtype is None else array_dtype(dtype)
    if isinstance(initializer, str):
        from tidegate import initializers

        initializer = initializers.get(initializer)
    if not callable(initializer):
        values = as_array(initializer, kind)
        if shape is not None and tuple(shape) != values.shape:
            raise ValueError(
                message(
                    "Variable",
                    f"values for {name!r} must have shape {tuple(shape)}",
                    f"shape {values.shape}",
                )
            )
        return values
    if shape is None:
        raise ValueError(
            message(
                "Variable",
                "an initializer that is a callable needs the shape",
                "shape=None",
                f"Variable(initializer, shape=(2, 3), name={name!r})",
            )
        )
    wanted = tuple(int(axis) for axis in shape)
    kind = array_dtype(dtype)
    values = as_array(initializer(wanted, dtype=kind), kind)
    if values.shape != wanted:
        raise ValueError(
            message(
                "Variable",
                f"the initializer of {name!r} must give shape {wanted}",
                f"shape {values.shape}",
            )
        )
    return values

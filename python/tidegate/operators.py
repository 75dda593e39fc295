"""The operators that Tensor, KerasTensor and Variable share; each is the function of that name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tidegate.errors import message


class _Functions:
    """`tidegate.ops`, imported at the first operator: ops itself imports the tensor classes."""

    def __getattr__(self, name: str) -> Any:
        from tidegate import ops

        function = getattr(ops, name)
        setattr(self, name, function)
        return function


_ops = _Functions()


# What `array op tensor` calls.
_REFLECTED = {
    "add": "__radd__",
    "subtract": "__rsub__",
    "multiply": "__rmul__",
    "divide": "__rtruediv__",
    "true_divide": "__rtruediv__",
    "floor_divide": "__rfloordiv__",
    "remainder": "__rmod__",
    "power": "__rpow__",
    "matmul": "__rmatmul__",
    "bitwise_and": "__rand__",
    "bitwise_or": "__ror__",
    "bitwise_xor": "__rxor__",
    "less": "__gt__",
    "less_equal": "__ge__",
    "greater": "__lt__",
    "greater_equal": "__le__",
    "equal": "__eq__",
    "not_equal": "__ne__",
}


_COMPARISONS = frozenset(("__lt__", "__le__", "__gt__", "__ge__", "__eq__", "__ne__"))


def _no_ufunc(value: Any, name: str) -> TypeError:
    if hasattr(value, "refuse"):  # symbolic
        value.refuse(f"given to np.{name}")
    owner = type(value).__name__
    instead = f"tidegate.ops.{name}" if hasattr(_ops, name) else "a function of tidegate.ops"
    return TypeError(
        message(
            owner,
            f"np.{name} takes no {owner}, nor does an array change in place by one: NumPy would "
            "drop the gradient",
            repr(value),
            f"{instead}, or np.{name}(x.numpy()) if no gradient is wanted",
        )
    )


class Operators:
    """Python's operators, both ways, for anything that ops accept."""

    __slots__ = ()

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """`ndarray * tensor` is an operator; `np.tanh(tensor)` would drop the gradient."""
        reflected = _REFLECTED.get(ufunc.__name__)
        operands = method == "__call__" and len(inputs) == 2 and not kwargs
        if not (reflected and operands) or isinstance(inputs[0], Operators):
            raise _no_ufunc(self, ufunc.__name__)
        other = inputs[0]
        if reflected in _COMPARISONS and getattr(other, "ndim", None) == 0:
            other = other[()]  # NumPy compares its scalars as arrays
        result = getattr(inputs[1], reflected)(other)
        # As Python: what knows no equality is equal to itself alone.
        return reflected == "__ne__" if result is NotImplemented else result

    def __add__(self, other: Any) -> Any:
        return _ops.add(self, other)

    def __radd__(self, other: Any) -> Any:
        return _ops.add(other, self)

    def __sub__(self, other: Any) -> Any:
        return _ops.subtract(self, other)

    def __rsub__(self, other: Any) -> Any:
        return _ops.subtract(other, self)

    def __mul__(self, other: Any) -> Any:
        return _ops.multiply(self, other)

    def __rmul__(self, other: Any) -> Any:
        return _ops.multiply(other, self)

    def __truediv__(self, other: Any) -> Any:
        return _ops.divide(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return _ops.divide(other, self)

    def __floordiv__(self, other: Any) -> Any:
        return _ops.floor_divide(self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return _ops.floor_divide(other, self)

    def __mod__(self, other: Any) -> Any:
        return _ops.mod(self, other)

    def __rmod__(self, other: Any) -> Any:
        return _ops.mod(other, self)

    def __pow__(self, other: Any) -> Any:
        return _ops.power(self, other)

    def __rpow__(self, other: Any) -> Any:
        return _ops.power(other, self)

    def __matmul__(self, other: Any) -> Any:
        return _ops.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return _ops.matmul(other, self)

    def __neg__(self) -> Any:
        return _ops.negative(self)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return _ops.abs(self)

    def __invert__(self) -> Any:
        return _ops.logical_not(self)

    def __and__(self, other: Any) -> Any:
        return _ops.logical_and(self, other)

    def __rand__(self, other: Any) -> Any:
        return _ops.logical_and(other, self)

    def __or__(self, other: Any) -> Any:
        return _ops.logical_or(self, other)

    def __ror__(self, other: Any) -> Any:
        return _ops.logical_or(other, self)

    def __xor__(self, other: Any) -> Any:
        return _ops.logical_xor(self, other)

    def __rxor__(self, other: Any) -> Any:
        return _ops.logical_xor(other, self)

    def __lt__(self, other: Any) -> Any:
        return _ops.less(self, other)

    def __le__(self, other: Any) -> Any:
        return _ops.less_equal(self, other)

    def __gt__(self, other: Any) -> Any:
        return _ops.greater(self, other)

    def __ge__(self, other: Any) -> Any:
        return _ops.greater_equal(self, other)

    def __getitem__(self, index: Any) -> Any:
        return _ops.get_item(self, index)

    def __iter__(self) -> Iterator[Any]:
        shape: tuple[int, ...] = self.shape  # type: ignore[attr-defined]
        if not shape:
            raise TypeError("[iter] a scalar has no axis to iterate over.")
        return (_ops.get_item(self, i) for i in range(shape[0]))

"""The operators that Tensor, KerasTensor and Variable share; each is the function of that name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class _Functions:
    """`tidegate.ops`, imported at the first operator: ops itself imports the tensor classes."""

    def __getattr__(self, name: str) -> Any:
        from tidegate import ops

        function = getattr(ops, name)
        setattr(self, name, function)
        return function


_ops = _Functions()


class Operators:
    """Python's operators, both ways, for anything that ops accept."""

    __slots__ = ()

    # So that `ndarray * tensor` comes here and `np.tanh(tensor)` is an error: NumPy would compute
    # the value and drop the gradient.
    __array_ufunc__ = None

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

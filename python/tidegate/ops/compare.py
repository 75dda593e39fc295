"""Comparisons and logic on each element; the results are booleans and have no gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from tidegate.ops.elementwise import Binary, Unary
from tidegate.ops.math import cast


def _comparison(name: str, function: Any) -> Binary:
    return Binary(name, function, None, dtype="bool")


_equal = _comparison("equal", np.equal)
_not_equal = _comparison("not_equal", np.not_equal)
_greater = _comparison("greater", np.greater)
_greater_equal = _comparison("greater_equal", np.greater_equal)
_less = _comparison("less", np.less)
_less_equal = _comparison("less_equal", np.less_equal)
_and = _comparison("logical_and", np.logical_and)
_or = _comparison("logical_or", np.logical_or)
_xor = _comparison("logical_xor", np.logical_xor)
_not = Unary("logical_not", np.logical_not, None, floats=None, dtype="bool")
_isnan = Unary("isnan", np.isnan, None, dtype="bool")
_isinf = Unary("isinf", np.isinf, None, dtype="bool")
_isfinite = Unary("isfinite", np.isfinite, None, dtype="bool")


def equal(x1: Any, x2: Any) -> Any:
    """x1 == x2.

    >>> equal([1, 2], 2).numpy()
    array([False,  True])
    """
    return _equal(x1, x2)


def not_equal(x1: Any, x2: Any) -> Any:
    """x1 != x2."""
    return _not_equal(x1, x2)


def greater(x1: Any, x2: Any) -> Any:
    """x1 > x2."""
    return _greater(x1, x2)


def greater_equal(x1: Any, x2: Any) -> Any:
    """x1 >= x2."""
    return _greater_equal(x1, x2)


def less(x1: Any, x2: Any) -> Any:
    """x1 < x2."""
    return _less(x1, x2)


def less_equal(x1: Any, x2: Any) -> Any:
    """x1 <= x2."""
    return _less_equal(x1, x2)


def logical_and(x1: Any, x2: Any) -> Any:
    """Both; numbers count as true where they are not 0."""
    return _and(cast(x1, "bool"), cast(x2, "bool"))


def logical_or(x1: Any, x2: Any) -> Any:
    """At least one; numbers count as true where they are not 0."""
    return _or(cast(x1, "bool"), cast(x2, "bool"))


def logical_xor(x1: Any, x2: Any) -> Any:
    """Exactly one; numbers count as true where they are not 0."""
    return _xor(cast(x1, "bool"), cast(x2, "bool"))


def logical_not(x: Any) -> Any:
    """The opposite; numbers count as true where they are not 0."""
    return _not(x)


def isnan(x: Any) -> Any:
    """Where x is not a number."""
    return _isnan(x)


def isinf(x: Any) -> Any:
    """Where x is infinite."""
    return _isinf(x)


def isfinite(x: Any) -> Any:
    """Where x is neither infinite nor NaN."""
    return _isfinite(x)

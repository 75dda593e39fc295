"""The base of all metrics."""

from __future__ import annotations

import functools
from typing import Any

from .. import dtype_policies
from .._keras_names import METRIC_ATTRIBUTES
from .._lazy import missing_attribute
from ..config import floatx
from ..errors import message
from ..metric_base import MetricBase
from ..scopes import STATE
from ..tensor import Variable
from ..utils.naming import auto_name

__all__ = ["Metric"]


class Metric(MetricBase):
    """A number that is gathered over batches.

    Subclasses write ``update_state`` and ``result``, and keep what they gather in variables from
    ``add_variable`` (set to zero by ``reset_state``) or in attributes of their own (then they
    write ``reset_state`` too).

    Args:
        dtype: of the result; default floatx.
        name: default by class.

    Example:

    >>> class Largest(Metric):
    ...     def __init__(self, name="largest"):
    ...         super().__init__(name=name)
    ...         self.largest = self.add_variable((), "zeros", name="largest")
    ...     def update_state(self, y_true, y_pred, sample_weight=None):
    ...         self.largest.assign(max(float(self.largest), float(y_pred.numpy().max())))
    ...     def result(self):
    ...         return self.largest
    """

    def __init_subclass__(cls, skips_traces: bool = False, **kwargs: Any) -> None:
        """``skips_traces``: its ``update_state`` looks itself, which saves a call in each step."""
        super().__init_subclass__(**kwargs)
        if "update_state" in vars(cls) and not skips_traces:
            cls.update_state = _outside_traces(cls.update_state)  # type: ignore[method-assign]

    def __init__(self, dtype: Any = None, name: str | None = None) -> None:
        self.name = name or auto_name(type(self).__name__)
        self._dtype = floatx() if dtype is None else dtype_policies.compute_dtype(dtype)
        self._variables: list[Variable] = []

    @property
    def dtype(self) -> str:
        """The dtype of the result."""
        return self._dtype

    @property
    def variables(self) -> list[Variable]:
        """What ``add_variable`` made."""
        return list(self._variables)

    def add_variable(
        self,
        shape: tuple[int, ...],
        initializer: Any,
        dtype: Any = None,
        aggregation: str = "sum",
        name: str | None = None,
    ) -> Variable:
        """A variable that ``reset_state`` sets to zero; ``aggregation`` has no effect here."""
        variable = Variable(
            initializer, shape=shape, dtype=dtype or self._dtype, trainable=False, name=name
        )
        variable.path = f"{self.name}/{variable.name}"
        self._variables.append(variable)
        return variable

    def add_weight(
        self,
        shape: tuple[int, ...] = (),
        initializer: Any = None,
        dtype: Any = None,
        name: str | None = None,
    ) -> Variable:
        """As ``add_variable``, zeros by default."""
        return self.add_variable(shape, initializer or "zeros", dtype=dtype, name=name)

    def reset_state(self) -> None:
        """Forget what was gathered."""
        for variable in self._variables:
            variable.assign(variable.value * 0)

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Gather one batch; written by subclasses."""
        raise NotImplementedError(
            message("metric", f"{type(self).__name__} must write update_state(y_true, y_pred)")
        )

    def result(self) -> Any:
        """The number, or a dict of numbers; written by subclasses."""
        raise NotImplementedError(message("metric", f"{type(self).__name__} must write result()"))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Gather one batch and return the result so far."""
        self.update_state(*args, **kwargs)
        return self.result()

    def __getattr__(self, name: str) -> Any:
        raise missing_attribute(self, name, METRIC_ATTRIBUTES)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {"name": self.name, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Metric:
        """The inverse of ``get_config``."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


def _outside_traces(update_state: Any) -> Any:
    """``update_state`` that gathers nothing where a call only finds shapes."""

    @functools.wraps(update_state)
    def wrapper(self: Metric, *args: Any, **kwargs: Any) -> None:
        if STATE.tracing is None:
            update_state(self, *args, **kwargs)

    return wrapper

"""What a layer asks of its inputs."""

from __future__ import annotations

from typing import Any

from .. import tree
from ..dtypes import standardize_dtype
from ..errors import message

__all__ = ["InputSpec", "check_inputs"]


class InputSpec:
    """Rank, shape and dtype that a layer asks of one input.

    Args:
        dtype: name, or None for any.
        shape: sizes, None for any.
        ndim, max_ndim, min_ndim: number of axes.
        axes: {axis: size}.
        allow_last_axis_squeeze: a last axis of size 1 may be missing.
        name: key of the input in a dict.
        optional: the input may be None.

    >>> InputSpec(ndim=3)
    InputSpec(ndim=3)
    """

    def __init__(
        self,
        dtype: Any = None,
        shape: tuple[int | None, ...] | None = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: dict[int, int | None] | None = None,
        allow_last_axis_squeeze: bool = False,
        name: str | None = None,
        optional: bool = False,
    ) -> None:
        self.dtype = None if dtype is None else standardize_dtype(dtype)
        self.shape = None if shape is None else tuple(shape)
        self.ndim = len(self.shape) if self.shape is not None else ndim
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        self.axes = {int(axis): size for axis, size in (axes or {}).items()}
        self.allow_last_axis_squeeze = allow_last_axis_squeeze
        self.name = name
        self.optional = optional

    def __repr__(self) -> str:
        names = ("dtype", "shape", "ndim", "max_ndim", "min_ndim", "axes")
        shown = [f"{name}={getattr(self, name)}" for name in names if getattr(self, name)]
        return f"InputSpec({', '.join(shown)})"

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        names = ("dtype", "shape", "ndim", "max_ndim", "min_ndim", "axes", "optional")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> InputSpec:
        """The inverse of ``get_config``."""
        return cls(**config)

    def fits(self, shape: tuple[int | None, ...]) -> str | None:
        """The rule that this shape breaks, or None."""
        ndim = len(shape)
        if self.ndim is not None and ndim != self.ndim and not self.allow_last_axis_squeeze:
            return f"the input must have {self.ndim} axes"
        if self.max_ndim is not None and ndim > self.max_ndim:
            return f"the input must have at most {self.max_ndim} axes"
        if self.min_ndim is not None and ndim < self.min_ndim:
            return f"the input must have at least {self.min_ndim} axes"
        for axis, size in self.axes.items():
            if size is not None and shape[axis] not in (size, None):
                return f"axis {axis} of the input must have size {size}"
        return self._fits_shape(shape)

    def _fits_shape(self, shape: tuple[int | None, ...]) -> str | None:
        if self.shape is None:
            return None
        wanted = self.shape
        if self.allow_last_axis_squeeze:
            shape = shape[:-1] if shape and shape[-1] == 1 else shape
            wanted = wanted[:-1] if wanted and wanted[-1] == 1 else wanted
        for size, given in zip(wanted, shape, strict=False):
            if size is not None and given is not None and size != given:
                return f"the input must have shape {list(self.shape)}"
        return None


def check_inputs(spec: Any, inputs: Any, layer_name: str) -> None:
    """Raise ValueError where the inputs do not fit the specs."""
    specs = tree.flatten(spec)
    leaves = _in_order(specs, inputs, layer_name)
    if len(leaves) != len(specs):
        raise ValueError(
            message(
                layer_name,
                f"the layer expects {len(specs)} input(s)",
                f"{len(leaves)} input tensors",
            )
        )
    for number, (x, one) in enumerate(zip(leaves, specs, strict=True)):
        if one is None or (x is None and one.optional):
            continue
        if not hasattr(x, "shape"):
            raise ValueError(
                message(layer_name, "inputs to a layer must be tensors", f"{type(x).__name__}")
            )
        rule = one.fits(x.shape)
        if rule is None and one.dtype is not None and x.dtype != one.dtype:
            rule = f"the input must have dtype {one.dtype}"
        if rule is not None:
            which = f"{rule} (input {number})" if len(specs) > 1 else rule
            received = f"shape {tuple(x.shape)}, dtype {x.dtype}"
            raise ValueError(message(layer_name, which, received, _hint(one, x.shape)))


def _in_order(specs: list[Any], inputs: Any, layer_name: str) -> list[Any]:
    names = [getattr(one, "name", None) for one in specs]
    if isinstance(inputs, dict) and all(names):
        missing = [name for name in names if name not in inputs]
        if missing:
            raise ValueError(
                message(layer_name, f"inputs must have the keys {names}", f"keys {list(inputs)}")
            )
        return [inputs[name] for name in names]
    return tree.flatten(inputs)


def _hint(spec: InputSpec, shape: tuple[int | None, ...]) -> str | None:
    if spec.ndim == 3 and len(shape) == 2:
        return "sequences are [batch, steps, features]; x[..., None] adds a features axis of 1"
    return None

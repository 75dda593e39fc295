"""Random factors as a differentiable operation; the numbers come from `tidegate.random`."""

from __future__ import annotations

from typing import Any

from tidegate.errors import message
from tidegate.ops.op import Array, Context, Op, Shape, Spec
from tidegate.random import dropout_mask


class _Dropout(Op):
    """Draws when it runs, so that a symbolic graph draws anew at every call."""

    name = "dropout"

    @staticmethod
    def forward(
        ctx: Context | None, x: Array, rate: float, noise_shape: Shape | None, seed: Any
    ) -> Array:
        if rate == 0:
            factors: Any = None
            y = x
        else:
            sizes = noise_sizes(x.shape, noise_shape)
            factors = dropout_mask(sizes, rate, x.dtype.name, seed)
            y = x * factors
        if ctx is not None:
            ctx.saved = factors
        return y

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[Array]:
        return (dy if ctx.saved is None else dy * ctx.saved,)

    @staticmethod
    def shape(x: Spec, rate: float, noise_shape: Shape | None, seed: Any) -> Spec:
        return x


_dropout = _Dropout()


def noise_sizes(shape: tuple[int, ...], noise_shape: Shape | None) -> tuple[int, ...]:
    """The shape to draw: None means the input's length on that axis.

    Raises:
        ValueError: a length that is neither 1 nor the input's.
    """
    if noise_shape is None:
        return shape
    sizes = tuple(n if given is None else given for n, given in zip(shape, noise_shape))
    if len(noise_shape) != len(shape) or any(given not in (1, n) for n, given in zip(shape, sizes)):
        raise ValueError(
            message(
                "dropout",
                f"noise_shape must have 1 or the input's length on each axis of {shape}",
                noise_shape,
            )
        )
    return sizes


def dropout(inputs: Any, rate: float, noise_shape: Any = None, seed: Any = None) -> Any:
    """Elements set to 0 with probability `rate`, the others divided by 1 - rate."""
    if not 0 <= rate <= 1:
        raise ValueError(message("dropout", "rate must lie in [0, 1]", rate))
    wanted = None if noise_shape is None else tuple(noise_shape)
    return _dropout(inputs, rate=float(rate), noise_shape=wanted, seed=seed)

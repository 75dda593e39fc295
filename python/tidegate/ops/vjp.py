"""Gradients of a function or layer at one point, in one call."""

from __future__ import annotations

from typing import Any

from tidegate.autodiff import GradientTape
from tidegate.dtypes import is_float
from tidegate.errors import message
from tidegate.tensor import Variable, as_array, convert_to_tensor
from tidegate.utils import tree


def vjp(fn_or_layer: Any, x: Any, dy: Any) -> tuple[Any, Any, list[Any]]:
    """The value and the vector-Jacobian products with `dy`.

    Args:
        fn_or_layer: called as `fn_or_layer(x)`.
        x: its input, a tensor, an array, or a list or dict of them.
        dy: the gradient of the output, in its shape and structure; ones if None.

    Returns:
        (y, dx, [dweights]): y the output; dx in the structure of x, None where an input has no
        gradient (integers); one gradient for each of the layer's `trainable_weights`, or, for a
        function, for each trainable Variable that it used, in the order of first use.

    Raises:
        ValueError: `dy` of another shape than the output.

    >>> from tidegate import ops
    >>> y, dx, weights = vjp(ops.square, [1.0, 2.0], [1.0, 1.0])
    >>> dx.numpy(), weights
    (array([2., 4.], dtype=float32), [])
    """
    inputs = [convert_to_tensor(leaf) for leaf in _leaves(x)]
    sources = [leaf for leaf in inputs if is_float(leaf.dtype)]
    with GradientTape() as tape:
        tape.watch(sources)
        y = fn_or_layer(tree.pack(x, inputs) if _is_structure(x) else inputs[0])
    weights = getattr(fn_or_layer, "trainable_weights", None)
    if weights is None:
        weights = [v for v in tape.watched_variables() if v.trainable]
    _check(y, dy)
    found = tape.gradient(y, [*sources, *weights], output_gradients=dy)
    gradients = iter(found[: len(sources)])
    dx = [next(gradients) if is_float(leaf.dtype) else None for leaf in inputs]
    return y, tree.pack(x, dx) if _is_structure(x) else dx[0], list(found[len(sources) :])


def _check(y: Any, dy: Any) -> None:
    """dy must be like y, or None."""
    if dy is None:
        return
    outputs = tree.flatten(y)
    factors = tree.flatten(dy) if tree.is_nested(y) else [dy]
    shapes = [list(output.shape) for output in outputs]
    given = [list(as_array(factor).shape) for factor in factors]
    if shapes != given:
        raise ValueError(
            message(
                "vjp",
                f"dy must have the shape of the output, {_text(shapes)}",
                _text(given),
                "dy=None stands for ones",
            )
        )


def _text(shapes: list[list[int]]) -> str:
    return " and ".join(str(shape) for shape in shapes)


def _is_structure(x: Any) -> bool:
    """Whether x holds several inputs: a dict, or a list with at least one tensor or array in it."""
    if isinstance(x, dict):
        return True
    return isinstance(x, (list, tuple)) and any(
        hasattr(leaf, "shape") or isinstance(leaf, Variable) for leaf in tree.flatten(x)
    )


def _leaves(x: Any) -> list[Any]:
    return tree.flatten(x) if _is_structure(x) else [x]

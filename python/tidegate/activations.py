"""Activation functions by name, and which of them the kernels compute themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tidegate import ops
from tidegate.errors import message
from tidegate.ops.product import KERNEL_ACTIVATIONS

Activation = Callable[..., Any]


def linear(x: Any) -> Any:
    """x itself."""
    return x


def relu(x: Any, negative_slope: float = 0.0, max_value: Any = None, threshold: float = 0.0) -> Any:
    """max(x, 0); optionally with a slope below, a ceiling, and another threshold than 0.

    >>> relu([-1.0, 2.0]).numpy()
    array([0., 2.], dtype=float32)
    """
    if threshold != 0:
        x = ops.convert_to_tensor(x)
        kept = ops.cast(ops.greater(x, threshold), x.dtype)
        below = negative_slope * (x - threshold) * (1 - kept)
        y = x * kept + below
    elif negative_slope != 0:
        y = ops.leaky_relu(x, negative_slope)
    else:
        y = ops.relu(x)
    if max_value is None:
        return y
    return ops.minimum(y, max_value) if negative_slope else ops.clip(y, 0, max_value)


def leaky_relu(x: Any, negative_slope: float = 0.2) -> Any:
    """x where positive, else negative_slope * x."""
    return ops.leaky_relu(x, negative_slope)


def softmax(x: Any, axis: int = -1) -> Any:
    """exp(x) over its sum along the axis."""
    return ops.softmax(x, axis)


def log_softmax(x: Any, axis: int = -1) -> Any:
    """log(softmax(x))."""
    return ops.log_softmax(x, axis)


def elu(x: Any, alpha: float = 1.0) -> Any:
    """x where positive, else alpha * (exp(x) - 1)."""
    return ops.elu(x, alpha)


def gelu(x: Any, approximate: bool = False) -> Any:
    """x times the normal distribution function at x."""
    return ops.gelu(x, approximate)


def exponential(x: Any) -> Any:
    """exp(x)."""
    return ops.exp(x)


def mish(x: Any) -> Any:
    """x * tanh(softplus(x)).

    Source: Misra, "Mish: A Self Regularized Non-Monotonic Activation Function", 2019.
    """
    return x * ops.tanh(ops.softplus(x))


def hard_silu(x: Any) -> Any:
    """x * hard_sigmoid(x)."""
    return x * ops.hard_sigmoid(x)


def hard_tanh(x: Any) -> Any:
    """x limited to [-1, 1]."""
    return ops.clip(x, -1, 1)


tanh = ops.tanh
sigmoid = ops.sigmoid
hard_sigmoid = ops.hard_sigmoid
softplus = ops.softplus
softsign = ops.softsign
silu = ops.silu
selu = ops.selu
relu6 = ops.relu6
log_sigmoid = ops.log_sigmoid
celu = ops.celu
glu = ops.glu
hard_shrink = ops.hard_shrink
soft_shrink = ops.soft_shrink
sparse_plus = ops.sparse_plus
sparse_sigmoid = ops.sparse_sigmoid
sparsemax = ops.sparsemax
squareplus = ops.squareplus
tanh_shrink = ops.tanh_shrink
threshold = ops.threshold

_FUNCTIONS: dict[str, Activation] = {
    "linear": linear,
    "relu": relu,
    "relu6": relu6,
    "leaky_relu": leaky_relu,
    "softmax": softmax,
    "log_softmax": log_softmax,
    "elu": elu,
    "selu": selu,
    "gelu": gelu,
    "silu": silu,
    "mish": mish,
    "softplus": softplus,
    "softsign": softsign,
    "tanh": tanh,
    "sigmoid": sigmoid,
    "hard_sigmoid": hard_sigmoid,
    "hard_silu": hard_silu,
    "hard_tanh": hard_tanh,
    "exponential": exponential,
    "log_sigmoid": log_sigmoid,
    "celu": celu,
    "glu": glu,
    "hard_shrink": hard_shrink,
    "soft_shrink": soft_shrink,
    "sparse_plus": sparse_plus,
    "sparse_sigmoid": sparse_sigmoid,
    "sparsemax": sparsemax,
    "squareplus": squareplus,
    "tanh_shrink": tanh_shrink,
    "threshold": threshold,
}
_ALIASES = {"swish": "silu", "hard_swish": "hard_silu"}
swish = silu
hard_swish = hard_silu


def get(identifier: Any) -> Activation:
    """A function from its name, configuration or itself; None is `linear`.

    Raises:
        ValueError: an unknown name.

    >>> get("tanh") is tanh
    True
    """
    if identifier is None:
        return linear
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, str):
        name = _ALIASES.get(identifier, identifier)
        if name in _FUNCTIONS:
            return _FUNCTIONS[name]
    elif callable(identifier):
        return identifier
    raise ValueError(
        message(
            "activations.get",
            "an activation is a function or one of the known names",
            repr(identifier),
            ", ".join(sorted(_FUNCTIONS)),
        )
    )


def kernel_name(activation: Any) -> str | None:
    """The name under which the kernels compute it, None if they do not.

    >>> kernel_name(tanh), kernel_name("softmax"), kernel_name(None)
    ('tanh', None, 'linear')
    """
    name = _name_of(get(activation))
    return name if name in KERNEL_ACTIVATIONS else None


def _name_of(function: Activation) -> str | None:
    for name, known in _FUNCTIONS.items():
        if known is function:
            return name
    # `ops.relu` and the like stand for the activation of their name.
    name = getattr(function, "__name__", "")
    return name if name in _FUNCTIONS and getattr(ops, name, None) is function else None


def serialize(activation: Any) -> Any:
    """The name of a built-in function; a function object as Keras' envelope.

    >>> serialize(sigmoid)
    'sigmoid'
    """
    name = _name_of(activation)
    if name is not None:
        return name
    if not callable(activation) or not hasattr(activation, "__name__"):
        raise ValueError(
            message("activations.serialize", "only functions can be named", repr(activation))
        )
    return {
        "module": activation.__module__,
        "class_name": "function",
        "config": activation.__name__,
        "registered_name": activation.__name__,
    }


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Activation:
    """A function from its name or Keras' envelope."""
    if isinstance(config, dict) and not isinstance(config.get("config"), str):
        raise ValueError(message("activation", "a config must name a function", repr(config)))
    name = config["config"] if isinstance(config, dict) else config
    custom = (custom_objects or {}).get(name)
    return custom if custom is not None else get(name)

"""Operations of a symbolic graph as Keras writes them into configurations, and back.

An operation that is called on symbolic tensors outside of a layer (``x + 1``, ``x[:, -1]``) is an
entry of its own: ``{"module": "keras.src.ops.numpy", "class_name": "Add", "config": {...}}``. The
list is closed; anything else must stand in a layer.
"""

from __future__ import annotations

from typing import Any

from .. import ops
from ..errors import message, not_offered
from ..symbolic import Node
from ..utils.naming import to_snake_case

__all__ = ["is_op_entry", "op_entry", "op_function", "op_name"]

_NUMPY = """
    abs add all any argmax argmin broadcast_to ceil clip concatenate cos cumsum divide equal exp
    expand_dims expm1 flip floor floor_divide get_item greater greater_equal less less_equal log
    log1p logical_and logical_not logical_or logical_xor matmul max maximum mean min minimum mod
    multiply negative not_equal power prod reciprocal repeat reshape round sign sin sqrt square
    squeeze stack subtract sum take tanh transpose var where ones_like zeros_like
""".split()  # noqa: SIM905
_NN = """
    elu gelu hard_sigmoid leaky_relu log_sigmoid log_softmax relu relu6 selu sigmoid silu softmax
    softplus softsign
""".split()  # noqa: SIM905
_MODULES = {
    **dict.fromkeys(_NUMPY, "numpy"),
    **dict.fromkeys(_NN, "nn"),
    **dict.fromkeys(("erf", "logsumexp", "rsqrt"), "math"),
    "cast": "core",
}
# An operator's division is Keras' true_divide.
_CLASSES = {"abs": "Absolute", "divide": "TrueDivide"}
_NAMES = {"absolute": "abs", "amax": "max", "amin": "min", "true_divide": "divide"}
# Attributes of a call here that are arguments of the call in Keras.
_ARGUMENTS = {"get_item": "index", "power": "exponent"}
_TAKES_LIST = ("concatenate", "stack")


def is_op_entry(entry: dict[str, Any]) -> bool:
    """Whether an entry of a functional configuration is an operation, not a layer."""
    module = entry.get("module") or ""
    return module.startswith(("keras.src.ops.", "keras.ops"))


def op_name(node: Node) -> str:
    """The name that Keras gives to the first operation of this kind."""
    kind = getattr(node.operation, "name", "op")
    return to_snake_case(_CLASSES.get(kind, kind))


def op_entry(node: Node, name: str) -> tuple[dict[str, Any], tuple[Any, ...]]:
    """The envelope of an operation's call, and the arguments of the call as Keras has them.

    Raises:
        NotOfferedError: an operation that is not in the list.
    """
    kind = getattr(node.operation, "name", "")
    if kind not in _MODULES:
        raise not_offered(
            "get_config", f"the operation {kind!r} outside of a layer", "put it into a Layer"
        )
    attributes = {key: value for key, value in node.kwargs.items() if value is not None}
    args = tuple(node.args)
    if kind in _TAKES_LIST:
        args = (list(args),)
    if _ARGUMENTS.get(kind) in attributes:
        args = (*args, attributes.pop(_ARGUMENTS[kind]))
    class_name = _CLASSES.get(kind) or "".join(part.title() for part in kind.split("_"))
    envelope = {
        "module": f"keras.src.ops.{_MODULES[kind]}",
        "class_name": class_name,
        "config": {"name": name, **attributes},
        "registered_name": class_name,
    }
    return envelope, args


def op_function(entry: dict[str, Any]) -> Any:
    """The function that an entry calls, with its attributes filled in.

    Raises:
        ValueError: an operation that is not in the list.
    """
    snake = to_snake_case(entry["class_name"])
    kind = _NAMES.get(snake, snake)
    if kind not in _MODULES:
        raise ValueError(
            message("from_config", "unknown operation in a functional model", entry["class_name"])
        )
    attributes = {k: v for k, v in entry.get("config", {}).items() if k not in ("name", "dtype")}
    if kind == "cast":
        attributes["dtype"] = entry["config"]["dtype"]
    function = getattr(ops, kind)

    def call(*args: Any, **kwargs: Any) -> Any:
        if kind == "get_item":
            args = (args[0], tuple(args[1]) if isinstance(args[1], list) else args[1])
        try:
            return function(*args, **attributes, **kwargs)
        except TypeError as error:
            raise ValueError(
                message("from_config", f"{kind} does not take such arguments: {error}", attributes)
            ) from error

    return call

"""Dtype policies: in which dtype a layer computes, and in which it keeps its weights."""

from __future__ import annotations

from typing import Any

from tidegate import config
from tidegate._lazy import attach
from tidegate.dtypes import BFLOAT16, standardize_dtype
from tidegate.errors import message, not_offered

__all__ = [
    "DTypePolicy",
    "FloatDTypePolicy",
    "deserialize",
    "dtype_policy",
    "get",
    "serialize",
    "set_dtype_policy",
]

_HINT = '"float32", "float64" or "mixed_bfloat16"'
_NOT_OFFERED = ("mixed_float16", "float16", BFLOAT16)


class DTypePolicy:
    """The dtype of a layer's computations and that of its weights.

    Args:
        name: "float32", "float64" or another dtype stands for both. "mixed_bfloat16" computes in
            bfloat16 with float32 weights: inputs are cast, products are of bfloat16 factors added
            up in float32, and outputs are bfloat16. None is the global policy.

    Gradients of weights, optimizer states and losses stay float32. A last layer with
    `dtype="float32"` gives float32 outputs; that is usual for a softmax.

    Raises:
        NotOfferedError: "mixed_float16", and float16 or bfloat16 weights.
        ValueError: any other name.
        TypeError: something that is no string.

    Source: Micikevicius et al., "Mixed Precision Training", 2018; Kalamkar et al., "A Study of
    BFLOAT16 for Deep Learning Training", 2019.

    >>> policy = DTypePolicy("mixed_bfloat16")
    >>> policy.compute_dtype, policy.variable_dtype
    ('bfloat16', 'float32')
    """

    def __init__(self, name: str | None = None) -> None:
        if name is None:
            name = dtype_policy().name
        self._name = name
        self._compute_dtype, self._variable_dtype = _parsed(name)

    @property
    def name(self) -> str:
        """The name that the policy was made with."""
        return self._name

    @property
    def compute_dtype(self) -> str:
        """The dtype that inputs are cast to and outputs have."""
        return self._compute_dtype

    @property
    def variable_dtype(self) -> str:
        """The dtype of the weights."""
        return self._variable_dtype

    @property
    def quantization_mode(self) -> None:
        """None: there are no quantized policies here."""
        return None

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {"name": self._name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> DTypePolicy:
        """The inverse of `get_config`."""
        return cls(**config)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DTypePolicy) and self._name == other._name

    def __repr__(self) -> str:
        return f'<DTypePolicy "{self._name}">'


class FloatDTypePolicy(DTypePolicy):
    """Another name of `DTypePolicy`."""


def _parsed(name: Any) -> tuple[str, str]:
    """(compute dtype, variable dtype) of a policy's name."""
    if not isinstance(name, str):
        raise TypeError(
            message("DTypePolicy", "name must be a string", f"{name!r} of type {type(name)}", _HINT)
        )
    if name == "mixed_bfloat16":
        return BFLOAT16, "float32"
    if name in _NOT_OFFERED:
        raise not_offered("DTypePolicy", f"the policy {name!r}", _HINT)
    try:
        dtype = standardize_dtype(name)
    except ValueError:
        raise ValueError(
            message("DTypePolicy", "name must be that of a policy or of a dtype", repr(name), _HINT)
        ) from None
    return dtype, dtype


_global: DTypePolicy | None = None  # None follows floatx


def dtype_policy() -> DTypePolicy:
    """The policy of layers that are given none: that of `set_dtype_policy`, else floatx.

    >>> dtype_policy()
    <DTypePolicy "float32">
    """
    return DTypePolicy(config.floatx()) if _global is None else _global


def set_dtype_policy(policy: Any) -> None:
    """Set the policy of layers that are made from now on and are given none.

    Args:
        policy: a `DTypePolicy` or its name. `utils.clear_session()` takes it back.

    Raises:
        ValueError: anything else.
    """
    global _global
    if isinstance(policy, str):
        policy = _named(policy)
    if not isinstance(policy, DTypePolicy):
        raise ValueError(
            message(
                "set_dtype_policy",
                "policy must be a DTypePolicy or its name",
                f"{policy!r} of type {type(policy)}",
                _HINT,
            )
        )
    _global = policy


def _named(name: str) -> DTypePolicy:
    if "_from_" in name:
        raise not_offered("dtype", f"the quantized policy {name!r}", _HINT)
    return DTypePolicy(name)


def reset() -> None:
    """Follow floatx again."""
    global _global
    _global = None


def get(identifier: Any) -> DTypePolicy:
    """The policy that is meant: one itself, its name, its config, a dtype; None is the global one.

    Raises:
        ValueError: anything else.

    >>> get("mixed_bfloat16"), get(None)
    (<DTypePolicy "mixed_bfloat16">, <DTypePolicy "float32">)
    """
    if identifier is None:
        return dtype_policy()
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, str):
        return _named(identifier)
    try:
        return DTypePolicy(standardize_dtype(identifier))
    except ValueError:
        raise ValueError(
            message("dtype", "dtype must be a dtype or a policy", repr(identifier), _HINT)
        ) from None


def compute_dtype(dtype: Any) -> str:
    """The dtype that a loss or metric computes in: they have no weights, so bfloat16 is one too.

    >>> compute_dtype("mixed_bfloat16"), compute_dtype("bfloat16")
    ('bfloat16', 'bfloat16')
    """
    return BFLOAT16 if dtype == BFLOAT16 else get(dtype).compute_dtype


def serialize(dtype_policy: DTypePolicy) -> dict[str, Any]:
    """The policy as Keras writes it into configurations."""
    return {
        "module": "keras",
        "class_name": type(dtype_policy).__name__,
        "config": dtype_policy.get_config(),
        "registered_name": None,
    }


_CLASSES = {"DTypePolicy": DTypePolicy, "FloatDTypePolicy": FloatDTypePolicy}
_KERAS_ONLY = (
    "AWQDTypePolicy",
    "DTypePolicyMap",
    "GPTQDTypePolicy",
    "Int4DTypePolicy",
    "QuantizedDTypePolicy",
    "QuantizedFloat8DTypePolicy",
)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> DTypePolicy:
    """The inverse of `serialize`."""
    from tidegate.utils import serialization

    table = {**_CLASSES, **(custom_objects or {})}
    return serialization.deserialize(config, table, _KERAS_ONLY, "dtype policy")


__getattr__ = attach(__name__, {}, _KERAS_ONLY, "dtype policy")[0]

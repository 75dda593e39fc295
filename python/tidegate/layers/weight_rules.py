"""Regularizers and constraints that a layer's constructor takes, one per weight."""

from __future__ import annotations

from typing import Any

from ..utils.serialization import refuse_arguments

__all__ = ["rules_config", "set_rules"]


def set_rules(layer: Any, **rules: Any) -> None:
    """Keep each ``<weight>_regularizer`` and ``<weight>_constraint`` as an attribute.

    Raises:
        NotOfferedError: one that is set: there are none yet.
    """
    refuse_arguments(type(layer).__name__, **rules)
    for name, rule in rules.items():
        setattr(layer, name, rule)


def rules_config(layer: Any, *weights: str) -> dict[str, Any]:
    """Those of these weights as entries of a configuration."""
    kinds = ("regularizer", "constraint")
    names = [f"{weight}_{kind}" for kind in kinds for weight in weights]
    return {name: getattr(layer, name) for name in names}

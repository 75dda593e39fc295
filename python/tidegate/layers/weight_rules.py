"""Regularizers and constraints of a layer's weights, from constructor to configuration.

The arguments are named after the weight, as in Keras: ``kernel_regularizer``,
``kernel_constraint``; each becomes an attribute of the layer.
"""

from __future__ import annotations

from typing import Any

from .. import constraints, regularizers

__all__ = ["rules_config", "rules_for", "set_rules"]


def set_rules(layer: Any, **arguments: Any) -> None:
    """Make the objects of all arguments and keep them as attributes."""
    for name, value in arguments.items():
        module = constraints if name.endswith("_constraint") else regularizers
        setattr(layer, name, module.get(value))


def rules_for(layer: Any, weight: str) -> dict[str, Any]:
    """The keywords of ``add_weight`` for this weight."""
    return {
        "regularizer": getattr(layer, f"{weight}_regularizer"),
        "constraint": getattr(layer, f"{weight}_constraint"),
    }


def rules_config(layer: Any, *weights: str) -> dict[str, Any]:
    """Those of these weights as entries of a configuration."""
    config = {}
    for kind, module in (("regularizer", regularizers), ("constraint", constraints)):
        for weight in weights:
            name = f"{weight}_{kind}"
            config[name] = module.serialize(getattr(layer, name))
    return config

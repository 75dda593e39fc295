"""Keras' older names of what is in `tidegate.dtype_policies`."""

from __future__ import annotations

from tidegate._lazy import attach
from tidegate.dtype_policies import DTypePolicy, dtype_policy, set_dtype_policy

__all__ = [
    "DTypePolicy",
    "Policy",
    "dtype_policy",
    "global_policy",
    "set_dtype_policy",
    "set_global_policy",
]

Policy = DTypePolicy
global_policy = dtype_policy
set_global_policy = set_dtype_policy

__getattr__ = attach(__name__, {}, ["LossScaleOptimizer"], "name")[0]

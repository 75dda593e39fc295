"""What a process remembers between models."""

from __future__ import annotations

from .. import dtype_policies
from .naming import reset_names

__all__ = ["clear_session"]


def clear_session(free_memory: bool = True) -> None:
    """Count automatic layer names from the start again, forget the global dtype policy.

    There is no global graph to forget; ``free_memory`` gives idle buffers of the core back.
    """
    reset_names()
    dtype_policies.reset()
    if free_memory:
        from ..devices import kernels

        kernels().release_pool()

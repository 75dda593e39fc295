"""``model.export(path)``: a file from which the model runs without Python."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import not_offered
from .c_source import write_c
from .lower import lower
from .tide_file import write_tide

__all__ = ["export"]


def export(
    model: Any,
    filepath: str | os.PathLike[str],
    format: str | None = None,
    weights: str | None = None,
    **kwargs: Any,
) -> None:
    """Write the model as ``format``, or what the suffix of ``filepath`` says.

    ====== ============================================ ======================================
    "tide" a file for the C++ runtime, see `write_tide` ``check_pair=True``
    "c"    one C99 file and a header, see `write_c`     ``name=None``, ``freestanding=False``
    ====== ============================================ ======================================

    Args:
        model: what `lower` takes; it is snapshotted.
        filepath: of the file; a file that is there is replaced, atomically.
        format: "tide" or "c"; the suffix without its dot if None.
        weights: how they are kept, as in `stream` (of "c": "float32" or "int8"); as
            ``model.quantize`` left them if None.

    Raises:
        NotOfferedError: another format, or a layer that the format cannot hold; it is named.
        ValueError: what cannot run step by step; what does not fit the format.

    >>> import tempfile
    >>> import tidegate
    >>> from tidegate.layers import GRU, Dense, Input
    >>> model = tidegate.Sequential([Input((None, 2)), GRU(8), Dense(1)])
    >>> folder = Path(tempfile.mkdtemp())
    >>> export(model, folder / "model.c")
    >>> sorted(path.name for path in folder.iterdir())
    ['model.c', 'model.h']
    """
    found = Path(os.fspath(filepath)).suffix.removeprefix(".") if format is None else format
    write = _FORMATS.get(found)
    if write is None:
        raise not_offered(
            "Model.export",
            f"the format {found!r}",
            f"a path that ends in .{' or .'.join(_FORMATS)}, or model.stream() to run it here",
        )
    write(lower(model, weights), filepath, **kwargs)


_FORMATS: dict[str, Callable[..., None]] = {"tide": write_tide, "c": write_c}

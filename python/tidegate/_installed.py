"""Where the files lie that the build installs beside the extension."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

__all__ = ["root"]


def root() -> Path:
    """The folder of the extension: in an editable install it is another than that of the sources.

    The extension is looked up, not imported.

    >>> (root() / "lib" / "cmake" / "tidegate").is_dir()
    True
    """
    spec = find_spec("tidegate._core")
    origin = spec.origin if spec is not None else None
    return Path(origin or __file__).absolute().parent

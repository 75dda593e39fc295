"""Arrays in an HDF5 file, and back, with h5py (the extra ``keras``).

The reader takes what Keras writes and nothing else: groups and plain datasets, each reached by one
hard link, each with all its bytes in the file. So no byte string makes it open a second file, run
a filter, follow a circle or allocate more than the file is long. Below it stands libhdf5 itself,
which is to be kept up to date.
"""

from __future__ import annotations

import importlib
import io
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ..errors import message
from .errors import WeightsFileError, refuse

__all__ = ["encode", "parse", "require"]

_DEPTH = 64  # of groups in groups
_KINDS = "fiub"  # of dtypes: numbers and booleans


def require(op: str) -> Any:
    """The module h5py.

    Raises:
        ImportError: it is not installed.
    """
    try:
        return importlib.import_module("h5py")
    except ImportError as error:
        raise ImportError(
            message(
                op,
                "h5py must be installed for files of Keras",
                error,
                "pip install 'tidegate[keras]', or a path that ends in \".safetensors\"",
            ),
            name="h5py",
        ) from error


def encode(op: str, arrays: Mapping[str, np.ndarray], names: Mapping[str, str]) -> bytes:
    """The bytes of a file.

    Args:
        op: for the error when h5py is missing.
        arrays: {path: array}.
        names: {path of a group: the name to write beside it, for people}.
    """
    h5py = require(op)
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for path, name in names.items():
            file.create_group(path).attrs["name"] = name
        for path, array in arrays.items():
            file.create_dataset(path, data=array)
    return buffer.getvalue()


def parse(op: str, data: bytes) -> dict[str, np.ndarray]:
    """{path: array} of all datasets of a file.

    Raises:
        WeightsFileError: no HDF5 file, a damaged one, or one with anything but plain groups and
            datasets of numbers.
        ImportError: h5py is not installed.
    """
    h5py = require(op)
    try:
        with h5py.File(io.BytesIO(data), "r") as file:
            found: dict[str, np.ndarray] = {}
            left = len(data)
            for path, dataset in _datasets(h5py, op, file):
                left -= _size(op, path, dataset)
                if left < 0:
                    _fail(op, "datasets must fit into the file together", path)
                found[path] = _values(dataset)
            return found
    except (OSError, RuntimeError, KeyError, TypeError, ValueError, UnicodeError) as error:
        if isinstance(error, WeightsFileError):
            raise
        raise WeightsFileError(
            message(op, "the weights must be a whole HDF5 file", error, "save the model again")
        ) from error


def _fail(op: str, rule: str, received: object) -> Any:
    refuse(op, rule, received, "only plain datasets are read from a file", WeightsFileError)


def _datasets(h5py: Any, op: str, file: Any) -> Iterator[tuple[str, Any]]:
    """Every dataset with its path; each object must be reached once."""
    seen = {_address(h5py, file)}
    waiting = [("", file, 0)]
    while waiting:
        prefix, group, depth = waiting.pop()
        if depth > _DEPTH:
            _fail(op, f"groups must be at most {_DEPTH} deep", prefix[:80])
        for name in group:
            path = f"{prefix}{name}"
            link = group.get(name, getclass=True, getlink=True)
            if link is not h5py.HardLink:
                _fail(op, "every link must be a hard one", f"{link.__name__} {path!r}")
            child = group[name]
            address = _address(h5py, child)
            if address in seen:
                _fail(op, "every object must be there once", f"a second link, {path!r}")
            seen.add(address)
            if isinstance(child, h5py.Group):
                waiting.append((f"{path}/", child, depth + 1))
            elif isinstance(child, h5py.Dataset):
                yield path, child
            else:
                _fail(op, "there must be groups and datasets alone", f"{type(child).__name__}")


def _address(h5py: Any, found: Any) -> Any:
    return h5py.h5o.get_info(found.id).addr


def _size(op: str, path: str, dataset: Any) -> int:
    """Bytes of a dataset, which must all be in the file, in one piece."""
    if dataset.is_virtual or dataset.external:
        kind = "virtual" if dataset.is_virtual else "external"
        _fail(op, "a dataset must lie in the file", f"{path!r} is {kind}")
    dtype = dataset.dtype
    bfloat16 = dtype.kind == "V" and dtype.itemsize == 2 and dtype.names is None
    if not bfloat16 and (dtype.kind not in _KINDS or dtype.metadata):
        _fail(op, "a dataset must hold numbers", f"{path!r} of {dtype}")
    if dataset.shape is None:
        _fail(op, "a dataset must have a shape", f"{path!r} has none")
    if dataset.chunks is not None or dataset.id.get_create_plist().get_nfilters():
        _fail(op, "a dataset must be in one piece, not compressed", f"{path!r}")
    size = math.prod(dataset.shape) * dtype.itemsize
    if size != dataset.id.get_storage_size():
        stored = dataset.id.get_storage_size()
        _fail(op, "a dataset must have its bytes in the file", f"{path!r}: {stored} of {size}")
    return size


def _values(dataset: Any) -> np.ndarray:
    values = np.asarray(dataset[()])
    if values.dtype.kind != "V":
        return values
    bits = values.view(np.uint16).astype(np.uint32) << 16
    return bits.view(np.float32)

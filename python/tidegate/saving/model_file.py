"""Whole models in ``.keras`` files: configuration, weights, vocabularies, how it was compiled."""

from __future__ import annotations

import datetime
import json
import os
import warnings
from typing import Any

from .._keras_names import VERSION
from .._version import __version__
from ..errors import NotOfferedError, message, not_offered
from ..layers.layer import Layer
from ..layers.registry import deserialize, serialize
from ..utils.custom_objects import custom_object_scope
from ..variable import variable_limit
from . import archive, hdf5
from .assets import encode_vocabularies, load_vocabularies
from .atomic import write_atomically
from .errors import ModelFileError, refuse
from .keras_weights import encode_weights, load_into
from .own_arguments import put_back, take_out

__all__ = ["check_model_suffix", "load_model", "read_weights", "save_model"]

_SUFFIX = ".keras"
_OWN_ARGUMENTS = "tidegate_arguments"  # of metadata.json, which Keras reads for its version alone
_DEPTH = 200  # of objects in objects: what a model of models needs, and no stack overflows
# Elements of a model for each one in its file: slots of an optimizer that never stepped, ...
_SHARE = 4
# ... and beside them: kept states.
_SLACK = 2**20


def save_model(
    model: Any,
    filepath: str | os.PathLike[str],
    overwrite: bool = True,
    zipped: bool | None = None,
    **kwargs: Any,
) -> None:
    """Write a model so that Keras and ``load_model`` can read it, atomically.

    A reader sees the old file or the new one; a process that is killed leaves the old one.

    Args:
        model: model, built; also its optimizer's state if it is compiled.
        filepath: must end in ".keras".
        overwrite: False refuses an existing file.
        zipped: False (a folder of the members) is not offered.

    Raises:
        ValueError: another suffix, an unknown argument, a ``lambda`` in the model.
        FileExistsError: the file is there and overwrite is False.
        ImportError: h5py is not installed.
        NotOfferedError: a suffix of Keras that is not served, an object that cannot be written.
        OSError: what the file system says; the old file is then unchanged.

    >>> import os, tempfile
    >>> from tidegate import Sequential, layers
    >>> model = Sequential([layers.Input((5, 3)), layers.LSTM(2), layers.Dense(1)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_model(model, os.path.join(folder, "m.keras"))
    ...     load_model(os.path.join(folder, "m.keras")).output_shape
    (None, 1)
    """
    path = check_model_suffix("save_model", filepath)
    for name in ("save_format", "include_optimizer"):  # of Keras 2, whose programs have them
        if kwargs.pop(name, None) is not None:
            warnings.warn(f"[save_model] {name} has no effect.", stacklevel=3)
    if kwargs:
        raise ValueError(message("save_model", "unknown arguments", ", ".join(sorted(kwargs))))
    if zipped is False:
        raise not_offered("save_model", "zipped=False", "leave it out")
    if not overwrite and os.path.exists(path):
        raise FileExistsError(message("save_model", "the file is there already", path))
    hdf5.require("save_model")
    if not model.built:
        warnings.warn(
            "You are saving a model that has not yet been built. It might not contain any weights "
            "yet. Consider building the model first by calling it on some data.",
            stacklevel=3,
        )
    config = serialize(model)
    vocabularies = encode_vocabularies(model)
    metadata = {
        "keras_version": VERSION,
        "date_saved": datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S"),
        "tidegate_version": __version__,
        _OWN_ARGUMENTS: take_out(config),
    }
    members = {
        archive.METADATA: json.dumps(metadata).encode(),
        archive.CONFIG: json.dumps(config).encode(),
        archive.WEIGHTS: encode_weights("save_model", model),
        **vocabularies,
    }
    write_atomically(path, [archive.pack(members)])


def load_model(
    filepath: str | os.PathLike[str],
    custom_objects: dict[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
) -> Any:
    """The model of a ``.keras`` file, of ours or of Keras'.

    Nothing of the file is run, nothing is imported by a name in it, no other file is opened, and no
    more memory is taken than the file justifies. Below stands libhdf5, which reads the weights.

    Args:
        filepath: must end in ".keras".
        custom_objects: {name: class or function} beyond the library's and the registered ones.
        compile: whether to compile the model as it was, optimizer state included.
        safe_mode: for Keras' signature: code is refused either way.

    Raises:
        ModelFileError: the file is damaged, hostile, or names a class that is not registered.
        NotOfferedError: it holds something of Keras that is not served yet.
        ValueError: no such file, another suffix.
        ImportError: h5py is not installed.
    """
    path = check_model_suffix("load_model", filepath)
    hdf5.require("load_model")
    members = archive.unpack("load_model", _bytes("load_model", path))
    config = _json(members[archive.CONFIG])
    put_back(config, _json(members[archive.METADATA]).get(_OWN_ARGUMENTS, []))
    arrays = hdf5.parse("load_model", members[archive.WEIGHTS])
    if not compile:
        config.pop("compile_config", None)
    model = _made(config, custom_objects, sum(array.size for array in arrays.values()))
    if not isinstance(model, Layer):
        refuse("load_model", "the configuration must be that of a model", type(model).__name__)
    load_into("load_model", model, arrays)
    load_vocabularies(
        "load_model", model, {k: v for k, v in members.items() if k.startswith(archive.ASSETS)}
    )
    return model


def read_weights(op: str, path: str) -> dict[str, Any]:
    """{path: array} of the weights in a ``.keras`` file."""
    return hdf5.parse(op, archive.unpack(op, _bytes(op, path))[archive.WEIGHTS])


def check_model_suffix(op: str, filepath: str | os.PathLike[str]) -> str:
    """The path as a string.

    Raises:
        NotOfferedError: a suffix of Keras 2.
        ValueError: any other suffix but ".keras".
    """
    path = os.fspath(filepath)
    if path.endswith((".h5", ".hdf5")):
        raise not_offered(op, "the format of Keras 2", 'a path that ends in ".keras"')
    if not path.endswith(_SUFFIX):
        raise ValueError(message(op, 'the path must end in ".keras"', repr(path)))
    return path


def _bytes(op: str, path: str) -> bytes:
    if os.path.isdir(path):
        raise not_offered(op, "a folder in place of an archive", "save it with zipped=True")
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError as error:
        raise ValueError(message(op, "there must be a file", f"{path!r}: {error}")) from error


def _json(data: bytes) -> dict[str, Any]:
    """The configuration or the metadata: strict JSON, not too deep.

    Raises:
        ModelFileError: anything else.
    """
    try:
        config = json.loads(data.decode("utf-8"), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        refuse("load_model", "config.json and metadata.json must be JSON", error)
    if not isinstance(config, dict):
        refuse(
            "load_model", "config.json and metadata.json must hold an object", type(config).__name__
        )
    layer: list[Any] = [config]
    for _ in range(_DEPTH):
        layer = [item for found in layer for item in _items(found)]
    if layer:
        refuse("load_model", f"config.json and metadata.json must be at most {_DEPTH} deep", "more")
    return config


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands there twice")
    return found


def _items(found: Any) -> Any:
    if isinstance(found, dict):
        return found.values()
    return found if isinstance(found, list) else ()


def _made(config: dict[str, Any], custom_objects: Any, elements: int) -> Any:
    """The model of a configuration, with variables of no more elements than the file has.

    Raises:
        ModelFileError: whatever went wrong on the way; the cause is kept.
        NotOfferedError: something of Keras that is not served.
    """
    try:
        with custom_object_scope(custom_objects), variable_limit(_SHARE * elements + _SLACK):
            return deserialize(config, custom_objects)
    except NotOfferedError:
        raise
    except Exception as error:
        raise ModelFileError(
            message(
                "load_model",
                f"the configuration must be that of a model: {error}",
                f"{config.get('class_name')!r}",
                "classes and functions of your own: register_keras_serializable, or "
                "custom_objects={name: class}",
            )
        ) from error

"""Weights of a model in a file, and back: safetensors or Keras' HDF5, by the path's suffix."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from ..errors import message, not_offered
from ..layers.layer import Layer
from ..tensor import Variable
from . import hdf5, safetensors
from .atomic import write_atomically
from .errors import WeightsFileError
from .keras_weights import encode_weights, load_into
from .model_file import read_weights

__all__ = ["check_suffix", "load_weights", "named_weights", "save_weights"]

_PLAIN, _KERAS, _MODEL = ".safetensors", ".weights.h5", ".keras"
_OTHERS = (".h5", ".hdf5", ".weights.json")


def check_suffix(op: str, filepath: str | os.PathLike[str], model: bool = False) -> str:
    """The path as a string.

    Args:
        model: whether ".keras" will do too.

    Raises:
        NotOfferedError: a suffix of Keras that is not served yet.
        ValueError: any other suffix but ".weights.h5" and ".safetensors".
    """
    path = os.fspath(filepath)
    suffixes = (_KERAS, _PLAIN, _MODEL) if model else (_KERAS, _PLAIN)
    if path.endswith(suffixes):
        return path
    wanted = " or ".join(f'"{suffix}"' for suffix in suffixes)
    for suffix in _OTHERS:
        if path.endswith(suffix):
            raise not_offered(op, f"the format {suffix!r}", f"a path that ends in {wanted}")
    raise ValueError(message(op, f"the path must end in {wanted}", repr(path)))


def named_weights(model: Layer) -> dict[str, Variable]:
    """The weights by name: the path within the model.

    Automatic layer names count within the model (``lstm``, ``lstm_1``), not within the process,
    so that a model built a second time finds its weights.
    """
    named: dict[str, Variable] = {}
    for key, variable in _walk(model, ""):
        if any(variable is other for other in named.values()):
            continue
        if key in named:
            raise ValueError(
                message("save_weights", "weights must have unique paths", f"{key!r} twice")
            )
        named[key] = variable
    return named


def _walk(layer: Layer, prefix: str) -> Iterator[tuple[str, Variable]]:
    for variable in layer.own_weights:
        own = variable.path.removeprefix(f"{layer.path}/")
        yield prefix + own, variable
    counts: dict[str, int] = {}
    for sublayer in layer.sublayers():
        name = sublayer.name
        if sublayer.auto_base is not None:
            count = counts.get(sublayer.auto_base, 0)
            counts[sublayer.auto_base] = count + 1
            name = f"{sublayer.auto_base}_{count}" if count else sublayer.auto_base
        yield from _walk(sublayer, f"{prefix}{name}/")


def save_weights(
    model: Any,
    filepath: str | os.PathLike[str],
    overwrite: bool = True,
    max_shard_size: float | None = None,
) -> None:
    """Write all weights, atomically: a reader sees the old file or the new one.

    Args:
        model: model or layer, built.
        filepath: ends in ".weights.h5" (Keras' layout, with the optimizer's state if the model is
            compiled; needs h5py) or ".safetensors" (weights alone, by name).
        overwrite: False refuses an existing file.
        max_shard_size: not offered yet.

    Raises:
        ValueError: a model that is not built, another suffix.
        FileExistsError: the file is there and overwrite is False.
        ImportError: h5py is not installed and the path ends in ".weights.h5".
        OSError: what the file system says; the old file is then unchanged.
    """
    path = check_suffix("save_weights", filepath)
    if max_shard_size is not None:
        raise not_offered("save_weights", "max_shard_size", "leave it out")
    if not model.built:
        raise ValueError(
            message("save_weights", "the model must be built", hint="call it on data first")
        )
    if not overwrite and os.path.exists(path):
        raise FileExistsError(message("save_weights", "the file is there already", path))
    if path.endswith(_KERAS):
        write_atomically(path, [encode_weights("save_weights", model)])
        return
    tensors = {key: variable.value for key, variable in named_weights(model).items()}
    safetensors.write(path, tensors, {"format": "tidegate-weights", "version": "1"})


def load_weights(
    model: Any, filepath: str | os.PathLike[str], skip_mismatch: bool = False, **kwargs: Any
) -> None:
    """Read weights that ``save_weights`` or Keras wrote. If anything does not fit, nothing changes.

    Args:
        model: model or layer, built.
        filepath: ends in ".weights.h5", ".keras" (the weights in a model's file) or
            ".safetensors".
        skip_mismatch: take what fits, leave the rest as it is: by name, shape and dtype in
            ".safetensors"; layer by layer, with a warning, in Keras' files.

    Raises:
        WeightsFileError: a damaged file, other names or shapes than the model's.
        ValueError: a model that is not built, another suffix.
        ImportError: h5py is not installed and the file is one of Keras'.
        OSError: what the file system says.
    """
    path = check_suffix("load_weights", filepath, model=True)
    if kwargs:
        raise not_offered("load_weights", ", ".join(kwargs), "leave it out")
    if not model.built:
        raise ValueError(
            message("load_weights", "the model must be built", hint="call it on data first")
        )
    if not path.endswith(_PLAIN):
        load_into("load_weights", model, _keras_arrays(path), skip_mismatch)
        return
    tensors, _ = safetensors.read(path)
    named = named_weights(model)
    fitting = {}
    for key, variable in named.items():
        problem = _problem(key, variable, tensors)
        if problem is None:
            fitting[key] = variable
        elif not skip_mismatch:
            raise WeightsFileError(problem)
    extra = sorted(tensors.keys() - named.keys())
    if extra and not skip_mismatch:
        raise WeightsFileError(
            message(
                "load_weights",
                "every tensor of the file must be a weight of the model",
                f"{extra[:5]}",
                f"the model has {sorted(named)[:5]}",
            )
        )
    for key, variable in fitting.items():
        variable.assign(tensors[key])


def _keras_arrays(path: str) -> dict[str, Any]:
    if path.endswith(_MODEL):
        return read_weights("load_weights", path)
    with open(path, "rb") as file:
        return hdf5.parse("load_weights", file.read())


def _problem(key: str, variable: Variable, tensors: dict[str, Any]) -> str | None:
    tensor = tensors.get(key)
    if tensor is None:
        return message(
            "load_weights",
            f"the file must hold the weight {key!r}",
            f"{sorted(tensors)[:5]}",
            "is it the file of another model?",
        )
    if tensor.shape != variable.shape or tensor.dtype.name != variable.dtype:
        return message(
            "load_weights",
            f"weight {key!r} must be {variable.dtype} {list(variable.shape)}",
            f"{tensor.dtype.name} {list(tensor.shape)}",
        )
    return None

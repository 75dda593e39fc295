"""Hostile and damaged model files, one per hole that a loader of Keras' formats has had.

``FILES`` maps a name to ``(what the error says, function: bytes of a good .keras file -> bytes)``.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import h5py
import numpy as np

Maker = Callable[[bytes], bytes]
FILES: dict[str, tuple[str, Maker]] = {}
CONFIG, WEIGHTS, METADATA = "config.json", "model.weights.h5", "metadata.json"
KERNEL = "layers/dense/vars/0"


def hostile(text: str) -> Callable[[Maker], Maker]:
    def register(make: Maker) -> Maker:
        FILES[make.__name__] = (text, make)
        return make

    return register


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: Any, method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in parts.items() if isinstance(parts, dict) else parts:
            archive.writestr(name, data)
    return buffer.getvalue()


def with_config(data: bytes, change: Callable[[Any], Any]) -> bytes:
    parts = members(data)
    config = json.loads(parts[CONFIG])
    changed = change(config)
    return packed({**parts, CONFIG: json.dumps(config if changed is None else changed)})


def with_layer(data: bytes, layer: Any) -> bytes:
    return with_config(data, lambda config: config["config"]["layers"].append(layer))


def with_weights(data: bytes, change: Callable[[h5py.File], None]) -> bytes:
    parts = members(data)
    buffer = io.BytesIO(parts[WEIGHTS])
    with h5py.File(buffer, "r+") as file:
        change(file)
    return packed({**parts, WEIGHTS: buffer.getvalue()})


def replaced(data: bytes, **how: Any) -> bytes:
    """The kernel as a dataset that is made otherwise."""

    def change(file: h5py.File) -> None:
        usual = {"shape": file[KERNEL].shape, "dtype": file[KERNEL].dtype}
        del file[KERNEL]
        file.create_dataset(KERNEL, **{**usual, **how})

    return with_weights(data, change)


def _put(file: h5py.File, values: np.ndarray) -> None:
    del file[KERNEL]
    file[KERNEL] = values


# The archive


@hostile("whole zip archive")
def nothing(data: bytes) -> bytes:
    return b""


@hostile("whole zip archive")
def a_pickle(data: bytes) -> bytes:
    return b"\x80\x04cos\nsystem\n(S'true'\ntR."


@hostile("whole zip archive")
def cut_off(data: bytes) -> bytes:
    return data[: len(data) // 2]


@hostile("whole zip archive")
def a_flipped_bit_in_the_weights(data: bytes) -> bytes:
    at = data.index(b"\x89HDF") + 3000
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@hostile("must not be larger than what is there")
def a_bomb(data: bytes) -> bytes:
    parts = {**members(data), WEIGHTS: bytes(2**26)}
    return packed(parts, zipfile.ZIP_DEFLATED)


@hostile("configuration must be at most 64 MiB")
def a_large_configuration(data: bytes) -> bytes:
    noise = np.random.default_rng(0).integers(32, 127, 2**20, np.uint8).tobytes()
    return packed({**members(data), CONFIG: noise * 65}, zipfile.ZIP_DEFLATED)


@hostile("members of the archive must be")
def a_path_that_leaves(data: bytes) -> bytes:
    return packed({**members(data), "../../evil.py": b"1"})


@hostile("members of the archive must be")
def an_absolute_path(data: bytes) -> bytes:
    return packed({**members(data), "/etc/evil": b"1"})


@hostile("members of the archive must be")
def an_unexpected_member(data: bytes) -> bytes:
    return packed({**members(data), "assets/picture.png": b"a"})


@hostile("every vocabulary must be that of a layer")
def a_vocabulary_of_no_layer(data: bytes) -> bytes:
    return packed({**members(data), "assets/layers/dense/vocabulary.txt": b"a"})


@hostile("must be no link")
def a_link(data: bytes) -> bytes:
    info = zipfile.ZipInfo(WEIGHTS)
    info.external_attr = 0o120777 << 16
    parts = members(data)
    parts.pop(WEIGHTS)
    return packed([*parts.items(), (info, b"/etc/passwd")])


@hostile("once. Received: 2 times")
def a_member_twice(data: bytes) -> bytes:
    import warnings

    parts = members(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of what is the point here
        return packed([*parts.items(), (CONFIG, parts[CONFIG])])


@hostile("once. Received: 0 times")
def no_weights(data: bytes) -> bytes:
    parts = members(data)
    del parts[WEIGHTS]
    return packed(parts)


@hostile("stored or deflated")
def another_compression(data: bytes) -> bytes:
    return packed(members(data), zipfile.ZIP_LZMA)


@hostile("stored or deflated")
def encrypted(data: bytes) -> bytes:
    at = data.index(b"PK\x01\x02")
    return data[: at + 8] + b"\x01" + data[at + 9 :]


# The configuration


@hostile("must be JSON")
def no_json(data: bytes) -> bytes:
    return packed({**members(data), CONFIG: b"{"})


@hostile("must be JSON")
def no_text(data: bytes) -> bytes:
    return packed({**members(data), CONFIG: b"\xff\xfe"})


@hostile("a key stands there twice")
def a_key_twice(data: bytes) -> bytes:
    return packed({**members(data), CONFIG: b'{"config": {}, "config": {}}'})


@hostile("must be JSON|deep")
def very_deep(data: bytes) -> bytes:
    return packed({**members(data), CONFIG: b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"})


@hostile("200 deep")
def deep(data: bytes) -> bytes:
    return packed({**members(data), CONFIG: b'{"a":' + b"[" * 300 + b"]" * 300 + b"}"})


@hostile("must hold an object")
def a_list(data: bytes) -> bytes:
    return packed({**members(data), CONFIG: b"[]"})


@hostile("must be that of a model")
def no_class(data: bytes) -> bytes:
    return with_config(data, lambda config: {"config": {}})


@hostile("must be that of a model")
def wrong_types(data: bytes) -> bytes:
    return with_config(data, lambda config: config["config"].update(layers=[None, 3, "x"]))


@hostile("must be that of a model")
def a_layer_alone_in_place_of_its_arguments(data: bytes) -> bytes:
    return with_layer(data, {"class_name": "Dense", "config": {"units": {"a": 1}}})


@hostile("unknown layer")
def a_class_of_the_interpreter(data: bytes) -> bytes:
    return with_layer(
        data, {"module": "os", "class_name": "system", "config": {"command": "touch evil"}}
    )


@hostile("unknown layer")
def a_function_of_a_module(data: bytes) -> bytes:
    name = {"module": "builtins", "class_name": "eval", "config": {}, "registered_name": None}
    return with_layer(data, name)


@hostile("unknown layer")
def a_path_as_class(data: bytes) -> bytes:
    return with_layer(data, {"class_name": "../../layers.layer", "config": {}})


@hostile("code in a configuration is never run")
def a_lambda(data: bytes) -> bytes:
    code = {"class_name": "__lambda__", "config": {"code": "4wEAAAA=", "defaults": None}}
    return with_layer(data, {"class_name": "Lambda", "config": {"function": code}})


@hostile("must be registered")
def a_lambda_by_name(data: bytes) -> bytes:
    function = {"module": "os", "class_name": "function", "config": "system"}
    return with_layer(data, {"class_name": "Lambda", "config": {"function": function}})


@hostile("is neither a class of the library nor registered|unknown")
def a_foreign_optimizer(data: bytes) -> bytes:
    def change(config: Any) -> None:
        config["compile_config"]["optimizer"].update(module="shutil", class_name="rmtree")

    return with_config(data, change)


@hostile("must be registered|unknown")
def a_foreign_loss(data: bytes) -> bytes:
    loss = {"module": "os", "class_name": "function", "config": "remove"}
    return with_config(data, lambda config: config["compile_config"].update(loss=loss))


@hostile("must be a list|file name|not offered|vocabulary")
def a_vocabulary_from_a_file(data: bytes) -> bytes:
    return with_layer(data, {"class_name": "StringLookup", "config": {"vocabulary": "/etc/passwd"}})


@hostile("is not offered|must be that of a model")
def an_array_of_a_huge_dtype(data: bytes) -> bytes:
    array = {"class_name": "__numpy__", "config": {"value": ["x"], "dtype": "S2000000000"}}
    return with_layer(data, {"class_name": "Rescaling", "config": {"scale": array}})


@hostile("larger than the file justifies")
def a_huge_layer(data: bytes) -> bytes:
    return with_layer(
        data,
        {
            "class_name": "Dense",
            "config": {"units": 2**40},
            "build_config": {"input_shape": [2, 3]},
        },
    )


@hostile("larger than the file justifies")
def a_huge_batch(data: bytes) -> bytes:
    def change(config: Any) -> None:
        layers = config["config"]["layers"]
        layers[0]["config"]["batch_shape"] = [2**40, 3, 2]
        cell = {"class_name": "LSTM", "config": {"units": 1, "stateful": True}}
        layers.insert(1, cell)

    return with_config(data, change)


# The weights


@hostile("whole HDF5 file")
def no_hdf5(data: bytes) -> bytes:
    return packed({**members(data), WEIGHTS: b"\x89HDF"})


@hostile("whole HDF5 file")
def hdf5_cut_off(data: bytes) -> bytes:
    parts = members(data)
    return packed({**parts, WEIGHTS: parts[WEIGHTS][:-1000]})


@hostile("ExternalLink")
def an_external_link(data: bytes) -> bytes:
    return with_weights(data, lambda f: f.__setitem__("x", h5py.ExternalLink("/etc/passwd", "/")))


@hostile("SoftLink")
def a_soft_link(data: bytes) -> bytes:
    return with_weights(data, lambda f: f.__setitem__("x", h5py.SoftLink("/layers")))


@hostile("there once")
def a_second_hard_link(data: bytes) -> bytes:
    return with_weights(data, lambda f: f.__setitem__("x", f[KERNEL]))


@hostile("there once")
def a_circle(data: bytes) -> bytes:
    return with_weights(data, lambda f: f["layers"].__setitem__("x", f["/"]))


@hostile("64 deep")
def deep_groups(data: bytes) -> bytes:
    return with_weights(data, lambda f: f.create_group("a/" * 80))


@hostile("is external")
def an_external_dataset(data: bytes) -> bytes:
    return replaced(data, external=[("/etc/passwd", 0, 10_000)])


@hostile("is virtual")
def a_virtual_dataset(data: bytes) -> bytes:
    def change(file: h5py.File) -> None:
        layout = h5py.VirtualLayout(file[KERNEL].shape, file[KERNEL].dtype)
        layout[:] = h5py.VirtualSource("/etc/passwd", "x", shape=file[KERNEL].shape)
        del file[KERNEL]
        file.create_virtual_dataset(KERNEL, layout)

    return with_weights(data, change)


@hostile("its bytes in the file")
def a_declared_size(data: bytes) -> bytes:
    return replaced(data, shape=(2**20, 2**20))


@hostile("in one piece, not compressed")
def a_compressed_dataset(data: bytes) -> bytes:
    return replaced(data, shape=(2**14, 2**14), chunks=(2**14, 2**10), compression="gzip")


@hostile("must hold numbers")
def text(data: bytes) -> bytes:
    return replaced(data, dtype=h5py.string_dtype())


@hostile("must hold numbers")
def references(data: bytes) -> bytes:
    return replaced(data, dtype=h5py.ref_dtype)


@hostile("must hold numbers")
def records(data: bytes) -> bytes:
    return replaced(data, dtype=[("a", "f4"), ("b", "f4")])


@hostile("must have a shape")
def an_empty_space(data: bytes) -> bytes:
    return with_weights(data, lambda f: f.create_dataset("x", data=h5py.Empty("f4")))


@hostile("groups and datasets alone")
def a_named_type(data: bytes) -> bytes:
    return with_weights(data, lambda f: f.__setitem__("x", np.dtype("f4")))


@hostile("must be float32")
def another_shape(data: bytes) -> bytes:
    return with_weights(data, lambda f: _put(f, np.zeros((9, 9), np.float32)))


@hostile("must be float32")
def another_kind(data: bytes) -> bytes:
    return with_weights(data, lambda f: _put(f, np.zeros((4, 3), np.int32)))


@hostile("must have 2 arrays")
def a_missing_array(data: bytes) -> bytes:
    return with_weights(data, lambda f: f.__delitem__(KERNEL))


@hostile("left over")
def an_array_too_many(data: bytes) -> bytes:
    return with_weights(data, lambda f: f.create_dataset("layers/x/vars/0", data=np.zeros(2)))

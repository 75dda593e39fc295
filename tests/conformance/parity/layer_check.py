"""One layer in both packages, from equal weights: everything that can be compared."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import keras
import numpy as np
import torch
from layer_cases import LayerCase

import tidegate
from tidegate import tree
from tidegate.layers.registry import deserialize, serialize
from tidegate.mask import Mask
from tidegate.tensor import Tensor


def close(actual: Any, expected: Any, tolerance: float) -> bool:
    """Norm-wise; rounding of numbers that cancel to zero is let through."""
    error = np.linalg.norm(np.float64(actual) - np.float64(expected))
    return bool(error <= tolerance * np.linalg.norm(np.float64(expected)) + 0.1 * tolerance)


def _map(function: Any, structure: Any, *others: Any) -> Any:
    """As `tree.map_structure`, with None as a leaf."""
    return tree.map_structure(function, structure, *others)


def _keras_tensor(x: Any, mask: Any) -> Any:
    if x.dtype.kind in "SUO":
        return x
    t = torch.tensor(x, requires_grad=x.dtype.kind == "f")
    if mask is not None:
        keras.src.backend.set_keras_mask(t, torch.tensor(mask))
    return t


def _our_tensor(x: Any, mask: Any) -> Any:
    if x.dtype.kind in "SUO":
        return x
    t = tidegate.convert_to_tensor(x)
    t.mask = None if mask is None else Mask(mask)
    return t


def _masks(case: LayerCase) -> tuple[Any, ...]:
    if case.masks is None:
        return tuple(_map(lambda x: None, x) for x in case.inputs)
    return case.masks


def inputs_of(case: LayerCase, package: ModuleType) -> tuple[Any, ...]:
    """The positional arguments as the package's tensors, with their masks."""
    make = _our_tensor if package is tidegate else _keras_tensor
    return tuple(_map(make, x, m) for x, m in zip(case.inputs, _masks(case)))


def plain(config: Any) -> Any:
    """A configuration as JSON would hold it."""
    return json.loads(json.dumps(config, default=str))


def keywords(case: LayerCase, package: ModuleType) -> dict[str, Any]:
    """The keyword arguments, arrays as the package's tensors."""
    convert = tidegate.convert_to_tensor if package is tidegate else torch.tensor
    found = {k: convert(v) if isinstance(v, np.ndarray) else v for k, v in case.call.items()}
    return found if case.training is None else {**found, "training": case.training}


def to_numpy(x: Any) -> Any:
    """The values of a tensor of either package."""
    return x.detach().numpy() if isinstance(x, torch.Tensor) else np.asarray(x)


def _gradients_keras(y: Any, factors: Any, x: Any, layer: Any) -> list[np.ndarray]:
    total = sum((a * torch.tensor(b)).sum() for a, b in zip(y, factors))
    sources = [t for t in x if isinstance(t, torch.Tensor) and t.requires_grad]
    sources += [v.value for v in layer.trainable_weights]
    if not sources or not total.requires_grad:
        return [np.zeros(tuple(s.shape), np.float32) for s in sources]
    found = torch.autograd.grad(total, sources, allow_unused=True, materialize_grads=True)
    return [g.detach().numpy() for g in found]


def build_pair(case: LayerCase, seed: int) -> tuple[Any, Any]:
    """(tidegate's layer, Keras' layer), both built by a first call, with equal weights."""
    rng = np.random.default_rng(seed)
    ours, theirs = case.make(tidegate), case.make(keras)
    for layer, package in ((ours, tidegate), (theirs, keras)):
        inference = {"training": False} if "training" in layer_call_names(layer) else {}
        layer(*inputs_of(case, package), **keywords(case, package) | inference)
    pairs = list(zip(ours.weights, theirs.weights, strict=True))
    assert [(v.path, tuple(v.shape), v.dtype, v.trainable) for v in ours.weights] == [
        (v.path, tuple(v.shape), v.dtype, v.trainable) for v in theirs.weights
    ]
    if "weights" in case.differs:
        return ours, theirs
    weights = [
        (0.5 + rng.random(v.shape) if "variance" in v.name else rng.normal(size=v.shape))
        for v, _ in pairs
    ]
    for layer in (ours, theirs):
        layer.set_weights([w.astype(np.float32) for w in weights])
    return ours, theirs


def layer_call_names(layer: Any) -> set[str]:
    """Names of the arguments of the layer's call."""
    import inspect

    return set(inspect.signature(layer.call).parameters)


def check_values(case: LayerCase, seed: int) -> None:
    """Outputs, masks, penalties, gradients, and weights afterwards."""
    ours, theirs = build_pair(case, seed)
    x, x_keras = inputs_of(case, tidegate), inputs_of(case, keras)
    sources = [t for t in tree.flatten(x) if isinstance(t, Tensor) and t.dtype.startswith("float")]
    with tidegate.GradientTape() as tape:
        tape.watch(sources)
        y = ours(*x, **keywords(case, tidegate))
        flat, penalties = tree.flatten(y), ours.losses
    flat_keras = keras.tree.flatten(theirs(*x_keras, **keywords(case, keras)))
    assert len(flat) == len(flat_keras)
    for a, b in zip(flat, flat_keras):
        assert tuple(a.shape) == tuple(b.shape)
        assert a.dtype == keras.backend.standardize_dtype(b.dtype)
        assert close(to_numpy(a), to_numpy(b), case.tolerance), case
        mask = keras.src.backend.get_keras_mask(b)
        assert (a.mask is None) == (mask is None), (a.mask, mask)
        if mask is not None:
            np.testing.assert_array_equal(a.mask.values, to_numpy(mask))
    rng = np.random.default_rng(seed)
    floats = [(a, b) for a, b in zip(flat, flat_keras) if a.dtype.startswith("float")]
    for a, b in zip(penalties, theirs.losses, strict=True):
        assert close(to_numpy(a), to_numpy(b), case.tolerance), case
        floats.append((a, b))
    factors = [rng.normal(size=a.shape).astype(np.float32) for a, _ in floats]
    if floats and "gradients" not in case.differs:
        wanted = _gradients_keras(
            [b for _, b in floats], factors, keras.tree.flatten(x_keras), theirs
        )
        found = tape.gradient(
            [a for a, _ in floats], [*sources, *ours.trainable_weights],
            output_gradients=factors, unconnected_gradients="zero",
        )  # fmt: skip
        for number, (a, b) in enumerate(zip(found, wanted, strict=True)):
            assert close(to_numpy(a), b, 10 * case.tolerance), (number, case)
    for v, w in zip(ours.weights, theirs.weights, strict=True):
        assert close(v.numpy(), to_numpy(w.value), case.tolerance), v.path


def check_config(case: LayerCase, seed: int) -> None:
    """get_config, the round trip, what is written around it."""
    ours, theirs = case.make(tidegate), case.make(keras)
    if "config" in case.differs:
        return
    assert plain(ours.get_config()) == plain(theirs.get_config())
    again = deserialize(plain(serialize(ours)))
    assert type(again) is type(ours)
    assert plain(again.get_config()) == plain(ours.get_config())
    wanted = keras.saving.serialize_keras_object(theirs)
    assert plain(serialize(ours)) == plain(wanted) or "envelope" in case.differs


def check_shapes(case: LayerCase, seed: int) -> None:
    """compute_output_shape and symbolic calls, batch size unknown."""
    if "shapes" in case.differs:
        return
    results = []
    for package in (tidegate, keras):
        inputs = [_symbolic(package, x) for x in case.inputs]
        y = case.make(package)(*inputs, **keywords(case, package))
        flat = package.tree.flatten(y)
        results.append([(tuple(t.shape), t.dtype) for t in flat])
    assert results[0] == results[1]
    if len(case.inputs) == 1 and not case.call:
        ours, theirs = _built(case, tidegate), _built(case, keras)
        shape = _map(lambda a: (None, *a.shape[1:]), case.inputs[0])
        assert plain(ours.compute_output_shape(shape)) == plain(theirs.compute_output_shape(shape))
        assert plain(ours.get_build_config()) == plain(theirs.get_build_config())


def _symbolic(package: Any, x: Any) -> Any:
    return _map(lambda a: package.Input(a.shape[1:], dtype=a.dtype.name), x)


def _built(case: LayerCase, package: Any) -> Any:
    layer = case.make(package)
    layer(*[_symbolic(package, x) for x in case.inputs])
    return layer

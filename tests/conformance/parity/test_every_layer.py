"""Every layer against Keras 3.15.1 over random configurations of it.

Weight names, shapes and dtypes; outputs, their dtypes and masks; gradients of inputs and weights;
weights afterwards; configuration, its round trip, the serialised object; shapes of symbolic calls
and `compute_output_shape`. Six seeds of each layer in the fast run, 40 with `slow`.
"""

from __future__ import annotations

import numpy as np
import pytest
from layer_cases import CASES
from layer_check import check_config, check_shapes, check_values
from layer_steps import check_steps

import tidegate
from tidegate import layers, tree
from tidegate.layers import Layer

ABSTRACT = {"Layer", "Wrapper", "InputLayer"}
# Not in Keras: nothing to compare with.
OURS = {"SinePositionEncoding"}
# Keras' need TensorFlow: tests/python/layers/test_text_cases.py has what they gave.
TEXT = {"TextVectorization", "StringLookup", "IntegerLookup", "Hashing"}
pytestmark = [
    pytest.mark.filterwarnings("ignore:Layer .it. .*does not support masking"),
    # Keras warns of a softmax over one element.
    pytest.mark.filterwarnings("ignore:[^$]*softmax over axis"),
]
CHECKS = {
    "values": check_values,
    "config": check_config,
    "shapes": check_shapes,
    "steps": check_steps,
}


def all_layers() -> set[str]:
    """The names of the public layer classes."""
    found = {name for name in layers.__all__ if isinstance(getattr(layers, name), type)}
    # A class counts once, under its own name: MaxPool1D is MaxPooling1D.
    found = {name for name in found if getattr(layers, name).__name__ == name}
    return {name for name in found if issubclass(getattr(layers, name), Layer)}


def test_every_layer_has_cases() -> None:
    assert all_layers() - ABSTRACT - OURS - TEXT == set(CASES)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("name", sorted(CASES))
def test_layer(name: str, check: str) -> None:
    for seed in range(6):
        CHECKS[check](CASES[name](np.random.default_rng([seed, len(name)])), seed)


@pytest.mark.parametrize("name", sorted(CASES))
def test_no_rows_in_no_rows_out(name: str) -> None:
    """A batch of no samples gives outputs of no samples, of the same shape otherwise."""
    for seed in range(3):
        case = CASES[name](np.random.default_rng([seed, 1]))
        layer = case.make(tidegate)
        call = {k: v for k, v in case.call.items() if not isinstance(v, np.ndarray)}
        shapes = []
        for rows in (slice(None), slice(0)):
            inputs = [
                tree.map_structure(lambda a, r=rows: tidegate.convert_to_tensor(a[r]), x)
                for x in case.inputs
            ]
            shapes.append([y.shape for y in tree.flatten(layer(*inputs, **call))])
        assert [shape[1:] for shape in shapes[0]] == [shape[1:] for shape in shapes[1]]
        assert all(shape[0] == 0 for shape in shapes[1])


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(CASES))
def test_layer_over_many_configurations(name: str) -> None:
    for seed in range(6, 46):
        for check in CHECKS.values():
            check(CASES[name](np.random.default_rng([seed, len(name)])), seed)

"""Layers of tidegate and of Keras 3.15.1 with equal weights: outputs, states, every gradient.

200 random configurations of each cell (both GRU forms) over sizes, masks of every pattern, bias,
directions, go_backwards, initial states, return flags, zero_output_for_mask and activations, and
50 more with dropout factors, which the op takes and Keras is made to use. All within 1e-5,
norm-wise, array by array.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import keras_runner
import numpy as np
import pytest
import tidegate_runner
from recurrent_cases import CELL_FORMS, FORM_IDS, draw_case
from run_results import worst

import tidegate

TOLERANCE = 1e-5
forms = pytest.mark.parametrize("form", CELL_FORMS, ids=FORM_IDS)


@forms
def test_layers_equal_keras(form: tuple[str, bool]) -> None:
    errors = []
    for seed in range(200):
        case = draw_case(seed, form=form, dropout="none", max_steps=12).cast("float32")
        errors.append(worst(tidegate_runner.run(case), keras_runner.run(case)))
        assert errors[-1] <= TOLERANCE, case
    print(f"{form}: worst {max(errors):.2e}, median {np.median(errors):.2e}")


@forms
@pytest.mark.parametrize("dropout", ["x", "h", "both"])
def test_dropout_equals_keras(form: tuple[str, bool], dropout: str) -> None:
    for seed in range(300, 350):
        case = draw_case(seed, form=form, dropout=dropout, directions=1).cast("float32")
        ours = tidegate_runner.run_with_dropout(case)
        assert worst(ours, keras_runner.run(case)) <= TOLERANCE, case


@pytest.mark.parametrize("merge_mode", ["concat", "sum", "mul", "ave", None])
@forms
def test_merge_modes_equal_keras(form: tuple[str, bool], merge_mode: str | None) -> None:
    import keras
    import torch

    from tidegate import layers

    for seed in range(400, 410):
        case = draw_case(seed, form=form, dropout="none", directions=2).cast("float32")
        keywords = keras_runner.layer_keywords(case) | {"return_state": False}
        ours = layers.Bidirectional(
            tidegate_runner.LAYERS[case.cell](**keywords), merge_mode=merge_mode
        )
        theirs = keras.layers.Bidirectional(
            keras_runner.LAYERS[case.cell](**keywords), merge_mode=merge_mode
        )
        for layer in (ours, theirs):
            layer.build(case.x.shape)
            layer.set_weights(keras_runner.weight_list(case.weights))
        mask = None if case.mask is None else torch.tensor(case.mask)
        expected = theirs(torch.tensor(case.x), mask=mask)
        actual = ours(case.x, mask=case.mask)
        pairs = zip(actual, expected) if merge_mode is None else [(actual, expected)]
        for one, other in pairs:
            np.testing.assert_allclose(
                np.asarray(one), other.detach().numpy(), rtol=1e-5, atol=1e-6, err_msg=repr(case)
            )


@forms
def test_cells_of_layers_equal_keras(form: tuple[str, bool]) -> None:
    """`layer.cell`: names, shapes, a step; the weights are the layer's, built before or after."""
    import keras
    import torch

    for seed in range(500, 520):
        case = draw_case(seed, form=form, dropout="none", directions=1).cast("float32")
        keywords = keras_runner.layer_keywords(case)
        ours = tidegate_runner.LAYERS[case.cell](**keywords, name="it")
        theirs = keras_runner.LAYERS[case.cell](**keywords, name="it")
        if seed % 2:
            assert ours.cell.kernel is None
        for layer in (ours, theirs):
            layer.build(case.x.shape)
            layer.set_weights(keras_runner.weight_list(case.weights))
        assert ours.cell is ours.cell
        assert ours.cell.kernel is ours.weights[0]
        assert type(ours.cell).__name__ == type(theirs.cell).__name__
        for name in ("name", "units", "state_size", "output_size", "use_bias", "built"):
            assert getattr(ours.cell, name) == getattr(theirs.cell, name), name
        assert [v.path for v in ours.cell.weights] == [v.path for v in theirs.cell.weights]
        x = case.x[:, 0]
        states = [np.full((len(x), ours.units), 0.1 * i, np.float32) for i in (1, 2)]
        states = states[: ours.state_count]
        y, after = ours.cell(x, states)
        expected, other = theirs.cell(torch.tensor(x), [torch.tensor(s) for s in states])
        for mine, their in zip((y, *after), (expected, *other), strict=True):
            np.testing.assert_allclose(
                np.asarray(mine), keras.ops.convert_to_numpy(their), rtol=1e-5, atol=1e-6
            )


FREEZING: dict[str, Callable[[Any], None]] = {
    "cell": lambda layer: setattr(layer.cell, "trainable", False),
    "layer": lambda layer: setattr(layer, "trainable", False),
    "kernel": lambda layer: setattr(layer.weights[0], "trainable", False),
}


def frozen(k: Any, what: str, before: bool) -> list[list[Any]]:
    """What is trained once that is frozen, and once the layer is to be trained again."""
    layer = k.layers.LSTM(2)
    if before:
        FREEZING[what](layer)
    layer.build((None, 3, 2))
    FREEZING[what](layer)
    seen = []
    for again in (False, True):
        if again:
            layer.trainable = True
        flags = [layer.trainable, layer.cell.trainable, *(v.trainable for v in layer.weights)]
        names = [[v.name for v in vs] for vs in (layer.weights, layer.trainable_weights)]
        seen.append([flags, names])
    return seen


@pytest.mark.parametrize(
    ("what", "before"),
    [("cell", False), ("cell", True), ("layer", False), ("layer", True), ("kernel", False)],
)
def test_frozen_and_trained_again(what: str, before: bool) -> None:
    """A bug once: what was frozen by itself stayed so when the layer was to be trained again."""
    assert frozen(tidegate, what, before) == frozen(keras, what, before)

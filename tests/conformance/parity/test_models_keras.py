"""Whole models beside Keras: predict, evaluate, and fit with every option, from equal weights."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from recurrent_cases import relative
from small_models import RECIPES, STEPS, Data, compiled, data

import tidegate

FITS: dict[str, dict[str, object]] = {
    "plain": {},
    "odd_batch": {"batch_size": 13},
    "validation_split": {"validation_split": 0.25},
    "validation_data": {"validation_data": True},
    "sample_weight": {"sample_weight": True},
}
recipes = pytest.mark.parametrize("name", sorted(RECIPES))


def pair(name: str) -> tuple[Any, Any]:
    """tidegate's model and Keras', with equal weights."""
    keras.utils.set_random_seed(3)
    theirs, ours = compiled(keras, RECIPES[name]), compiled(tidegate, RECIPES[name])
    weights = theirs.get_weights()
    assert [w.shape for w in weights] == [w.shape for w in ours.get_weights()]
    ours.set_weights(weights)
    return ours, theirs


def sample_weight(name: str, d: Data) -> np.ndarray:
    """[B], or [B, T] for a masked sequence: there Keras refuses one weight per sample."""
    return np.repeat(d.weights[:, None], STEPS, axis=1) if name == "sequence" else d.weights


@recipes
def test_predict_and_evaluate(name: str) -> None:
    ours, theirs = pair(name)
    d = data()
    x, y = RECIPES[name].x(d), RECIPES[name].y(d)
    assert relative(ours.predict(x, verbose=0), theirs.predict(x, verbose=0)) < 1e-5
    np.testing.assert_allclose(
        ours.evaluate(x, y, verbose=0), theirs.evaluate(x, y, verbose=0), rtol=1e-5, atol=1e-6
    )
    keywords = {"verbose": 0, "return_dict": True, "sample_weight": sample_weight(name, d)}
    our_logs, their_logs = ours.evaluate(x, y, **keywords), theirs.evaluate(x, y, **keywords)
    assert list(our_logs) == list(their_logs)
    np.testing.assert_allclose(
        list(our_logs.values()), list(their_logs.values()), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("fit", sorted(FITS))
@recipes
def test_fit(name: str, fit: str) -> None:
    """Three epochs without shuffling: the same history, the same weights."""
    ours, theirs = pair(name)
    d, other = data(), data(1)
    recipe, keywords = RECIPES[name], dict(FITS[fit])
    if keywords.get("validation_data"):
        keywords["validation_data"] = (recipe.x(other), recipe.y(other))
    if keywords.get("sample_weight") is True:
        keywords["sample_weight"] = sample_weight(name, d)
    histories = [
        model.fit(recipe.x(d), recipe.y(d), epochs=3, shuffle=False, verbose=0, **keywords)
        for model in (ours, theirs)
    ]
    assert list(histories[0].history) == list(histories[1].history)
    assert histories[0].epoch == histories[1].epoch
    for key, values in histories[1].history.items():
        np.testing.assert_allclose(histories[0].history[key], values, rtol=1e-4, err_msg=key)
    for i, (actual, expected) in enumerate(zip(ours.get_weights(), theirs.get_weights())):
        assert relative(actual, expected) < 1e-3, i


@recipes
def test_summary_counts_the_same_parameters(name: str) -> None:
    ours, theirs = pair(name)
    assert ours.count_params() == theirs.count_params()
    assert [w.shape for w in ours.trainable_weights] == [w.shape for w in theirs.trainable_weights]
    assert ours.output_shape == theirs.output_shape
    assert ours.input_shape == theirs.input_shape


@pytest.mark.parametrize(
    ("shape", "masked"),
    [((1,), False), *((shape, masked) for shape in ((STEPS,), (STEPS, 1)) for masked in (0, 1))],
)
def test_weights_where_every_step_has_a_value(shape: tuple[int, ...], masked: bool) -> None:
    """One per sample is [B, 1]: both refuse [B] there (``test_bad_training_calls_keras.py``).

    Keras on torch refuses [B, 1] beside a mask too: it multiplies in place.
    """
    rng = np.random.default_rng(0)
    x = rng.normal(size=(10, STEPS, 2)).astype(np.float32)
    x[rng.random((10, STEPS)) < 0.3] = 0.0
    y = rng.normal(size=(10, STEPS, 3)).astype(np.float32)
    weights = rng.uniform(size=(10, *shape)).astype(np.float32)
    histories, initial = [], None
    for k in (keras, tidegate):
        masking = [k.layers.Masking()] if masked else []
        cell = k.layers.SimpleRNN(3, return_sequences=True)
        model = k.Sequential([k.Input((STEPS, 2)), *masking, cell])
        initial = model.get_weights() if initial is None else initial
        model.set_weights(initial)
        model.compile("sgd", "mse", weighted_metrics=["mae"])
        histories.append(model.fit(x, y, sample_weight=weights, epochs=2, shuffle=False, verbose=0))
    for key, values in histories[0].history.items():
        np.testing.assert_allclose(histories[1].history[key], values, rtol=1e-5, err_msg=key)


def several_inputs(k: Any, kind: str) -> Any:
    first = k.layers.Concatenate()
    if kind == "a model":
        inputs = [k.Input((3,)), k.Input((2,))]
        first = k.Model(inputs, first(inputs))
    return k.Sequential([first, k.layers.Dense(4, "tanh"), k.layers.Dense(1)])


@pytest.mark.parametrize("kind", ["a layer", "a model"])
def test_a_sequential_of_several_inputs(kind: str) -> None:
    rng = np.random.default_rng(0)
    x = [rng.normal(size=(20, n)).astype(np.float32) for n in (3, 2)]
    y = rng.normal(size=(20, 1)).astype(np.float32)
    ours, theirs = several_inputs(tidegate, kind), several_inputs(keras, kind)
    theirs([keras.ops.convert_to_tensor(a) for a in x])
    ours(x)
    ours.set_weights(theirs.get_weights())
    histories = []
    for model in (ours, theirs):
        model.compile("sgd", "mse")
        fitted = model.fit(
            x, y, batch_size=6, epochs=3, shuffle=False, validation_split=0.2, verbose=0
        )
        histories.append(fitted.history)
    assert list(histories[0]) == list(histories[1])
    for key, values in histories[1].items():
        np.testing.assert_allclose(histories[0][key], values, rtol=1e-5)
    np.testing.assert_allclose(
        ours.predict(x, verbose=0), theirs.predict(x, verbose=0), rtol=1e-4, atol=1e-6
    )
    assert len(ours.get_config()["layers"]) == len(theirs.get_config()["layers"])
    again = tidegate.models.clone_model(ours)
    again(x)
    again.set_weights(ours.get_weights())
    np.testing.assert_array_equal(again.predict(x, verbose=0), ours.predict(x, verbose=0))

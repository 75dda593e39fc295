"""RematScope: which calls it means, byte budgets, what explain tells."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import tidegate
from tidegate import RematScope, explain, ops
from tidegate.autodiff import GradientTape
from tidegate.errors import NotOfferedError
from tidegate.layers import GRU, LSTM, Bidirectional, Dense, SimpleRNN
from tidegate.models import Sequential
from tidegate.remat_scope import MODES

X = np.random.default_rng(5).normal(size=(12, 90, 6)).astype("f4")
EXACT = ("full", "recompute", "checkpoint")


def stack():
    tidegate.utils.set_random_seed(3)
    model = Sequential(
        [
            LSTM(9, return_sequences=True, name="first"),
            Bidirectional(GRU(8, return_sequences=True), name="second"),
            SimpleRNN(7, name="third"),
        ]
    )
    model(X)
    return model


def gradients(model):
    with GradientTape() as tape:
        y = model(X, training=True)
        loss = ops.sum(y * y)
    return [np.asarray(g).tobytes() for g in tape.gradient(loss, model.trainable_weights)]


def modes(report):
    return [entry["remat"] for entry in report["ops"] if "remat" in entry]


def test_the_scope_of_the_call_counts():
    model = stack()
    assert modes(explain(model, X)) == ["full"] * 3
    with RematScope("checkpoint"):
        assert modes(explain(model, X)) == ["checkpoint"] * 3
        with RematScope("recompute"):
            assert modes(explain(model, X)) == ["recompute"] * 3
        with RematScope(None):
            assert modes(explain(model, X)) == ["full"] * 3
        assert modes(explain(model, X)) == ["checkpoint"] * 3
    assert modes(explain(model, X)) == ["full"] * 3


def test_a_layer_keeps_the_scope_it_was_made_in():
    with RematScope(mode="recompute"):
        model = stack()
        inner = LSTM(4)
    assert modes(explain(model, X)) == ["recompute"] * 3
    assert modes(explain(Bidirectional(inner), X)) == ["recompute"]
    with RematScope("checkpoint"):
        assert modes(explain(model, X)) == ["recompute"] * 3


def test_layer_names():
    model = stack()
    with RematScope("checkpoint", layer_names=["second"]):
        assert modes(explain(model, X)) == ["full", "checkpoint", "full"]


def test_ops_go_by_the_scope():
    w = [np.ones(shape, "f4") for shape in ((6, 16), (4, 16))]
    with RematScope("checkpoint"):
        assert explain(ops.lstm, X, *w)["remat"] == "checkpoint"


def test_another_thread_has_no_scope():
    model, seen = stack(), []
    with RematScope("checkpoint"):
        thread = threading.Thread(target=lambda: seen.extend(modes(explain(model, X))))
        thread.start()
        thread.join()
    assert seen == ["full"] * 3


@pytest.mark.parametrize("mode", MODES)
def test_gradients(mode):
    model = stack()
    expected = gradients(model)
    with RematScope(mode):
        assert (gradients(model) == expected) == (mode in EXACT)


def test_a_persistent_tape_runs_the_same_mode_again():
    layer = LSTM(5)
    layer(X)
    with GradientTape(persistent=True) as tape, RematScope("checkpoint"):
        loss = ops.sum(layer(X, training=True))
    first, second = (tape.gradient(loss, layer.trainable_weights) for _ in range(2))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b))


def test_a_budget_is_kept_in_the_fastest_way():
    model = stack()
    full = explain(model, X)
    expected = gradients(model)
    with RematScope("checkpoint"):
        least = explain(model, X)["saved_bytes"]
    whole = full["saved_bytes"]
    chosen = []
    for budget in (whole, whole - 1, whole // 2, whole // 4, least):
        with RematScope(budget):
            report = explain(model, X)
            chosen.append(modes(report))
            assert report["saved_bytes"] <= budget
            assert sum(e["saved_bytes"] for e in report["ops"]) == report["saved_bytes"]
            # Step after step: what went backward no longer counts.
            assert [gradients(model) for _ in range(3)] == [expected] * 3
    assert chosen[0] == ["full"] * 3
    assert chosen[1] == ["full", "full", "recompute"]  # a SimpleRNN computes nothing again
    assert chosen[-1] == ["checkpoint"] * 3
    assert len({tuple(modes) for modes in chosen}) >= 4


def test_a_budget_in_the_scope_of_the_layers_and_in_fit():
    with RematScope(20_000):
        model = Sequential([LSTM(9, return_sequences=True), GRU(8), Dense(1)])
    model.compile("sgd", "mse")
    losses = model.fit(X, np.zeros(12), epochs=2, batch_size=6, verbose=0).history["loss"]
    assert losses[1] < losses[0]
    assert explain(model, X)["saved_bytes"] > 0
    assert sum(e["saved_bytes"] for e in explain(model, X)["ops"] if "remat" in e) <= 20_000


def test_a_budget_that_nothing_keeps_to():
    model = stack()
    with RematScope(1000), pytest.raises(ValueError, match=r"must be at least \d+ bytes here"):
        gradients(model)
    with RematScope("checkpoint"):
        least = explain(model, X)["saved_bytes"]
    with RematScope(least - 1), pytest.raises(ValueError, match=f"at least {least} bytes here"):
        gradients(model)
    with RematScope(least):
        gradients(model)


def test_explain():
    layer = LSTM(32)
    with RematScope("checkpoint"):
        report = explain(layer, X)
    assert report["remat"] == "checkpoint"
    assert 0 < report["saved_bytes"] < report["scratch_bytes"]
    assert explain(layer, X)["scratch_bytes"] == 0
    idle = explain(layer, X, training=False)
    assert (idle["remat"], idle["saved_bytes"], idle["scratch_bytes"]) == (None, 0, 0)
    assert explain(ops.square, X).keys() == {"op", "compute_dtype", "saved_bytes", "ops"}


def test_what_is_no_mode():
    for mode in ("all", 0, -5, 1.5, True, [1]):
        with pytest.raises(ValueError, match="mode must be one of full, bfloat16"):
            RematScope(mode)
    assert RematScope(np.int64(5)).mode == 5
    for mode in ("activations", "larger_than", "list_of_layers"):
        with pytest.raises(NotOfferedError, match=f"mode='{mode}'"):
            RematScope(mode)
    with pytest.raises(NotOfferedError, match="output_size_threshold"):
        RematScope("full", 2048)


def test_the_scope_ends_with_an_error():
    with pytest.raises(KeyError), RematScope("checkpoint"):
        raise KeyError
    assert explain(LSTM(3), X)["remat"] == "full"

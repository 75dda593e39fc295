"""`Graph`: sizes, and sessions that share it."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import _core
from tidegate.layers import GRU, LSTM, Dense
from tidegate.runtime import lower
from tidegate.runtime.operation import KINDS

from .streams import CELLS, inputs, of_layers, steps_of


def test_sizes() -> None:
    graph = lower(of_layers(LSTM(8), Dense(2)))
    assert (graph.reads_ids, graph.input_size, graph.output_size) == (False, 5, 2)
    assert graph.multiply_adds == (5 + 8) * 32 + 16
    assert graph.nbytes >= 4 * graph.multiply_adds
    assert repr(graph) == "<Graph lstm 5 -> 8, dense 8 -> 2>"
    words = lower(of_layers(GRU(4), ids=True))
    assert (words.reads_ids, words.input_size, words.output_size) == (True, 1, 4)


def test_sessions_of_one_graph_are_independent() -> None:
    model = of_layers(GRU(6, return_sequences=True), Dense(2))
    graph = lower(model)
    x, other = inputs(model, 1), inputs(model, 1, seed=2)
    one, two = graph.session(), graph.session()
    mixed = []
    for t in range(x.shape[1]):
        mixed.append(one.step(np.ascontiguousarray(x[:, t])))
        two.step(np.ascontiguousarray(other[:, t]))
    assert np.stack(mixed, axis=1).tobytes() == model.predict(x, verbose=0).tobytes()
    two.reset()
    assert steps_of(two, x).tobytes() == model.predict(x, verbose=0).tobytes()
    assert one.graph is two.graph is graph


def test_a_session_is_small_and_its_size_depends_on_states_alone() -> None:
    graph = lower(of_layers(CELLS["lstm"](128)))
    assert graph.nbytes > 250_000
    assert graph.session().nbytes < 4_096
    assert graph.session(64).nbytes < 64 * 2_048


def test_the_closed_list_is_the_core_s() -> None:
    for kind in KINDS:
        with pytest.raises(ValueError, match=r"^\[graph\] (?!an operation is one of)"):
            _core.Graph([(kind, 0, 0, "tanh", "sigmoid", True, None, None, None)])
    with pytest.raises(
        ValueError, match=r"^\[graph\] an operation is one of embedding, simple_rnn"
    ):
        _core.Graph([("conv", 1, 1, "tanh", "sigmoid", True, None, None, None)])


def test_operations_that_do_not_fit() -> None:
    kernel = np.zeros((3, 2), np.float32)
    dense = ("dense", 3, 2, "linear", "sigmoid", True, kernel, None, None)
    with pytest.raises(ValueError, match=r"^\[graph\] operation 1: inputs must be the outputs"):
        _core.Graph([dense, dense])
    with pytest.raises(ValueError, match=r"^\[graph\] there must be at least one operation"):
        _core.Graph([])
    with pytest.raises(ValueError, match=r"^\[graph\] kernel must be \[I, G\*H\] = \[4, 2\]"):
        _core.Graph([("dense", 4, 2, "linear", "sigmoid", True, kernel, None, None)])
    with pytest.raises(TypeError, match=r"^\[graph\] kernel must have dtype float32"):
        _core.Graph([("dense", 3, 2, "linear", "sigmoid", True, kernel.astype("d"), None, None)])

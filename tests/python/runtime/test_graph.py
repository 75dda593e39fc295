"""`Graph`: sizes, and sessions that share it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tidegate import _core
from tidegate.layers import GRU, LSTM, Dense
from tidegate.runtime import lower
from tidegate.runtime.operation import KINDS, Operation

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


def fields(**changes: Any) -> dict[str, Any]:
    """Of a dense operation 3 -> 2, changed."""
    kernel = np.zeros((3, 2), np.float32)
    dense = Operation("dense", "d", 3, 2, (0,), weights={"kernel": kernel}).fields()
    return {**dense, **changes}


INPUT = Operation("input", "x", 0, 3).fields()


def test_the_closed_list_is_the_core_s() -> None:
    for kind in KINDS:
        with pytest.raises(ValueError, match=r"^\[graph\] operation 0 'd': (?!an operation is)"):
            _core.Graph([fields(kind=kind, inputs=0, outputs=0)], [0])
    with pytest.raises(ValueError, match=r"^\[graph\] an operation is one of input, embedding, si"):
        _core.Graph([fields(kind="attention")], [0])
    with pytest.raises(ValueError, match=r"^\[graph\] an activation is one of tanh, .*'gelu'"):
        _core.Graph([fields(activation="gelu")], [0])
    with pytest.raises(ValueError, match=r"^\[graph\] a padding is one of causal, valid, same"):
        _core.Graph([fields(padding="both")], [0])


def refused(*operations: dict[str, Any], outputs: tuple[int, ...] = (1,)) -> str:
    with pytest.raises(ValueError, match=r"^\[graph\] ") as error:
        _core.Graph(list(operations), list(outputs))
    return str(error.value)


def test_operations_that_do_not_fit() -> None:
    text = refused(INPUT, fields(), fields(reads=(1,)))
    assert "operation 2 'd': inputs must be the outputs of what it reads, 2. Received: 3" in text
    assert "there must be at least one operation" in refused()
    assert "the first operation must be an input" in refused(fields())
    assert "inputs come before all other" in refused(INPUT, fields(), INPUT)
    for reads in ((1,), (5,), (-1,)):
        assert "reads operations before it. Received: " in refused(INPUT, fields(reads=reads))
    for reads in ((), (0, 0)):
        assert f"it reads one. Received: {len(reads)}" in refused(INPUT, fields(reads=reads))
    assert "an output must be the position of" in refused(INPUT, fields(), outputs=(2,))
    assert "at least one output" in refused(INPUT, fields(), outputs=())
    assert "kernel must be [I, O] = [4, 2]" in refused(INPUT, fields(inputs=4))
    with pytest.raises(TypeError, match=r"^\[graph\] kernel must have dtype float32"):
        _core.Graph([INPUT, fields(kernel=np.zeros((3, 2)))], [1])


def test_merges_that_do_not_fit() -> None:
    merge = {**fields(kind="add", kernel=None, inputs=2, outputs=2), "reads": (1, 0)}
    text = refused(INPUT, fields(), merge)
    assert "must have as many numbers per row as it gives, 2, or 1. Received: 3" in text
    assert "it reads two or more. Received: 1" in refused(INPUT, {**merge, "reads": (0,)})
    three = {**merge, "kind": "subtract", "reads": (0, 0, 0)}
    assert "it reads two. Received: 3" in refused(INPUT, three)
    row = Operation("input", "r", 0, 2, sequence=False).fields()
    joined = {**merge, "reads": (1, 2)}
    assert "it joins a sequence with a value that has one row" in refused(
        INPUT, row, fields(reads=(0,)), joined
    )


def test_ids_are_for_embeddings() -> None:
    ids = Operation("input", "words", 0, 1, ids=True).fields()
    assert "only an embedding reads ids" in refused(ids, fields(inputs=1, kernel=ONE))
    table = fields(kind="embedding", kernel=np.zeros((3, 2), np.float32))
    assert "an embedding reads an input of ids" in refused(INPUT, table)
    assert "ids cannot leave the graph" in refused(ids, outputs=(0,))


ONE = np.zeros((1, 2), np.float32)


@pytest.mark.parametrize("name", ["kernel_size", "strides", "dilation", "groups"])
@pytest.mark.parametrize("size", [0, -1, 2**31])
def test_convolutions_of_impossible_sizes(name: str, size: int) -> None:
    if (name, size) in (("kernel_size", 2**31), ("groups", 2**31)):
        return  # then the kernel does not fit
    conv = fields(kind="conv1d", kernel=np.zeros((1, 3, 2), np.float32))
    assert "positive and below 2^31" in refused(INPUT, {**conv, name: size})
    wide = fields(kind="conv1d", kernel=np.zeros((3, 3, 2), np.float32), kernel_size=3)
    assert "a window has fewer than 2^31 steps" in refused(INPUT, {**wide, "dilation": 2**31 - 1})

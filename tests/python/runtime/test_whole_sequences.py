"""Graphs that cannot step: whole sequences are the bits of predict."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tidegate import _core, layers
from tidegate.layers import GRU, LSTM, Bidirectional, Conv1D, Dense, Input
from tidegate.models import Model, Sequential
from tidegate.runtime import Session, lower

from . import networks
from .networks import inputs_for, noisy, predicted
from .streams import WIDTH, bfloat16, inputs, of_layers


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    return networks.whole()


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_runs_are_the_bits_of_predict(made: dict[str, Any], batch: int) -> None:
    for name, model in made.items():
        graph = lower(model)
        assert graph.step_error, name
        session = graph.session(batch, steps=23)
        for steps in (23, 17, 23):
            x = inputs_for(model, batch, steps)
            y = session.run(x[0] if len(x) == 1 else x)
            results = y if isinstance(y, list) else [y]
            for result, expected in zip(results, predicted(model, x), strict=True):
                assert result.shape == expected.shape, (name, steps)
                assert result.tobytes() == expected.tobytes(), (name, steps)


def test_bits_do_not_depend_on_the_room_for_steps(made: dict[str, Any]) -> None:
    x = inputs(made["lstm_both"], 2, steps=9)
    graph = lower(made["lstm_both"])
    expected = made["lstm_both"].predict(x, verbose=0)
    for steps in (9, 10, 64):
        assert graph.session(2, steps=steps).run(x).tobytes() == expected.tobytes()
    assert graph.session(2, steps=64).nbytes > graph.session(2, steps=9).nbytes


def test_bfloat16_runs_are_those_of_rounded_kernels(made: dict[str, Any]) -> None:
    model = made["gru_both"]
    x = inputs(model, 2)
    session = lower(model, "bfloat16").session(2, steps=x.shape[1])
    kept = model.get_weights()
    for layer in (model.layers[0].forward_layer, model.layers[0].backward_layer):
        for variable in (layer.kernel, layer.recurrent_kernel):
            variable.assign(bfloat16(variable.numpy()))
    expected = lower(model).session(2, steps=x.shape[1]).run(x)
    model.set_weights(kept)
    assert session.run(x).tobytes() == expected.tobytes()


@pytest.fixture
def session(made: dict[str, Any]) -> Session:
    return lower(made["gru_ends"]).session(2, steps=8)


def test_such_a_session_cannot_step(session: Session) -> None:
    x = np.ones((2, WIDTH), np.float32)
    text = r"^\[step\] operation 2 'bidirectional.*/backward_gru.*' cannot run step by step: it st"
    with pytest.raises(ValueError, match=text + r".*Hint: run\(x\) takes whole sequences"):
        session.step(x)
    assert session.steps == 8
    assert session.state == []


def test_sequences_that_are_too_long_or_empty(session: Session) -> None:
    for steps in (0, 9):
        with pytest.raises(ValueError, match=rf"^\[run\] a sequence must have .* 8. .*: {steps}"):
            session.run(np.ones((2, steps, WIDTH), np.float32))


def test_a_session_needs_room_for_steps(made: dict[str, Any]) -> None:
    graph = lower(made["lstm_ends"])
    for steps in (0, -3):
        with pytest.raises(ValueError, match=r"^\[session\] operation 2 .*steps must be positive"):
            graph.session(1, steps=steps)
    with pytest.raises(TypeError, match=r"^\[session\] steps must be an integer"):
        graph.session(1, steps=2.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^\[session\]"):
        graph.session(2**20, steps=2**40)


def test_a_window_must_fit() -> None:
    model = of_layers(Conv1D(2, 3, dilation_rate=2))
    session = lower(model).session(1, steps=6)
    assert session.run(np.ones((1, 5, WIDTH), np.float32)).shape == (1, 1, 2)
    with pytest.raises(ValueError, match=r"^\[run\] a sequence must be as long as the windows"):
        session.run(np.ones((1, 4, WIDTH), np.float32))


def test_values_of_different_lengths_are_not_joined() -> None:
    x = Input((None, WIDTH))
    model = Model(x, layers.Add()([Dense(2)(x), Conv1D(2, 3)(x)]))
    session = lower(model).session(1, steps=6)
    with pytest.raises(ValueError, match=r"^\[run\] .*values that are joined of one length"):
        session.run(np.ones((1, 6, WIDTH), np.float32))


def test_a_run_takes_nothing_but_its_result(made: dict[str, Any]) -> None:
    session = lower(made["lstm_both"]).session(2, steps=19)
    x = inputs(made["lstm_both"], 2)
    takes = _core.pool_stats()["takes"]
    session.run(x)
    assert _core.pool_stats()["takes"] == takes + 1


def test_return_state_of_bidirectional_is_refused() -> None:
    x = Input((None, WIDTH))
    y = Bidirectional(LSTM(3, return_state=True), name="bad")(x)[0]
    with pytest.raises(NotImplementedError, match="layer 'bad' with return_state=True"):
        lower(Model(x, y))


def test_a_model_of_one_step_may_do_without_steps() -> None:
    model = noisy(Sequential([Input((1, WIDTH)), Bidirectional(GRU(3))]))
    x = np.ones((2, WIDTH), np.float32)
    y = lower(model).session(2, steps=1).run(x)
    assert y.tobytes() == model.predict(x[:, None], verbose=0).tobytes()

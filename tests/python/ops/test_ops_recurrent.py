"""The recurrent operations: gradients, masks, states, packed weights, what is kept."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from gradcheck import check_gradients

from tidegate import ops
from tidegate.autodiff import GradientTape
from tidegate.devices import kernels
from tidegate.ops.recurrent import GATES, STATES
from tidegate.tensor import KerasTensor, Mask, Tensor, Variable, convert_to_tensor

CELLS = ("lstm", "gru", "simple_rnn")
B, T, I, H = 3, 4, 2, 3  # noqa: E741

MASKS = {
    "right": [[1, 1, 1, 0], [1, 1, 0, 0], [1, 1, 1, 1]],
    "left": [[0, 1, 1, 1], [0, 0, 0, 1], [1, 1, 1, 1]],
    "holes": [[1, 0, 1, 0], [0, 1, 1, 1], [1, 1, 0, 1]],
    "an empty row": [[0, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 1]],
}


def weights(cell, seed=1, dtype="float64", reset_after=True, units=H):
    rng = np.random.default_rng(seed)
    g = GATES[cell]
    bias = (2, g * units) if cell == "gru" and reset_after else (g * units,)
    shapes = ((I, g * units), (units, g * units), bias)
    return [(0.5 * rng.normal(size=shape)).astype(dtype) for shape in shapes]


def states(cell, seed=2, dtype="float64"):
    rng = np.random.default_rng(seed)
    return [(0.5 * rng.normal(size=(B, H))).astype(dtype) for _ in range(STATES[cell])]


def sequence(seed=0, dtype="float64"):
    return np.random.default_rng(seed).normal(size=(B, T, I)).astype(dtype)


def run(cell, x, w, **options):
    return getattr(ops, cell)(x, *w, **options)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(
    ("sequences", "backwards"), list(itertools.product([True, False], repeat=2))
)
def test_gradients_of_x_weights_and_initial_states(cell, sequences, backwards):
    def function(x, kernel, recurrent_kernel, bias, *initial):
        return run(
            cell,
            x,
            (kernel, recurrent_kernel, bias),
            initial_state=list(initial),
            return_sequences=sequences,
            return_state=True,
            go_backwards=backwards,
        )

    check_gradients(function, sequence(), *weights(cell), *states(cell))


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("name", MASKS)
@pytest.mark.parametrize("zero", [True, False])
def test_gradients_with_masks(cell, name, zero):
    def function(x, *w):
        return run(
            cell,
            x,
            w,
            mask=Mask(MASKS[name]),
            return_sequences=True,
            return_state=True,
            zero_output_for_mask=zero,
        )

    check_gradients(function, sequence(), *weights(cell))


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("per_gate", [True, False])
def test_gradients_with_dropout(cell, per_gate):
    rng = np.random.default_rng(4)
    lead = (GATES[cell],) if per_gate else ()
    x_dropout = 2.0 * (rng.random((*lead, B, I)) < 0.5)
    h_dropout = 2.0 * (rng.random((*lead, B, H)) < 0.5)

    def function(x, *w):
        return run(cell, x, w, return_sequences=True, x_dropout=x_dropout, h_dropout=h_dropout)

    check_gradients(function, sequence(), *weights(cell))


@pytest.mark.parametrize("reset_after", [True, False])
@pytest.mark.parametrize("biased", [True, False])
def test_gradients_of_both_forms_of_the_gru(reset_after, biased):
    w = weights("gru", reset_after=reset_after)[: 3 if biased else 2]
    check_gradients(lambda x, *w: ops.gru(x, *w, reset_after=reset_after), sequence(), *w)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("sequences", [True, False])
def test_gradients_of_both_directions(cell, sequences):
    n = STATES[cell]

    def function(x, *rest):
        return ops.bidirectional(
            cell,
            x,
            rest[:3],
            rest[3:6],
            initial_state=list(rest[6:]),
            mask=Mask(MASKS["holes"]),
            return_sequences=sequences,
            return_state=True,
        )

    both = [*weights(cell, 1), *weights(cell, 2), *states(cell, 3), *states(cell, 4)]
    assert len(both) == 6 + 2 * n
    check_gradients(function, sequence(), *both)


@pytest.mark.parametrize("cell", CELLS)
def test_bidirectional_is_both_directions_side_by_side(cell):
    x, a, b = sequence(), weights(cell, 1), weights(cell, 2)
    mask = Mask(MASKS["right"])
    y = ops.bidirectional(cell, x, a, b, mask=mask, return_sequences=True, return_state=True)
    forward = run(cell, x, a, mask=mask, return_sequences=True, return_state=True)
    backward = run(
        cell, x, b, mask=mask, return_sequences=True, return_state=True, go_backwards=True
    )
    np.testing.assert_array_equal(y[0].numpy()[..., :H], forward[0].numpy())
    np.testing.assert_array_equal(y[0].numpy()[..., H:], backward[0].numpy()[:, ::-1])
    for got, want in zip(y[1:], [*forward[1:], *backward[1:]], strict=True):
        np.testing.assert_array_equal(got.numpy(), want.numpy())


def test_keras_own_golden_values():
    """keras/src/layers/rnn/lstm_test.py: constant weights, unit forget bias."""
    x = np.arange(72, dtype="float32").reshape(3, 6, 4)
    bias = np.array([0.03] * 3 + [1.0] * 3 + [0.03] * 6, "float32")
    w = (np.full((4, 12), 0.01, "float32"), np.full((3, 12), 0.02, "float32"), bias)
    y = ops.lstm(x, *w).numpy()
    np.testing.assert_allclose(y[:, 0], [0.6288687, 0.86899155, 0.9460773], rtol=1e-6)
    y = ops.lstm(x, *w, go_backwards=True).numpy()
    np.testing.assert_allclose(y[:, 2], [0.35622165, 0.74789524, 0.8872726], rtol=1e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_a_full_mask_is_no_mask(cell):
    x, w = sequence(dtype="float32"), weights(cell, dtype="float32")
    plain = run(cell, x, w, return_sequences=True).numpy()
    masked = run(cell, x, w, return_sequences=True, mask=Mask(np.ones((B, T)))).numpy()
    np.testing.assert_array_equal(plain, masked)


@pytest.mark.parametrize("cell", CELLS)
def test_padding_does_not_show(cell):
    """The output of a right-padded row is that of the row without its padding, to the bit."""
    x, w = sequence(dtype="float32"), weights(cell, dtype="float32")
    y = run(cell, x, w, mask=Mask(MASKS["right"])).numpy()
    for row, length in enumerate((3, 2, 4)):
        alone = run(cell, x[row : row + 1, :length], w).numpy()
        np.testing.assert_array_equal(y[row : row + 1], alone)


def variables(cell, dtype="float32"):
    names = ("kernel", "recurrent_kernel", "bias")
    return [Variable(w, name=n) for w, n in zip(weights(cell, dtype=dtype), names, strict=True)]


@pytest.mark.parametrize("cell", CELLS)
def test_weights_are_packed_once_per_version(cell):
    x, w = sequence(dtype="float32"), variables(cell)
    first = run(cell, x, w).numpy()
    pack = w[0].packs[cell][1]
    run(cell, x, w)
    assert w[0].packs[cell][1] is pack
    for variable in w:
        before = w[0].packs[cell][1]
        variable.assign(variable.value * 0.5)
        got = run(cell, x, w).numpy()
        assert w[0].packs[cell][1] is not before
        np.testing.assert_array_equal(got, run(cell, x, [v.numpy() for v in w]).numpy())
    assert not np.array_equal(first, got)


def test_an_in_place_change_needs_the_bump():
    x, w = sequence(dtype="float32"), variables("lstm")
    first = ops.lstm(x, *w).numpy()
    w[0].array[...] *= 2
    w[0].bump()
    assert not np.array_equal(first, ops.lstm(x, *w).numpy())


def test_a_pack_belongs_to_all_of_its_variables():
    """The same kernel with another bias of the same version must not find the old pack."""
    x, (kernel, recurrent_kernel, bias) = sequence(dtype="float32"), variables("lstm")
    other = Variable(bias.numpy() + 1)
    assert other.version == bias.version
    first = ops.lstm(x, kernel, recurrent_kernel, bias).numpy()
    assert not np.array_equal(first, ops.lstm(x, kernel, recurrent_kernel, other).numpy())
    assert not np.array_equal(first, ops.lstm(x, kernel, recurrent_kernel).numpy())


@pytest.mark.parametrize("cell", CELLS)
def test_gradients_reach_variables(cell):
    x, w = convert_to_tensor(sequence(dtype="float32")), variables(cell)
    with GradientTape() as tape:
        loss = ops.sum(run(cell, x, w))
    gradients = tape.gradient(loss, w)
    assert [g.shape for g in gradients] == [v.shape for v in w]
    assert all(np.abs(g.numpy()).max() > 0 for g in gradients)


def test_a_persistent_tape_gives_the_same_bits_twice():
    x, w = convert_to_tensor(sequence(dtype="float32")), variables("gru")
    with GradientTape(persistent=True) as tape:
        tape.watch(x)
        loss = ops.sum(ops.gru(x, *w))
    first = tape.gradient(loss, [x, *w])
    second = tape.gradient(loss, [x, *w])
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_two_tapes_record_one_call():
    x = convert_to_tensor(sequence(dtype="float32"))
    w = [convert_to_tensor(a) for a in weights("lstm", dtype="float32")]
    with GradientTape() as outer, GradientTape() as inner:
        outer.watch(w)
        inner.watch(x)
        loss = ops.sum(ops.lstm(x, *w))
    dx = inner.gradient(loss, x)
    dw = outer.gradient(loss, w)
    assert dx.shape == x.shape
    assert [g.shape for g in dw] == [a.shape for a in w]


def test_only_the_gradients_that_are_asked_for():
    x, w = convert_to_tensor(sequence(dtype="float32")), variables("lstm")
    with GradientTape() as tape:
        y, h, c = ops.lstm(x, *w, return_state=True)
        loss = ops.sum(c)
    assert tape.gradient(loss, [w[2], x])[1] is None
    assert y.shape == h.shape == c.shape


def test_inference_saves_nothing():
    x, w = convert_to_tensor(sequence(dtype="float32")), variables("lstm")
    ops.lstm(x, *w)
    before = kernels().pool_stats()["bytes_in_use"]
    kept = [ops.lstm(x, *w) for _ in range(20)]
    results = sum(y.value.nbytes for y in kept)
    assert kernels().pool_stats()["bytes_in_use"] - before <= 4096 * len(kept) + results


def test_initial_state_may_be_a_variable_that_changes_later():
    """A stateful layer assigns its state before the backward pass runs."""
    x, w = convert_to_tensor(sequence(dtype="float32")), variables("simple_rnn")
    start = states("simple_rnn", dtype="float32")[0]
    state = Variable(start, trainable=False)
    results = []
    for change in (False, True):
        with GradientTape() as tape:
            y, h = ops.simple_rnn(x, *w, initial_state=[state], return_state=True)
            if change:
                state.assign(h)
            loss = ops.sum(y)
        results.append(tape.gradient(loss, w[1]).numpy())
    np.testing.assert_array_equal(*results)


@pytest.mark.parametrize("cell", CELLS)
def test_symbolic(cell):
    x = KerasTensor((None, None, I))
    w = variables(cell)
    y, *ends = run(cell, x, w, return_sequences=True, return_state=True)
    assert y.shape == (None, None, H)
    assert [s.shape for s in ends] == [(None, H)] * STATES[cell]
    assert run(cell, x, w).shape == (None, H)
    both = ops.bidirectional(cell, x, w, w, return_sequences=True, return_state=True)
    assert both[0].shape == (None, None, 2 * H)
    assert len(both) == 1 + 2 * STATES[cell]


def test_a_symbolic_mask_is_an_input_of_the_node():
    x, mask = KerasTensor((None, T, I)), KerasTensor((None, T), "bool")
    w = variables("gru")
    y = ops.gru(x, *w, mask=mask)
    node, _ = y.history
    assert node.inputs == [x, mask]
    value = sequence(dtype="float32")
    again = node.operation(value, *node.args[1:], **{**node.kwargs, "mask": Mask(MASKS["right"])})
    np.testing.assert_array_equal(
        again.numpy(), ops.gru(value, *w, mask=Mask(MASKS["right"])).numpy()
    )


ERRORS = {
    "x without a time axis": (
        lambda w: ops.lstm(np.ones((B, I), "float32"), *w),
        ValueError,
        r"\[lstm\].*\[B, T, I\]",
    ),
    "x of another width": (
        lambda w: ops.lstm(np.ones((B, T, I + 1), "float32"), *w),
        ValueError,
        r"\[lstm\].*Received:.*Hint:",
    ),
    "x of another dtype": (
        lambda w: ops.lstm(np.ones((B, T, I)), *w),
        TypeError,
        r"\[lstm\].*float32.*float64",
    ),
    "integers": (lambda w: ops.lstm(np.ones((B, T, I), int), *w), TypeError, r"\[lstm\].*int64"),
    "recurrent kernel": (
        lambda w: ops.lstm(sequence(dtype="float32"), w[0], w[0], w[2]),
        ValueError,
        r"\[lstm\] recurrent_kernel must be \[H, 4H\].*Received:.*Hint:",
    ),
    "an unknown activation": (
        lambda w: ops.lstm(sequence(dtype="float32"), *w, activation="gelu"),
        ValueError,
        r"\[lstm\] activations must be among .*'gelu'.*Hint:",
    ),
    "one state for two": (
        lambda w: ops.lstm(sequence(dtype="float32"), *w, initial_state=[np.ones((B, H))]),
        ValueError,
        r"\[lstm\] initial_state must be \[h, c\].*Received: 1 tensors",
    ),
    "a state of another shape": (
        lambda w: ops.lstm(
            sequence(dtype="float32"), *w, initial_state=[np.ones((B, 1), "float32")] * 2
        ),
        ValueError,
        r"\[lstm\].*Received:",
    ),
    "a mask of another shape": (
        lambda w: ops.lstm(sequence(dtype="float32"), *w, mask=Mask([[True, False]] * B)),
        ValueError,
        r"\[lstm\].*mask",
    ),
    "a full mask of another shape": (
        lambda w: ops.lstm(sequence(dtype="float32"), *w, mask=np.ones((3, 9), bool)),
        ValueError,
        rf"\[lstm\] mask must be \[B, T\] = \[{B}, {T}\]\. Received: \[3, 9\]",
    ),
    "an unknown cell": (
        lambda w: ops.bidirectional("rnn", sequence(dtype="float32"), w, w),
        ValueError,
        r"\[bidirectional\] cell must be one of",
    ),
    "a direction without its weights": (
        lambda w: ops.bidirectional("lstm", sequence(dtype="float32"), w, w[:1]),
        ValueError,
        r"\[lstm\] the weights of a direction",
    ),
    "symbolic x of another width": (
        lambda w: ops.lstm(KerasTensor((None, T, I + 1)), *w),
        ValueError,
        r"\[lstm\] x must be \[B, T, I\] with I = 2",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_teach(name):
    call, error, text = ERRORS[name]
    with pytest.raises(error, match=text):
        call(variables("lstm"))


@pytest.mark.parametrize(("batch", "steps"), [(0, 3), (2, 0), (0, 0)])
@pytest.mark.parametrize("cell", CELLS)
def test_empty(cell, batch, steps):
    x = convert_to_tensor(np.zeros((batch, steps, I), "float32"))
    w = variables(cell)
    start = [np.full((batch, H), 0.5, "float32") for _ in range(STATES[cell])]
    with GradientTape() as tape:
        tape.watch(x)
        y, *ends = run(cell, x, w, initial_state=start, return_sequences=True, return_state=True)
        loss = ops.sum(y)
    assert y.shape == (batch, steps, H)
    for end, begin in zip(ends, start, strict=True):
        np.testing.assert_array_equal(end.numpy(), begin)
    dx, *dw = tape.gradient(loss, [x, *w])
    assert dx.shape == x.shape
    assert all(np.all(g.numpy() == 0) for g in dw)


def test_the_callers_arrays_do_not_change():
    x, w, s = (
        sequence(dtype="float32"),
        weights("lstm", dtype="float32"),
        states("lstm", 2, "float32"),
    )
    arrays = [x, *w, *s]
    before = [a.copy() for a in arrays]
    for array in arrays:
        array.flags.writeable = False
    inputs = [convert_to_tensor(a) for a in arrays]
    with GradientTape() as tape:
        tape.watch(inputs)
        y = ops.lstm(*inputs[:4], initial_state=inputs[4:], mask=Mask(MASKS["holes"]))
    tape.gradient(y, inputs)
    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)


STRIDES = {
    "Fortran order": lambda x: np.asfortranarray(x),
    "negative strides": lambda x: x[:, ::-1].copy()[:, ::-1],
    "a slice": lambda x: np.repeat(x, 2, axis=2)[..., ::2],
    "transposed": lambda x: np.ascontiguousarray(x.transpose(1, 0, 2)).transpose(1, 0, 2),
    "byte-swapped": lambda x: x.astype(">f4"),
    "misaligned": lambda x: (
        np.frombuffer(b"0" + x.tobytes(), np.uint8)[1:].view("f4").reshape(x.shape)
    ),
    "read-only": lambda x: np.frombuffer(x.tobytes(), "f4").reshape(x.shape),
    "a list": lambda x: x.tolist(),
}


@pytest.mark.parametrize("name", STRIDES)
def test_strange_arrays_give_the_same_bits(name):
    x, w = sequence(dtype="float32"), variables("lstm")
    wanted = ops.lstm(x, *w).numpy()
    np.testing.assert_array_equal(ops.lstm(STRIDES[name](x), *w).numpy(), wanted)


def test_explain():
    x, w = sequence(dtype="float32"), variables("lstm")
    report = ops.explain(ops.lstm, x, *w)
    assert report["op"] == "lstm"
    assert report["isa"] == kernels().isa()
    assert report["threads"] >= 1
    assert report["schedule"]
    assert report["packed_bytes"] > 0
    assert report["saved_bytes"] > 0
    assert ops.explain(ops.lstm, x, *w, training=False)["saved_bytes"] == 0
    assert [entry["op"] for entry in report["ops"]] == ["lstm"]
    assert (report["directions"], report["mask"]) == (1, None)
    both = ops.explain(lambda x: ops.bidirectional("lstm", x, w, w, mask=Mask(MASKS["left"])), x)
    assert (both["op"], both["directions"], both["mask"]) == ("lstm", 2, "left")


def test_the_result_is_a_tensor_of_its_own():
    y = ops.lstm(sequence(), *weights("lstm"))
    assert isinstance(y, Tensor)
    assert y.mask is None

"""Every operation on bfloat16: computed in float32, rounded once; its gradient likewise."""

from __future__ import annotations

import numpy as np
import pytest
from test_ops_gradients import BINARY, ONE_ARGUMENT

from tidegate import GradientTape, _core, ops
from tidegate.bfloat16 import rounded
from tidegate.errors import NotOfferedError
from tidegate.scopes import STATE
from tidegate.tensor import KerasTensor, Variable, convert_to_tensor
from tidegate.utils import tree

# Made of several operations, each of which rounds; the others are one, so their bits are known.
SEVERAL = {
    "operators",
    "mish",
    "hard_silu",
    "hard_tanh",
    "relu with all",
    "ravel",
    "std",
    "normalize",
    "normalize, order 3",
}
# With arrays of float64 of their own.
OTHER_DTYPES = {"clip, tensor"}
CASES = [
    pytest.param(name, function, arrays, id=name)
    for name, (function, *arrays) in {**ONE_ARGUMENT, **BINARY}.items()
    if name not in OTHER_DTYPES
]


def run(function, arrays, dtype):
    inputs = [ops.cast(a, dtype) for a in arrays]
    with GradientTape() as tape:
        tape.watch(inputs)
        outputs = tree.flatten(function(*inputs))
    return outputs, tape.gradient(outputs, inputs)


@pytest.mark.parametrize(("name", "function", "arrays"), CASES)
def test_values_and_gradients_are_those_of_float32_rounded(name, function, arrays):
    arrays = [rounded(np.asarray(a, "float32")) for a in arrays]
    wide, dwide = run(function, arrays, "float32")
    narrow, dnarrow = run(function, arrays, "bfloat16")
    keeps = name != "cast"  # to float64
    pairs = list(zip(narrow, wide, strict=True))
    for y in narrow:
        assert y.dtype == ("bfloat16" if keeps else "float64")
    pairs += [(a, b) for a, b in zip(dnarrow, dwide, strict=True) if b is not None]
    assert [a is None for a in dnarrow] == [b is None for b in dwide]
    for dx in dnarrow:
        assert dx is None or dx.dtype == "bfloat16"
    for got, expected in pairs:
        if name in SEVERAL:
            np.testing.assert_allclose(got.numpy(), expected.numpy(), rtol=0.03, atol=0.02)
        else:
            exact = expected.numpy() if got.dtype == "float64" else rounded(expected.numpy())
            np.testing.assert_array_equal(got.numpy(), exact)


@pytest.mark.parametrize(("name", "function", "arrays"), CASES)
def test_the_shape_rule_knows_the_dtype(name, function, arrays):
    values = tree.flatten(function(*[ops.cast(a, "bfloat16") for a in arrays]))
    specs = tree.flatten(function(*[KerasTensor(np.shape(a), "bfloat16") for a in arrays]))
    assert [s.dtype for s in specs] == [v.dtype for v in values]
    assert [s.shape for s in specs] == [v.shape for v in values]


def test_comparisons_and_counts_are_what_they_are():
    x = ops.cast([1.0, 2.0], "bfloat16")
    assert ops.greater(x, 1).dtype == "bool"
    assert (x == x).numpy().all()
    assert ops.argmax(x).dtype == "int32"
    assert ops.isnan(x).numpy().tolist() == [False, False]


def test_integers_go_through_untouched():
    ids = ops.cast([[300, 2], [1, 0]], "int32")
    table = ops.cast(np.arange(1204.0).reshape(301, 4), "bfloat16")
    y = ops.embedding(ids, table)
    assert y.dtype == "bfloat16"
    np.testing.assert_array_equal(y.numpy(), table.numpy()[ids.numpy()])


def test_with_float32_the_result_is_float32():
    a, b = ops.cast([1.001, 2.0], "bfloat16"), convert_to_tensor([1.001, 2.0])
    assert (a + b).dtype == ops.concatenate([a, b], axis=0).dtype == "float32"
    np.testing.assert_array_equal((a + b).numpy(), np.float32([1, 2]) + np.float32([1.001, 2]))


def test_numbers_are_not_rounded_first():
    x = ops.cast([3.0], "bfloat16")
    assert (x * 0.1).numpy() == rounded(np.float32([3.0]) * np.float32(0.1))


def test_gradients_of_one_value_add_up():
    x = ops.cast([0.3, 5.0], "bfloat16")
    with GradientTape() as tape:
        tape.watch(x)
        y = ops.sum(x * x + ops.exp(x))
    dx = tape.gradient(y, x)
    assert dx.dtype == "bfloat16"
    np.testing.assert_allclose(dx.numpy(), 2 * x.numpy() + np.exp(x.numpy()), rtol=2**-7)


@pytest.fixture
def scope():
    """As within a layer of the policy mixed_bfloat16."""
    STATE.autocast = "bfloat16"
    yield
    STATE.autocast = None


@pytest.mark.usefixtures("scope")
class TestVariables:
    def test_count_as_bfloat16(self):
        v = Variable(np.float32([1.003, 3.0]))
        assert v.dtype == "bfloat16"
        y = v * 3
        assert y.dtype == "bfloat16"
        np.testing.assert_array_equal(y.numpy(), [3, 9])
        assert rounded(3 * v.numpy())[0] != 3
        x = KerasTensor((2,), "bfloat16")
        assert ops.multiply(x, v).dtype == ops.multiply(v, x).dtype == "bfloat16"

    def test_keep_their_values_and_get_gradients_that_are_not_rounded(self):
        v = Variable(np.float32([1.001, 3.0]))
        with GradientTape() as tape:
            y = ops.sum(v * np.float32([1.001, 2.002]))
        dv = tape.gradient(y, v)
        assert dv.dtype == "float32"
        np.testing.assert_array_equal(dv.numpy(), np.float32([1.001, 2.002]))
        np.testing.assert_array_equal(v.numpy(), np.float32([1.001, 3.0]))

    def test_are_rounded_anew_after_a_change(self):
        v = Variable(np.float32([1.001]))
        assert (v + 0.0).numpy() == [1.0]
        v.assign([2.002])
        assert (v + 0.0).numpy() == [2.0]
        v.array[0] = 5.005
        v.bump()
        assert (v + 0.0).numpy() == [5.0]

    def test_autocast_false_and_other_dtypes_stay(self):
        assert Variable(np.float32([1.001]), autocast=False).dtype == "float32"
        assert Variable([1, 2]).dtype == "int32"
        assert Variable(np.zeros(2)).dtype == "float64"
        v = Variable(np.float32([1.001]), autocast=False)
        assert (v * 1).numpy() == np.float32([1.001])
        assert (v * 1).dtype == "float32"

    def test_assignment_is_in_float32(self):
        v = Variable(np.float32([1.0]))
        v.assign(np.float32([1.001]))
        v.assign_add(np.float32([0.001]))
        assert v.numpy() == np.float32(1.001) + np.float32(0.001)

    def test_rows_of_a_table_are_rounded_not_the_table(self):
        table = Variable(np.float32([[1.001, 2.002], [3.003, 4.004]]))
        y = ops.embedding([1, 0], table)
        np.testing.assert_array_equal(y.numpy(), rounded(table.numpy())[[1, 0]])
        assert y.dtype == "bfloat16"
        assert "bfloat16" not in table.packs


def weights(cell, size=5, units=4):
    gates = {"lstm": 4, "gru": 3, "simple_rnn": 1}[cell]
    rng = np.random.default_rng(7)
    bias = (2, gates * units) if cell == "gru" else (gates * units,)
    shapes = (size, gates * units), (units, gates * units), bias
    return [Variable(rng.normal(size=shape).astype("f4") / 2) for shape in shapes]


@pytest.mark.parametrize("cell", ["lstm", "gru", "simple_rnn"])
@pytest.mark.parametrize("directions", [1, 2])
def test_recurrent_products_are_those_of_the_core(cell, directions):
    """All values and gradients are the core's with products of bfloat16; results are rounded."""
    x = rounded(np.random.default_rng(1).normal(size=(3, 6, 5)).astype("f4"))
    own = weights(cell)
    options = {"return_sequences": True, "return_state": True}
    inputs = ops.cast(x, "bfloat16")
    with GradientTape() as tape:
        tape.watch(inputs)
        if directions == 1:
            outputs = getattr(ops, cell)(inputs, *own, **options)
        else:
            outputs = ops.bidirectional(cell, inputs, own, own, **options)
        total = ops.sum(ops.cast(outputs[0], "float32"))
    dx, *dw = tape.gradient(total, [inputs, *own])

    pack = _core.RecurrentWeights(cell, *[w.numpy() for w in own], products="bfloat16")
    y, ends, saved = _core.recurrent_forward(
        x,
        (pack,) * directions,
        recurrent_activation="linear" if cell == "simple_rnn" else "sigmoid",
        go_backwards=(False, True)[:directions],
        return_sequences=True,
        time_order=directions == 2,
        training=True,
    )
    dx_core, dw_core, _ = _core.recurrent_backward(saved, np.ones_like(y), None)
    for got, want in zip(outputs, [y, *[h for end in ends for h in end]], strict=True):
        assert got.dtype == "bfloat16"
        np.testing.assert_array_equal(got.numpy(), rounded(want))
    assert dx.dtype == "bfloat16"
    np.testing.assert_array_equal(dx.numpy(), rounded(dx_core))
    for k, got in enumerate(dw):
        assert got.dtype == "float32"
        np.testing.assert_array_equal(got.numpy(), sum(side[k] for side in dw_core))


def test_dense_products_are_of_rounded_weights():
    rng = np.random.default_rng(2)
    x, kernel, bias = (rng.normal(size=s).astype("f4") for s in ((3, 4), (4, 2), (2,)))
    kernel, bias, x = Variable(kernel), Variable(bias), rounded(x)
    y, dx, (dW, db) = ops.vjp(
        lambda x: ops.dense(x, kernel, bias, "tanh"), ops.cast(x, "bfloat16"), None
    )
    y32, dx32, (dW32, db32) = ops.vjp(
        lambda x: ops.dense(x, Variable(rounded(kernel.numpy())), bias, "tanh"), x, None
    )
    assert (y.dtype, dx.dtype, dW.dtype, db.dtype) == ("bfloat16",) * 2 + ("float32",) * 2
    np.testing.assert_array_equal(y.numpy(), rounded(y32.numpy()))
    np.testing.assert_array_equal(dx.numpy(), rounded(dx32.numpy()))
    np.testing.assert_array_equal(dW.numpy(), dW32.numpy())
    np.testing.assert_array_equal(db.numpy(), db32.numpy())


def test_packs_of_both_kinds_lie_beside_each_other():
    x = np.random.default_rng(1).normal(size=(2, 3, 5)).astype("f4")
    own = weights("lstm")
    wide, narrow = ops.lstm(x, *own), ops.lstm(ops.cast(x, "bfloat16"), *own)
    first = dict(own[0].packs)
    np.testing.assert_array_equal(ops.lstm(x, *own).numpy(), wide.numpy())
    assert ops.lstm(ops.cast(x, "bfloat16"), *own).numpy().tolist() == narrow.numpy().tolist()
    assert {name: pack for name, (_, pack) in own[0].packs.items()} == {
        name: pack for name, (_, pack) in first.items()
    }
    own[0].assign(own[0].numpy() + 1)
    assert not np.array_equal(ops.lstm(ops.cast(x, "bfloat16"), *own).numpy(), narrow.numpy())


@pytest.mark.parametrize("symbolic", [False, True])
def test_dense_of_two_dtypes(symbolic):
    """x says how the products are made; float64 goes with neither."""
    x, kernel = np.ones((2, 3), "f4"), np.full((3, 2), 1.001, "f4")

    def dense(x_dtype, dtype):
        if symbolic:
            return ops.dense(KerasTensor((2, 3), x_dtype), KerasTensor((3, 2), dtype)).dtype
        y = ops.dense(ops.cast(x, x_dtype), ops.cast(kernel, dtype))
        expected = 3 if "bfloat16" in (x_dtype, dtype) else 3 * np.float32(1.001)
        np.testing.assert_allclose(y.numpy(), np.full((2, 2), expected), rtol=1e-6)
        return y.dtype

    assert dense("bfloat16", "float32") == "bfloat16"
    assert dense("bfloat16", "bfloat16") == "bfloat16"
    assert dense("float32", "bfloat16") == "float32"
    for pair in (("float64", "bfloat16"), ("bfloat16", "float64")):
        with pytest.raises(TypeError, match=r"\[dense\] x must have the dtype of the kernel"):
            dense(*pair)


def test_float64_weights_are_refused():
    own = [Variable(w.numpy().astype("f8")) for w in weights("gru")]
    with pytest.raises(TypeError, match=r"\[gru\] x must have the dtype of the weights, float64"):
        ops.gru(ops.cast(np.zeros((2, 3, 5)), "bfloat16"), *own)


def test_float16_is_not_there():
    with pytest.raises(NotOfferedError, match="float16"):
        ops.cast([1.0], "float16")


def test_explain_says_the_dtype():
    from tidegate import explain

    own = weights("gru")
    x = np.zeros((2, 3, 5), "f4")
    wide = explain(lambda x: ops.gru(x, *own), x)
    narrow = explain(lambda x: ops.gru(x, *own), ops.cast(x, "bfloat16"))
    assert (wide["compute_dtype"], wide["products"]) == ("float32", "float32")
    assert (narrow["compute_dtype"], narrow["products"]) == ("bfloat16", "bfloat16")
    assert narrow["isa"] in (wide["isa"], "avx512_bf16")

"""Tensors of dtype bfloat16: how they are made and shown, and what they refuse."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from tidegate import ops, random
from tidegate.autodiff import GradientTape
from tidegate.bfloat16 import BFloat16Tensor, rounded, to_bits
from tidegate.dtypes import result_type, standardize_dtype
from tidegate.errors import NotOfferedError
from tidegate.tensor import KerasTensor, Mask, Tensor, Variable, convert_to_tensor, is_tensor

X = np.array([[1.0, 1.001, -2.5], [3.14159, 1e-40, 300.7]], "float32")


def test_it_is_a_tensor_that_keeps_half_the_bytes():
    x = ops.cast(X, "bfloat16")
    assert isinstance(x, Tensor)
    assert is_tensor(x)
    assert (x.dtype, x.shape, x.ndim, x.size, len(x)) == ("bfloat16", (2, 3), 2, 6, 2)
    assert x.bits.dtype == np.uint16
    assert x.bits.nbytes * 2 == X.nbytes


def test_it_is_shown_as_float32():
    x = ops.cast(X, "bfloat16")
    for array in (x.numpy(), np.asarray(x), x.value, np.from_dlpack(x)):
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, rounded(X))
    assert np.asarray(x, dtype="float64").dtype == np.float64
    assert float(x[0, 1]) == 1.0
    assert repr(ops.cast([1.5, 1.001], "bfloat16")) == (
        "<Tensor shape=(2,), dtype=bfloat16, value=[1.5, 1. ]>"
    )
    with pytest.raises(ValueError, match="read-only"):
        x.numpy()[0, 0] = 5


def test_rounding_is_that_of_the_core():
    np.testing.assert_array_equal(to_bits(X.T), to_bits(np.ascontiguousarray(X.T)))
    assert rounded(np.float32([1.00390625, 1.01171875])).tolist() == [1.0, 1.015625]  # ties


@pytest.mark.parametrize(
    "make",
    [
        lambda: convert_to_tensor(X, dtype="bfloat16"),
        lambda: convert_to_tensor(X.tolist(), dtype="bfloat16"),
        lambda: convert_to_tensor(ops.cast(X, "float64"), dtype="bfloat16"),
        lambda: convert_to_tensor(Variable(X), dtype="bfloat16"),
        lambda: ops.cast(ops.cast(X, "bfloat16"), "bfloat16"),
        lambda: ops.copy(ops.cast(X, "bfloat16")),
        lambda: copy.deepcopy(ops.cast(X, "bfloat16")),
    ],
)
def test_ways_to_make_one(make):
    x = make()
    assert type(x) is BFloat16Tensor
    np.testing.assert_array_equal(x.numpy(), rounded(X))


def test_one_that_is_there_is_not_made_again():
    x = ops.cast(X, "bfloat16")
    assert convert_to_tensor(x) is x
    assert convert_to_tensor(x, dtype="bfloat16") is x


@pytest.mark.parametrize(
    ("function", "values"),
    [
        (lambda: ops.zeros((2,), "bfloat16"), [0, 0]),
        (lambda: ops.ones((2,), "bfloat16"), [1, 1]),
        (lambda: ops.full((2,), 1.001, "bfloat16"), [1, 1]),
        (lambda: ops.eye(2, dtype="bfloat16"), [[1, 0], [0, 1]]),
        (lambda: ops.arange(3, dtype="bfloat16"), [0, 1, 2]),
        (lambda: ops.linspace(0, 1.001, 2, dtype="bfloat16"), [0, 1]),
        (lambda: ops.one_hot([1], 2, dtype="bfloat16"), [[0, 1]]),
        (lambda: ops.zeros_like([1.0], dtype="bfloat16"), [0]),
        (lambda: ops.ones_like(ops.cast([3.0], "bfloat16")), [1]),
        (lambda: ops.full_like(ops.cast([3.0], "bfloat16"), 1.001), [1]),
    ],
)
def test_new_tensors_by_dtype(function, values):
    x = function()
    assert x.dtype == "bfloat16"
    np.testing.assert_array_equal(x.numpy(), values)


def test_shuffled_it_keeps_its_dtype():
    y = random.shuffle(ops.cast(X, "bfloat16"), axis=1, seed=1)
    assert y.dtype == "bfloat16"
    np.testing.assert_array_equal(np.sort(y.numpy()), np.sort(rounded(X)))


@pytest.mark.parametrize("draw", [random.uniform, random.normal, random.truncated_normal])
def test_random_numbers(draw):
    y = draw((3, 4), dtype="bfloat16", seed=2)
    assert y.dtype == "bfloat16"
    np.testing.assert_array_equal(y.numpy(), rounded(draw((3, 4), seed=2).numpy()))
    mask = random.dropout_mask((8,), 0.3, "bfloat16", seed=1)
    assert mask.dtype == "bfloat16"
    np.testing.assert_array_equal(
        mask.numpy(), rounded(random.dropout_mask((8,), 0.3, "float32", seed=1))
    )


def test_casts():
    x = ops.cast([1.7, -2.0, 300.7], "bfloat16")
    assert ops.cast(x, "int32").numpy().tolist() == [1, -2, 300]
    assert ops.cast(x, "float64").dtype == "float64"
    assert ops.cast(x, "bool").dtype == "bool"
    assert ops.cast([True, False], "bfloat16").numpy().tolist() == [1, 0]
    assert ops.cast(KerasTensor((None, 3)), "bfloat16").dtype == "bfloat16"


def test_a_gradient_has_the_dtype_of_its_value_and_is_rounded_where_the_tape_gives_it():
    x = convert_to_tensor(X)
    with GradientTape() as tape:
        tape.watch(x)
        narrow = ops.cast(x, "bfloat16")
        y = ops.sum(ops.cast(narrow, "float32") * 1.001)
    dx, dnarrow = tape.gradient(y, [x, narrow])
    assert (dx.dtype, dnarrow.dtype) == ("float32", "bfloat16")
    np.testing.assert_array_equal(dnarrow.numpy(), np.ones_like(X))
    np.testing.assert_array_equal(dx.numpy(), np.full_like(X, 1.001))


def test_unconnected_gradients_have_the_dtype_too():
    x = ops.cast(X, "bfloat16")
    with GradientTape() as tape:
        tape.watch(x)
        y = ops.sum(convert_to_tensor(X))
    (dx,) = tape.gradient(y, [x], unconnected_gradients="zero")
    assert dx.dtype == "bfloat16"
    assert not dx.numpy().any()


def test_a_gradient_cannot_be_lost():
    x = ops.cast(X, "bfloat16")
    with GradientTape() as tape:
        tape.watch(x)
        with pytest.raises(RuntimeError, match="records cannot be converted"):
            np.asarray(ops.exp(x))
    with pytest.raises(TypeError):
        np.tanh(x)


def test_the_mask_rides_on_it():
    x = BFloat16Tensor(to_bits(X), Mask([[True, False, True]]))
    assert x.mask.values.tolist() == [[True, False, True]]


@pytest.mark.parametrize(
    ("kinds", "dtype"),
    [
        (("bfloat16", "bfloat16"), "bfloat16"),
        (("bfloat16", float), "bfloat16"),
        (("bfloat16", int), "bfloat16"),
        (("bfloat16", "int64"), "bfloat16"),
        (("bfloat16", "bool"), "bfloat16"),
        (("bfloat16", "float32"), "float32"),
        (("float32", "bfloat16", float), "float32"),
    ],
)
def test_result_types(kinds, dtype):
    assert result_type("op", *kinds) == result_type("op", *reversed(kinds)) == dtype


def test_float64_does_not_mix():
    with pytest.raises(TypeError, match=r"\[add\] bfloat16 and float64 tensors do not mix"):
        ops.add(ops.cast(X, "bfloat16"), X.astype("float64"))
    assert standardize_dtype("bfloat16") == "bfloat16"


@pytest.mark.parametrize(
    "make",
    [
        lambda: Variable(X, dtype="bfloat16"),
        lambda: Variable("zeros", shape=(2,), dtype="bfloat16"),
    ],
)
def test_variables_are_not_bfloat16(make):
    with pytest.raises(NotOfferedError, match=r"bfloat16.*Hint:.*stay float32.*mixed_bfloat16"):
        make()

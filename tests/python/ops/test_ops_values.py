"""Values of the operations against NumPy, dtypes against Keras' rules, errors by their text."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tidegate import ops
from tidegate.errors import NotOfferedError
from tidegate.tensor import KerasTensor, Tensor, Variable, convert_to_tensor

_rng = np.random.default_rng(8)
A = _rng.normal(size=(2, 3)).astype("f4")
B = _rng.normal(size=(3,)).astype("f4")
P = np.abs(A) + 0.1

SAME_AS_NUMPY = {
    "add": (A, B),
    "subtract": (A, B),
    "multiply": (A, B),
    "divide": (A, B),
    "true_divide": (A, B),
    "floor_divide": (A, B),
    "mod": (A, B),
    "power": (P, B),
    "maximum": (A, B),
    "minimum": (A, B),
    "negative": (A,),
    "expm1": (A,),
    "log": (P,),
    "log1p": (P,),
    "sqrt": (P,),
    "square": (A,),
    "reciprocal": (A,),
    "abs": (A,),
    "absolute": (A,),
    "sign": (A,),
    "floor": (A,),
    "ceil": (A,),
    "round": (A,),
    "sin": (A,),
    "cos": (A,),
    "equal": (A, A),
    "not_equal": (A, B),
    "greater": (A, B),
    "greater_equal": (A, B),
    "less": (A, B),
    "less_equal": (A, B),
    "logical_and": (A > 0, B > 0),
    "logical_or": (A > 0, B > 0),
    "logical_xor": (A > 0, B > 0),
    "logical_not": (A > 0,),
    "isnan": (np.array([1, np.nan, np.inf], "f4"),),
    "isinf": (np.array([1, np.nan, np.inf], "f4"),),
    "isfinite": (np.array([1, np.nan, np.inf], "f4"),),
    "where": (A > 0, A, B),
    "sum": (A,),
    "mean": (A,),
    "var": (A,),
    "std": (A,),
    "prod": (A,),
    "max": (A,),
    "min": (A,),
    "amax": (A,),
    "amin": (A,),
    "any": (A > 1,),
    "all": (A > -9,),
    "argmax": (A,),
    "argmin": (A,),
    "cumsum": (A,),
    "transpose": (A,),
    "ravel": (A,),
    "flip": (A,),
    "squeeze": (A[None],),
    "append": (A, B),
    "zeros_like": (A,),
    "ones_like": (A,),
    "stack": ([A, A],),
    "copy": (A,),
    "matmul": (A, A.T.copy()),
    "shape": (A,),
    "ndim": (A,),
}


@pytest.mark.parametrize("name", SAME_AS_NUMPY)
def test_same_as_numpy(name):
    args = SAME_AS_NUMPY[name]
    got = getattr(ops, name)(*args)
    want = getattr(np, name)(*args)
    got = got.numpy() if isinstance(got, Tensor) else got
    np.testing.assert_allclose(got, want, rtol=2e-6, atol=1e-7)


AXES = [None, 0, -1, (0, 2), [1], ()]


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("keepdims", [True, False])
@pytest.mark.parametrize("name", ["sum", "mean", "var", "std", "prod", "max", "min", "any", "all"])
def test_reductions_over_axes(name, axis, keepdims):
    x = _rng.normal(size=(2, 3, 4))
    x = x > 0.5 if name in ("any", "all") else x
    got = getattr(ops, name)(x, axis=axis, keepdims=keepdims).numpy()
    numpys = tuple(axis) if isinstance(axis, list) else axis
    want = getattr(np, name)(x, axis=numpys, keepdims=keepdims)
    np.testing.assert_allclose(got, want, rtol=1e-12)
    symbol = getattr(ops, name)(KerasTensor(x.shape, x.dtype.name), axis=axis, keepdims=keepdims)
    assert symbol.shape == got.shape


@pytest.mark.parametrize("axis", [0, -1, (0, 2), [-1, 0], (1, -4), (0, 1, 2), ()])
def test_expand_dims(axis):
    numpys = tuple(axis) if isinstance(axis, list) else axis
    want = np.expand_dims(A, numpys)
    np.testing.assert_array_equal(ops.expand_dims(A, axis).numpy(), want)
    assert ops.expand_dims(KerasTensor((2, None)), axis).shape == tuple(
        None if size == 3 else size for size in want.shape
    )


@pytest.mark.parametrize("name", ["argmax", "argmin"])
def test_arg_extremes(name):
    x = _rng.normal(size=(2, 3, 4))
    for axis in (None, 0, -1):
        y = getattr(ops, name)(x, axis=axis, keepdims=True)
        assert y.dtype == "int32"
        np.testing.assert_array_equal(y.numpy(), getattr(np, name)(x, axis=axis, keepdims=True))


def test_logsumexp():
    x = np.array([[1e4, 1e4], [-1e4, 0.0], [-np.inf, -np.inf]])
    want = [1e4 + math.log(2), 0.0, -np.inf]
    np.testing.assert_allclose(ops.logsumexp(x, axis=1).numpy(), want)
    assert ops.logsumexp(x, axis=1, keepdims=True).shape == (3, 1)


def test_erf():
    x = np.linspace(-7, 7, 2001)
    want = [math.erf(v) for v in x]
    np.testing.assert_allclose(ops.erf(x).numpy(), want, rtol=0, atol=3e-16)
    np.testing.assert_array_equal(ops.erf([-np.inf, np.inf]).numpy(), [-1, 1])


def test_creation():
    assert ops.zeros((2, 3)).dtype == "float32"
    assert ops.ones(3, "int32").numpy().tolist() == [1, 1, 1]
    assert ops.full((2,), 7, "float64").numpy().tolist() == [7, 7]
    assert ops.full_like(A, 2).dtype == "float32"
    assert ops.zeros_like(KerasTensor((None, 2)), "int32").dtype == "int32"
    np.testing.assert_array_equal(ops.eye(2, 3, 1).numpy(), np.eye(2, 3, 1))
    np.testing.assert_array_equal(ops.identity(2).numpy(), np.eye(2))
    np.testing.assert_array_equal(ops.linspace(0, 1, 5).numpy(), np.linspace(0, 1, 5))
    np.testing.assert_array_equal(ops.arange(2, 8, 3).numpy(), [2, 5])
    assert ops.arange(3).dtype == "int32"
    assert ops.arange(0.0, 1.0, 0.5).dtype == "float32"
    assert ops.arange(3, dtype="float64").dtype == "float64"


def test_arguments_that_keras_has():
    x = convert_to_tensor([1, 2, 3])
    assert ops.cumsum(x, dtype="float32").dtype == "float32"
    assert ops.prod(x, dtype="float64").item() == 6
    assert ops.max(x, initial=5).item() == 5
    assert ops.min(x, initial=0).item() == 0
    with pytest.raises(NotOfferedError, match="retstep"):
        ops.linspace(0, 1, retstep=True)
    with pytest.raises(NotOfferedError, match=r"\[where\] where without x1 and x2"):
        ops.where(x > 1)
    with pytest.raises(NotOfferedError, match="ragged"):
        ops.convert_to_tensor(x, ragged=True)


def test_one_hot():
    np.testing.assert_array_equal(
        ops.one_hot([[0, 2], [1, -1]], 3).numpy(),
        [[[1, 0, 0], [0, 0, 1]], [[0, 1, 0], [0, 0, 0]]],
    )
    assert ops.one_hot([0, 1], 3, axis=0).shape == (3, 2)
    assert ops.one_hot(KerasTensor((None,), "int32"), 4, dtype="int32").shape == (None, 4)
    with pytest.raises(NotOfferedError, match="sparse"):
        ops.one_hot([0], 2, sparse=True)


def test_moving():
    x = np.arange(24).reshape(2, 3, 4)
    np.testing.assert_array_equal(ops.swapaxes(x, 0, -1).numpy(), np.swapaxes(x, 0, -1))
    np.testing.assert_array_equal(ops.moveaxis(x, 0, -1).numpy(), np.moveaxis(x, 0, -1))
    np.testing.assert_array_equal(ops.tile(x, (2, 1)).numpy(), np.tile(x, (2, 1)))
    np.testing.assert_array_equal(ops.tile(x, (2, 1, 1, 3)).numpy(), np.tile(x, (2, 1, 1, 3)))
    np.testing.assert_array_equal(ops.repeat(x, 2, axis=1).numpy(), np.repeat(x, 2, axis=1))
    np.testing.assert_array_equal(ops.take(x, [-1, 0], axis=2).numpy(), x[..., [-1, 0]])
    np.testing.assert_array_equal(ops.slice(x, (1, 0, 2), (1, 2, 2)).numpy(), x[1:2, :2, 2:4])
    np.testing.assert_array_equal(ops.get_item(x, (slice(None), 1)).numpy(), x[:, 1])
    assert [p.shape for p in ops.split(x, [1, 3], axis=2)] == [(2, 3, 1), (2, 3, 2), (2, 3, 1)]
    assert len(ops.unstack(x, axis=1)) == 3
    index = convert_to_tensor([1, 0])
    np.testing.assert_array_equal(convert_to_tensor(x)[index].numpy(), x[[1, 0]])
    np.testing.assert_array_equal(convert_to_tensor(x)[x > 11].numpy(), x[x > 11])


class TestDtypes:
    @pytest.mark.parametrize(
        ("a", "b", "want"),
        [
            ("float32", 1, "float32"),
            ("float32", 1.5, "float32"),
            ("float64", 1.5, "float64"),
            ("float32", True, "float32"),
            ("float32", np.float64(2), "float32"),
            ("float64", np.float32(2), "float64"),
            ("int32", 1, "int32"),
            ("int32", 1.5, "float32"),
            ("int64", 1.5, "float32"),
            ("bool", 1, "int32"),
            ("bool", 1.5, "float32"),
            ("bool", True, "bool"),
            ("uint8", 1, "uint8"),
            ("float64", [1.0, 2.0], "float64"),
            ("float64", [[1], [2]], "float64"),
            ("int32", [1.0, 2], "float32"),
            ("bool", [True, False], "bool"),
        ],
    )
    def test_numbers_do_not_widen(self, a, b, want):
        x = convert_to_tensor(np.ones(2, a))
        for y in (ops.multiply(x, b), ops.multiply(b, x)):
            assert y.dtype == want
        assert ops.multiply(KerasTensor((2,), a), b).dtype == want

    @pytest.mark.parametrize(
        ("a", "b", "want"),
        [
            ("float32", "int64", "float32"),
            ("float64", "int8", "float64"),
            ("int8", "int32", "int32"),
            ("int32", "bool", "int32"),
            ("uint8", "int8", "int16"),
            ("uint64", "int64", "float32"),
        ],
    )
    def test_floats_win(self, a, b, want):
        x, y = convert_to_tensor(np.ones(2, a)), convert_to_tensor(np.ones(2, b))
        assert ops.add(x, y).dtype == ops.add(y, x).dtype == want
        assert ops.add(KerasTensor((2,), a), y).dtype == want
        assert ops.concatenate([x, y], axis=0).dtype == want
        assert ops.where([True, False], x, y).dtype == want

    @pytest.mark.parametrize("name", ["add", "multiply", "maximum", "matmul", "where"])
    def test_float32_and_float64_do_not_mix(self, name):
        a, b = np.ones((2, 2), "f4"), np.ones((2, 2))
        args = ([True, False], a, b) if name == "where" else (a, b)
        text = rf"\[{name}\] float32 and float64 tensors do not mix.*Received.*Hint: .*ops.cast"
        with pytest.raises(TypeError, match=text):
            getattr(ops, name)(*args)

    @pytest.mark.parametrize("name", ["sum", "prod"])
    @pytest.mark.parametrize(
        ("dtype", "wider"),
        [
            *[(small, "int32") for small in ("bool", "int8", "int16", "uint8", "uint16")],
            *[(wide, wide) for wide in ("int32", "int64", "uint32", "uint64")],
        ],
    )
    def test_sums_and_products_of_small_integers_are_int32(self, name, dtype, wider):
        x = np.full((2, 300), 1, dtype)
        x[:, :3] = 100
        want = getattr(np, name)(x, axis=1, dtype=wider)
        got = getattr(ops, name)(x, axis=1)
        assert got.dtype == getattr(ops, name)(KerasTensor(x.shape, dtype), axis=1).dtype == wider
        np.testing.assert_array_equal(got.numpy(), want)

    @pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "int16", "uint32", "int64"])
    def test_running_sums_and_extremes_keep_their_integers(self, dtype):
        x, symbol = np.ones(300, dtype), KerasTensor((300,), dtype)
        running = "int32" if dtype == "bool" else dtype
        assert ops.cumsum(x).dtype == ops.cumsum(symbol, axis=0).dtype == running
        assert ops.cumsum(x).numpy()[-1] == np.array(300).astype(running)
        assert ops.max(x).dtype == ops.min(x).dtype == ops.max(symbol).dtype == dtype
        for function in (ops.mean, ops.var, ops.std):
            assert function(x).dtype == function(symbol).dtype == "float32"
        assert ops.mean(x).item() == 1

    def test_prod_keeps_a_dtype_that_was_asked_for(self):
        assert ops.prod(np.ones(3, "f4"), dtype="uint8").dtype == "uint8"

    def test_integers(self):
        x = convert_to_tensor([1, 2, 3])
        assert (x / 2).dtype == "float32"
        assert (x // 2).dtype == "int32"
        assert ops.mean(x).dtype == "float32"
        assert ops.sum(x).dtype == "int32"
        assert ops.sum(x > 1).dtype == "int32"
        assert ops.exp(x).dtype == "float32"
        assert (x**2).dtype == "int32"
        assert (x**0.5).dtype == "float32"
        assert ops.clip(x, 0, 2).dtype == "int32"
        assert ops.relu(x).dtype == "int32"
        assert ops.round(x).dtype == "int32"
        assert ops.square(x > 1).dtype == "int32"
        assert ops.square(KerasTensor((2,), "bool")).dtype == "int32"
        assert ops.logical_not(x).dtype == "bool"
        assert ops.copy(x > 1).dtype == "bool"

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_gradients_have_the_dtype_of_their_input(self, dtype):
        x = np.array([[0.5, 1.5, 2.5]], dtype)
        for function in (
            ops.tanh,
            ops.softmax,
            ops.mean,
            ops.var,
            ops.std,
            ops.elu,
            ops.selu,
            ops.gelu,
            ops.relu6,
            ops.erf,
            ops.silu,
            ops.layer_normalization,
            ops.logsumexp,
            ops.cumsum,
            ops.max,
            lambda x: ops.clip(x, 0.0, 1.0),
            lambda x: ops.maximum(x, 1.0),
            lambda x: x**1.5,
            lambda x: 2.0 / x,
            lambda x: ops.power(2.0, x),
            lambda x: ops.where(x > 1, x, 0.0),
            lambda x: ops.binary_crossentropy([[0.0, 1.0, 1.0]], x / 5),
            lambda x: ops.categorical_crossentropy([[0.0, 1.0, 0.0]], x),
            lambda x: ops.sparse_categorical_crossentropy([1], x),
            lambda x: ops.sparse_categorical_crossentropy([1], x, from_logits=True),
        ):
            y, dx, _ = ops.vjp(function, x, None)
            assert (y.dtype, dx.dtype) == (dtype, dtype), function


class TestLosses:
    """Against the formulas of Keras' NumPy backend."""

    P = np.array([[0.1, 0.6, 0.3], [0.0, 0.5, 0.5], [0.2, 0.2, 0.2]], "f4")
    T = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.2, 0.3, 0.5]], "f4")

    def test_categorical(self):
        p = np.clip(self.P / self.P.sum(-1, keepdims=True), 1e-7, 1 - 1e-7)
        want = -(self.T * np.log(p)).sum(-1)
        np.testing.assert_allclose(ops.categorical_crossentropy(self.T, self.P), want, rtol=1e-6)
        y = ops.categorical_crossentropy(self.T.T, self.P.T, axis=0)
        np.testing.assert_allclose(y, want, rtol=1e-6)

    def test_from_logits(self):
        x = np.array([[1.0, 2.0, 3.0], [1e4, 0.0, -1e4], [0.0, 0.0, 0.0]], "f4")
        log_p = x - x.max(-1, keepdims=True)
        log_p = log_p - np.log(np.exp(log_p).sum(-1, keepdims=True))
        want = -(self.T * log_p).sum(-1)
        got = ops.categorical_crossentropy(self.T, x, from_logits=True)
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)
        got = ops.sparse_categorical_crossentropy([1, 0, 2], x, from_logits=True)
        np.testing.assert_allclose(got, -log_p[range(3), [1, 0, 2]], rtol=1e-5, atol=1e-6)

    def test_sparse(self):
        want = ops.categorical_crossentropy(np.eye(3, dtype="f4")[[1, 0, 2]], self.P).numpy()
        for target in ([1, 0, 2], [[1], [0], [2]], [1.0, 0.0, 2.0], np.array([1, 0, 2], "i8")):
            got = ops.sparse_categorical_crossentropy(target, self.P)
            np.testing.assert_array_equal(got.numpy(), want)

    def test_binary(self):
        p = np.array([0.0, 0.3, 1.0], "f4")
        t = np.array([1.0, 0.5, 1.0], "f4")
        clipped = np.clip(p, np.float32(1e-7), np.float32(1 - 1e-7))
        want = -(t * np.log(clipped) + (1 - t) * np.log(1 - clipped))
        np.testing.assert_allclose(ops.binary_crossentropy(t, p), want, rtol=1e-6)
        x = np.array([-1e4, 0.5, 1e4], "f4")
        want = [1e4, np.log1p(np.exp(0.5)) - 0.25, 0]
        got = ops.binary_crossentropy(t, x, from_logits=True)
        np.testing.assert_allclose(got, want, rtol=1e-6)

    def test_what_was_clipped_has_no_gradient(self):
        _, dx, _ = ops.vjp(lambda p: ops.binary_crossentropy([1.0, 1.0], p), [0.0, 0.5], None)
        np.testing.assert_array_equal(dx.numpy(), [0, -2])
        for function in (
            lambda p: ops.categorical_crossentropy([[1.0, 0.0]], p),
            lambda p: ops.sparse_categorical_crossentropy([0], p),
        ):
            _, dx, _ = ops.vjp(function, [[0.0, 1.0]], None)
            np.testing.assert_array_equal(dx.numpy(), [[0, 0]])

    @pytest.mark.parametrize("from_logits", [True, False])
    @pytest.mark.parametrize("label", [3, -1])
    def test_labels_that_are_no_class(self, from_logits, label):
        text = rf"labels must lie in \[0, 3\). Received: {label} at position 1. Hint"
        with pytest.raises(IndexError, match=text):
            ops.sparse_categorical_crossentropy([0, label, 1], self.P, from_logits=from_logits)

    def test_shapes_that_do_not_fit(self):
        for function in (ops.categorical_crossentropy, ops.binary_crossentropy):
            with pytest.raises(ValueError, match="target and output must have the same shape"):
                function(self.T[:, :2], self.P)
        with pytest.raises(ValueError, match="same shape"):
            ops.sparse_categorical_crossentropy([1, 2], self.P)


class TestProducts:
    @pytest.mark.parametrize(
        ("a", "b"),
        [
            ((2, 3), (3, 4)),
            ((3,), (3,)),
            ((3,), (3, 2)),
            ((2, 3), (3,)),
            ((5, 2, 3), (3, 4)),
            ((2, 3), (5, 3, 4)),
            ((5, 1, 2, 3), (4, 3, 2)),
            ((0, 3), (3, 2)),
            ((2, 0), (0, 3)),
            ((2, 3), (3, 0)),
            ((0, 2, 3), (0, 3, 2)),
        ],
    )
    def test_matmul(self, a, b):
        x, y = _rng.normal(size=a), _rng.normal(size=b)
        want = np.matmul(x, y)
        np.testing.assert_allclose(ops.matmul(x, y).numpy(), want, rtol=1e-12, atol=1e-14)
        symbol = ops.matmul(KerasTensor(a, "float64"), KerasTensor(b, "float64"))
        assert symbol.shape == want.shape

    def test_matmul_of_transposed_arrays(self):
        x = _rng.normal(size=(3, 2))
        np.testing.assert_allclose(ops.matmul(x.T, x).numpy(), x.T @ x)

    @pytest.mark.parametrize(
        ("first", "second", "dtype"),
        [
            ("int8", "int8", "int32"),
            ("uint8", "uint8", "uint8"),
            ("int16", "int16", "int16"),
            ("int32", "int32", "int32"),
            ("int64", "int64", "int64"),
            ("bool", "bool", "bool"),
            ("bool", "int8", "int8"),
            ("uint8", "int8", "int16"),
            ("int8", "int32", "int32"),
            ("int32", "float32", "float32"),
        ],
    )
    def test_matmul_of_integers(self, first, second, dtype):
        x = np.full((2, 3), 100).astype(first)
        y = np.full((2, 3, 4), 101).astype(second)
        want = np.matmul(x.astype("int64"), y.astype("int64")).astype(dtype)  # wraps as Keras does
        result = ops.matmul(x, y)
        assert result.dtype == dtype
        np.testing.assert_array_equal(result.numpy(), want)
        symbol = ops.matmul(KerasTensor((2, 3), first), KerasTensor((2, 3, 4), second))
        assert (symbol.shape, symbol.dtype) == ((2, 2, 4), dtype)

    def test_matmul_of_large_integers_is_exact(self):
        x = np.array([[2**53 + 1, -1]])
        assert ops.matmul(x, x[0]).numpy().tolist() == [(x[0] * x[0]).sum()]
        assert ops.matmul(np.ones((2, 0), "i4"), np.ones((0, 3), "i4")).numpy().tolist() == [
            [0, 0, 0],
            [0, 0, 0],
        ]

    def test_matmul_errors(self):
        with pytest.raises(ValueError, match=r"\[matmul\] the last axis of the first.*\[2, 3\]"):
            ops.matmul(A, A)
        with pytest.raises(ValueError, match="scalar"):
            ops.matmul(1.0, A)

    def test_dense(self):
        x, kernel, bias = _rng.normal(size=(2, 5, 3)), _rng.normal(size=(3, 4)), _rng.normal(size=4)
        y = ops.dense(x, kernel, bias, "tanh").numpy()
        np.testing.assert_allclose(y, np.tanh(x @ kernel + bias), rtol=1e-12)
        assert ops.dense(x[:0], kernel).shape == (0, 5, 4)

    def test_dense_packs_once_per_version(self):
        kernel = Variable(_rng.normal(size=(3, 4)).astype("f4"))
        first = ops.dense(A, kernel).numpy()
        pack = kernel.packs["dense"][1]
        ops.dense(A, kernel)
        assert kernel.packs["dense"][1] is pack
        kernel.assign(kernel.value * 2)
        np.testing.assert_array_equal(ops.dense(A, kernel).numpy(), 2 * first)
        assert kernel.packs["dense"][1] is not pack

    def test_dense_errors(self):
        kernel = np.ones((3, 4), "f4")
        text = (
            r"\[dense\] x must be \[..., I\] with at least two axes and I = 3. Received: \[2, 5\]"
        )
        with pytest.raises(ValueError, match=text):
            ops.dense(np.ones((2, 5), "f4"), kernel)
        with pytest.raises(ValueError, match=text):
            ops.dense(KerasTensor((2, 5)), kernel)
        with pytest.raises(TypeError, match=r"\[dense\] x must have the dtype of the kernel"):
            ops.dense(np.ones((2, 3)), kernel)
        with pytest.raises(ValueError, match=r"\[dense\] kernel must be \[I, O\]"):
            ops.dense(A, np.ones(3, "f4"))
        with pytest.raises(ValueError, match="'tan'"):
            ops.dense(A, kernel, activation="tan")


class TestEmbedding:
    TABLE = np.arange(8, dtype="f4").reshape(4, 2)

    @pytest.mark.parametrize("dtype", ["int32", "int64", "uint8", "int8", ">i4"])
    def test_values(self, dtype):
        ids = np.array([[1, 0], [3, 3]], dtype)
        np.testing.assert_array_equal(ops.embedding(ids, self.TABLE).numpy(), self.TABLE[ids])

    def test_ids_of_other_strides(self):
        ids = np.array([[1, 0, 2], [3, 3, 1]]).T
        np.testing.assert_array_equal(ops.embedding(ids, self.TABLE).numpy(), self.TABLE[ids])

    @pytest.mark.parametrize("wrong", [4, -1, 2**32 + 1, -(2**32)])
    def test_ids_outside(self, wrong):
        with pytest.raises(
            IndexError, match=rf"\[embedding\].*{wrong}.*position 2|position 2.*{wrong}"
        ):
            ops.embedding(np.array([[1, 0], [wrong, 2]]), self.TABLE)

    def test_ids_that_are_no_integers(self):
        with pytest.raises(TypeError, match=r"\[embedding\] ids must be integers.*float32.*Hint"):
            ops.embedding([1.0], self.TABLE)

    def test_empty(self):
        assert ops.embedding(np.zeros((0, 3), int), self.TABLE).shape == (0, 3, 2)
        assert ops.embedding(KerasTensor((None, 3), "int32"), self.TABLE).shape == (None, 3, 2)


ERRORS = {
    "broadcast": (
        lambda: ops.add(A, np.ones(2, "f4")),
        ValueError,
        r"\[add\] shapes must be equal",
    ),
    "axis": (lambda: ops.sum(A, axis=2), ValueError, r"\[sum\] axis must lie in \[-2, 2\).*2"),
    "expand_dims": (
        lambda: ops.expand_dims(A, (0, 4)),
        ValueError,
        r"\[expand_dims\] axis must lie in \[-4, 4\).*4",
    ),
    "expand_dims, twice": (
        lambda: ops.expand_dims(A, (0, -4)),
        ValueError,
        r"\[expand_dims\] axes must differ.*\(0, -4\)",
    ),
    "reshape": (lambda: ops.reshape(A, (4, 2)), ValueError, r"\[reshape\] a tensor of 6 elements"),
    "reshape symbolic": (
        lambda: ops.reshape(KerasTensor((2, 3)), (4, 2)),
        ValueError,
        r"\[reshape\] a tensor of 6 elements",
    ),
    "transpose": (lambda: ops.transpose(A, (0, 0)), ValueError, r"\[transpose\] axes must name"),
    "concatenate": (
        lambda: ops.concatenate([A, B[None, :2]], axis=0),
        ValueError,
        r"\[concatenate\] shapes must be equal on every axis but 0. Received: \[2, 3\], \[1, 2\]",
    ),
    "nothing to join": (lambda: ops.stack([]), ValueError, r"\[stack\] at least one tensor"),
    "split": (lambda: ops.split(A, 2, axis=1), ValueError, r"\[split\] axis 1 .* that 2 divides"),
    "squeeze": (lambda: ops.squeeze(A, 1), ValueError, r"\[squeeze\] axis 1 must have length 1"),
    "broadcast_to": (lambda: ops.broadcast_to(A, (2, 4)), ValueError, r"\[broadcast_to\]"),
    "index": (lambda: convert_to_tensor(A)[5], IndexError, r"\[get_item\] the index must fit"),
    "float index": (lambda: convert_to_tensor(A)[1.5], TypeError, r"\[get_item\] an index must be"),
    "symbolic index": (
        lambda: convert_to_tensor(A)[KerasTensor((2,), "int32")],
        TypeError,
        r"\[get_item\] an index cannot be symbolic",
    ),
    "take": (
        lambda: ops.take(A, [3], axis=1),
        IndexError,
        r"\[take\] indices must lie in \[-3, 3\)",
    ),
    "take floats": (lambda: ops.take(A, [0.5]), TypeError, r"\[take\] indices must be integers"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_teach(name):
    call, error, text = ERRORS[name]
    with pytest.raises(error, match=text):
        call()


def test_functions_of_keras_that_are_missing_say_so():
    with pytest.raises(AttributeError, match="einsum is a Keras name that tidegate does not"):
        _ = ops.einsum
    with pytest.raises(AttributeError, match="linalg is a Keras name that tidegate does not"):
        _ = ops.linalg
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = ops.nonsense


def test_every_public_function_has_a_docstring():
    for name in ops.__all__:
        assert getattr(ops, name).__doc__, name


def naive_conv(x, kernel, stride, dilation):
    size, inner, filters = kernel.shape
    groups = x.shape[2] // inner
    windows = (x.shape[1] - dilation * (size - 1) - 1) // stride + 1
    y = np.zeros((x.shape[0], windows, filters))
    for window in range(windows):
        for f in range(filters):
            first = f // (filters // groups) * inner
            for i in range(size):
                taken = x[:, window * stride + i * dilation, first : first + inner]
                y[:, window, f] += (taken * kernel[i, :, f]).sum(-1)
    return y


@pytest.mark.parametrize(("stride", "dilation", "groups"), [(1, 1, 1), (2, 1, 2), (1, 2, 3)])
def test_conv_against_its_loops(stride, dilation, groups):
    x = _rng.normal(size=(2, 9, 6))
    kernel = _rng.normal(size=(3, 6 // groups, 6))
    y = ops.conv(x, kernel, stride, dilation_rate=dilation)
    np.testing.assert_allclose(y.numpy(), naive_conv(x, kernel, stride, dilation), atol=1e-12)


def test_padding_of_windows():
    x = np.arange(5.0, dtype="f4").reshape(1, 5, 1)
    assert ops.max_pool(-x, 2, padding="same").numpy().ravel().tolist() == [0.0, -2.0, -4.0]
    assert ops.average_pool(x, 2, padding="same").numpy().ravel().tolist() == [0.5, 2.5, 4.0]
    assert ops.conv(x, np.ones((2, 1, 1), "f4"), padding="same").shape == (1, 5, 1)
    assert ops.pad(x[0, :, 0], 1).numpy().tolist() == [0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 0.0]


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: ops.conv(np.ones((1, 2, 3)), np.ones((3, 3, 1))), ValueError, "must fit"),
        (lambda: ops.conv(np.ones((1, 5, 3)), np.ones((3, 2, 1))), ValueError, "groups dividing"),
        (lambda: ops.conv(np.ones((1, 5, 3)), np.ones((3, 3))), ValueError, "the kernel must be"),
        (lambda: ops.conv(np.ones((1, 5, 3), int), np.ones((3, 3, 1))), TypeError, "must be float"),
        (lambda: ops.conv(np.ones((1, 5, 5, 3)), np.ones((3, 3, 1))), NotOfferedError, "4 axes"),
        (lambda: ops.max_pool(np.ones((1, 5, 3)), 0), ValueError, "pool_size must be a positive"),
        (lambda: ops.max_pool(np.ones((1, 5, 3)), 2, padding="full"), ValueError, "padding"),
        (lambda: ops.max_pool(KerasTensor((None, None, 3)), 2, padding="same"), ValueError,
         "known number of steps"),
        (lambda: ops.pad(np.ones(3), (1, 2, 3)), ValueError, "a pair for each of 1 axes"),
        (lambda: ops.pad(np.ones(3), 1, mode="reflect"), NotOfferedError, "reflect"),
    ],
)  # fmt: skip
def test_errors_of_windows(call, error, match):
    with pytest.raises(error, match=match):
        call()

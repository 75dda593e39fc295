"""Every differentiable operation against central differences, and its shape rule against it."""

from __future__ import annotations

import numpy as np
import pytest
from gradcheck import check_gradients

from tidegate import activations, ops
from tidegate.ops.batch_normalization import normalized_batch
from tidegate.tensor import KerasTensor, convert_to_tensor
from tidegate.utils import tree

_rng = np.random.default_rng(3)


def away_from_zero(*shape):
    """Numbers with absolute value in [0.3, 1.3]: no kink of abs, relu or sign near."""
    return (0.3 + _rng.random(shape)) * np.where(_rng.random(shape) < 0.5, -1, 1)


def positive(*shape):
    return 0.3 + _rng.random(shape)


def distinct(*shape):
    """Numbers that differ by at least 0.1, in random order."""
    size = int(np.prod(shape))
    return (_rng.permutation(size) * 0.1 - size * 0.05 + 0.013).reshape(shape)


def probabilities(*shape):
    p = positive(*shape)
    return p / p.sum(-1, keepdims=True)


X = away_from_zero(2, 3)

ELEMENTWISE = {
    "negative": (ops.negative, X),
    "exp": (ops.exp, X),
    "expm1": (ops.expm1, X),
    "log": (ops.log, positive(2, 3)),
    "log1p": (ops.log1p, positive(2, 3)),
    "sqrt": (ops.sqrt, positive(2, 3)),
    "rsqrt": (ops.rsqrt, positive(2, 3)),
    "square": (ops.square, X),
    "reciprocal": (ops.reciprocal, X),
    "abs": (ops.abs, X),
    "sign": (ops.sign, X),
    "floor": (ops.floor, X),
    "ceil": (ops.ceil, X),
    "round": (ops.round, X),
    "sin": (ops.sin, X),
    "cos": (ops.cos, X),
    "erf": (ops.erf, X),
    "clip": (lambda x: ops.clip(x, -0.2, 0.9), np.array([-1.0, -0.1, 0.5, 1.2])),
    "clip, one side": (lambda x: ops.clip(x, None, 0.9), np.array([-1.0, 0.5, 1.2])),
    "clip, tensor": (lambda x: ops.clip(x, np.array([-0.2, 0.0]), 0.9), np.array([0.4, -0.5])),
    "power, number": (lambda x: ops.power(x, 3), X),
    "power, fraction": (lambda x: ops.power(x, 1.5), positive(2, 3)),
    "power, zero": (lambda x: x**0, X),
    "cast": (lambda x: ops.cast(x, "float64"), X),
    "tanh": (ops.tanh, X),
    "sigmoid": (ops.sigmoid, X),
    "relu": (ops.relu, X),
    "relu6": (ops.relu6, np.array([-1.0, 3.0, 7.0])),
    "leaky_relu": (ops.leaky_relu, X),
    "hard_sigmoid": (ops.hard_sigmoid, np.array([-4.0, -1.0, 2.0, 3.5])),
    "softplus": (ops.softplus, X),
    "softsign": (ops.softsign, X),
    "silu": (ops.silu, X),
    "elu": (lambda x: ops.elu(x, 0.7), X),
    "selu": (ops.selu, X),
    "gelu": (lambda x: ops.gelu(x, approximate=False), X),
    "gelu, approximate": (ops.gelu, X),
    "log_sigmoid": (ops.log_sigmoid, X),
    "softmax": (ops.softmax, X),
    "softmax, first axis": (lambda x: ops.softmax(x, axis=0), X),
    "log_softmax": (ops.log_softmax, X),
    "mish": (activations.mish, X),
    "hard_silu": (activations.hard_silu, X),
    "hard_tanh": (activations.hard_tanh, X),
    "relu with all": (
        lambda x: activations.relu(x, 0.1, 1.1, 0.2),
        np.array([-0.5, 0.1, 0.7, 1.5]),
    ),
    "normalize": (ops.normalize, X),
    "normalize, order 3": (lambda x: ops.normalize(x, axis=0, order=3), X),
    "pad": (lambda x: ops.pad(x, ((1, 0), (2, 1)), constant_values=3.0), X),
    "max_pool": (lambda x: ops.max_pool(x, 3, 2, "same"), distinct(2, 6, 2)),
    "average_pool": (lambda x: ops.average_pool(x, 3, 2, "same"), away_from_zero(2, 6, 2)),
    "operators": (lambda x: -(2 - x) * x / (x + 3) ** 2 - 1 / x, X),
}


def _conv(**options):
    return lambda x, kernel: ops.conv(x, kernel, **options)


BINARY = {
    "conv": (_conv(), away_from_zero(2, 5, 3), away_from_zero(2, 3, 4)),
    "conv, strides": (
        _conv(strides=2, padding="same"),
        away_from_zero(2, 6, 2),
        away_from_zero(3, 2, 3),
    ),
    "conv, dilation, groups": (
        _conv(dilation_rate=2),
        away_from_zero(2, 7, 4),
        away_from_zero(3, 2, 4),
    ),
    "conv, channels first": (
        _conv(data_format="channels_first"),
        away_from_zero(2, 3, 5),
        away_from_zero(2, 3, 2),
    ),
    "add": (ops.add, away_from_zero(2, 3), away_from_zero(3)),
    "subtract": (ops.subtract, away_from_zero(2, 1), away_from_zero(1, 3)),
    "multiply": (ops.multiply, away_from_zero(4, 1, 3), away_from_zero(2, 1)),
    "divide": (ops.divide, away_from_zero(3), away_from_zero(2, 3)),
    "mod": (ops.mod, positive(3) + 2.0, np.array([0.7, 0.8, 1.7])),
    "power": (ops.power, positive(2, 3), away_from_zero(3)),
    "maximum": (ops.maximum, distinct(2, 3), distinct(2, 3)[::-1] + 0.03),
    "minimum": (ops.minimum, distinct(2, 3), distinct(3) + 0.03),
    "where": (lambda a, b: ops.where([True, False, True], a, b), X, away_from_zero(3)),
    "concatenate": (lambda a, b: ops.concatenate([a, b], axis=1), X, away_from_zero(2, 2)),
    "stack": (lambda a, b: ops.stack([a, b], axis=-1), X, away_from_zero(2, 3)),
    "append": (ops.append, X, away_from_zero(2)),
    "matmul": (ops.matmul, away_from_zero(2, 3), away_from_zero(3, 4)),
    "matmul, one matrix": (ops.matmul, away_from_zero(2, 2, 3), away_from_zero(3, 2)),
    "matmul, broadcast": (ops.matmul, away_from_zero(2, 1, 2, 3), away_from_zero(2, 3, 2)),
    "matmul, first smaller": (ops.matmul, away_from_zero(2, 3), away_from_zero(2, 3, 2)),
    "matmul, row": (ops.matmul, away_from_zero(3), away_from_zero(2, 3, 2)),
    "matmul, column": (ops.matmul, away_from_zero(2, 3), away_from_zero(3)),
    "matmul, two vectors": (ops.matmul, away_from_zero(3), away_from_zero(3)),
    "dense": (ops.dense, away_from_zero(2, 2, 3), away_from_zero(3, 4)),
    "binary_crossentropy": (
        ops.binary_crossentropy,
        probabilities(2, 3),
        0.1 + 0.8 * _rng.random((2, 3)),
    ),
    "binary_crossentropy, logits": (
        lambda t, x: ops.binary_crossentropy(t, x, from_logits=True),
        probabilities(2, 3),
        X,
    ),
    "categorical_crossentropy": (
        ops.categorical_crossentropy,
        probabilities(2, 3),
        positive(2, 3),
    ),
    "categorical_crossentropy, logits": (
        lambda t, x: ops.categorical_crossentropy(t, x, from_logits=True),
        probabilities(2, 2, 3),
        away_from_zero(2, 2, 3),
    ),
    "categorical_crossentropy, axis": (
        lambda t, x: ops.categorical_crossentropy(t, x, axis=0),
        probabilities(2, 3),
        positive(2, 3),
    ),
}

MOVING = {
    "reshape": (lambda x: ops.reshape(x, (3, -1)), X),
    "transpose": (ops.transpose, X),
    "transpose, axes": (lambda x: ops.transpose(x, (1, 2, 0)), away_from_zero(2, 3, 2)),
    "swapaxes": (lambda x: ops.swapaxes(x, 0, -1), X),
    "moveaxis": (lambda x: ops.moveaxis(x, 0, -1), away_from_zero(2, 3, 2)),
    "split": (lambda x: ops.split(x, 3, axis=1), X),
    "split, indices": (lambda x: ops.split(x, [1], axis=1), X),
    "one part of a split": (lambda x: ops.split(x, 3, axis=1)[1], X),
    "unstack": (lambda x: ops.unstack(x, axis=1), X),
    "expand_dims": (lambda x: ops.expand_dims(x, 1), X),
    "expand_dims, several": (lambda x: ops.expand_dims(x, (0, -1)), X),
    "squeeze": (ops.squeeze, away_from_zero(2, 1, 3)),
    "broadcast_to": (lambda x: ops.broadcast_to(x, (4, 2, 3)), away_from_zero(2, 1)),
    "get_item": (lambda x: x[1:, ..., None], X),
    "get_item, negative step": (lambda x: x[:, ::-2], X),
    "get_item, integers": (lambda x: x[np.array([0, 1, 1])], X),
    "get_item, booleans": (lambda x: x[np.array([True, False])], X),
    "slice": (lambda x: ops.slice(x, (0, 1), (2, 2)), X),
    "take": (lambda x: ops.take(x, [2, 0, 2], axis=-1), X),
    "take, all": (lambda x: ops.take(x, [[5, 0]]), X),
    "flip": (lambda x: ops.flip(x, axis=1), X),
    "repeat": (lambda x: ops.repeat(x, 2, axis=0), X),
    "repeat, all": (lambda x: ops.repeat(x, 3), X),
    "tile": (lambda x: ops.tile(x, (2, 1, 2)), X),
    "ravel": (ops.ravel, X),
}

REDUCING = {
    "sum": (ops.sum, X),
    "sum, axis": (lambda x: ops.sum(x, axis=(0, -1), keepdims=True), away_from_zero(2, 3, 2)),
    "mean": (lambda x: ops.mean(x, axis=1), X),
    "var": (lambda x: ops.var(x, axis=-1), X),
    "std": (lambda x: ops.std(x, axis=-1), X),
    "prod": (lambda x: ops.prod(x, axis=(0, 2)), away_from_zero(2, 3, 2)),
    "prod with zeros": (lambda x: ops.prod(x, axis=1), np.array([[0.0, 2.0], [0.0, 0.0]])),
    "max": (lambda x: ops.max(x, axis=0), distinct(4, 3)),
    "min": (lambda x: ops.min(x, axis=(0, 1), keepdims=True), distinct(4, 3)),
    "cumsum": (lambda x: ops.cumsum(x, axis=1), X),
    "cumsum, all": (ops.cumsum, X),
    "logsumexp": (lambda x: ops.logsumexp(x, axis=-1), X),
    "layer_normalization": (ops.layer_normalization, X),
}

ONE_ARGUMENT = {**ELEMENTWISE, **MOVING, **REDUCING}


@pytest.mark.parametrize("name", ONE_ARGUMENT)
def test_one_argument(name):
    function, x = ONE_ARGUMENT[name]
    check_gradients(function, x)


@pytest.mark.parametrize("name", BINARY)
def test_two_arguments(name):
    function, a, b = BINARY[name]
    check_gradients(function, a, b)


@pytest.mark.parametrize("activation", ["linear", "tanh", "sigmoid", "relu", "hard_sigmoid"])
@pytest.mark.parametrize("biased", [True, False])
def test_dense(activation, biased):
    arrays = [away_from_zero(3, 4), 0.5 * away_from_zero(4, 2)] + [away_from_zero(2)] * biased
    check_gradients(lambda *a: ops.dense(*a, activation=activation), *arrays)


def test_dense_with_an_activation_outside_of_the_kernels():
    arrays = [away_from_zero(3, 4), away_from_zero(4, 2), away_from_zero(2)]
    check_gradients(lambda *a: ops.dense(*a, activation="softmax"), *arrays)


def test_embedding():
    ids = np.array([[2, 0, 2], [1, 2, 3]])
    check_gradients(lambda table: ops.embedding(ids, table), away_from_zero(5, 2))


@pytest.mark.parametrize("from_logits", [True, False])
def test_sparse_categorical_crossentropy(from_logits):
    check_gradients(
        lambda x: ops.sparse_categorical_crossentropy([[1, 0], [2, 2]], x, from_logits=from_logits),
        positive(2, 2, 3),
    )


@pytest.mark.parametrize("axis", [-1, (0, 2), 1])
def test_layer_normalization_with_weights(axis):
    x = away_from_zero(2, 3, 4)
    axes = axis if isinstance(axis, tuple) else (axis % 3,)
    shape = tuple(x.shape[i] for i in axes)
    check_gradients(
        lambda x, g, b: ops.layer_normalization(x, g, b, axis=axis, epsilon=1e-2),
        x,
        away_from_zero(*shape),
        away_from_zero(*shape),
    )


@pytest.mark.parametrize("axis", [-1, 1])
@pytest.mark.parametrize("masked", [False, True])
def test_normalized_batch_with_its_statistics(axis, masked):
    x = away_from_zero(3, 4, 5)
    kept = (_rng.random((3, 4, 1)) < 0.7) if masked else None
    check_gradients(
        lambda x, g, b: normalized_batch(x, g, b, axis=axis, epsilon=1e-2, kept=kept),
        x,
        away_from_zero(x.shape[axis]),
        away_from_zero(x.shape[axis]),
        rtol=1e-5,  # Keras' count of a mask is not quite whole, which the slope leaves out
    )


def test_batch_normalization_with_given_statistics():
    check_gradients(
        lambda x, m, v, b, g: ops.batch_normalization(x, m, v, -1, b, g),
        away_from_zero(2, 3, 4), away_from_zero(4), positive(4), away_from_zero(4), positive(4),
    )  # fmt: skip


def test_the_first_of_equal_elements_of_a_window_gets_the_gradient():
    _, dx, _ = ops.vjp(lambda x: ops.max_pool(x, 2), np.ones((1, 4, 1), "f4"), None)
    assert dx.numpy().ravel().tolist() == [1.0, 0.0, 1.0, 0.0]


def test_equal_extremes_share_the_gradient():
    _, dx, _ = ops.vjp(ops.max, [3.0, 1.0, 3.0], None)
    np.testing.assert_array_equal(dx.numpy(), [0.5, 0.0, 0.5])
    _, dx, _ = ops.vjp(lambda x: ops.maximum(x, 3.0), [3.0, 1.0, 4.0], None)
    np.testing.assert_array_equal(dx.numpy(), [0.5, 0.0, 1.0])


SHAPES = [
    pytest.param(function, arrays, id=name)
    for name, (function, *arrays) in {**ONE_ARGUMENT, **BINARY}.items()
]


@pytest.mark.parametrize(("function", "arrays"), SHAPES)
def test_shape_rule_gives_the_shape_of_the_value(function, arrays):
    values = tree.flatten(function(*[convert_to_tensor(a) for a in arrays]))
    specs = tree.flatten(function(*[KerasTensor(a.shape, "float64") for a in arrays]))
    assert [s.shape for s in specs] == [v.shape for v in values]
    assert [s.dtype for s in specs] == [v.dtype for v in values]


@pytest.mark.parametrize(("function", "arrays"), SHAPES)
def test_running_the_node_again_gives_the_value(function, arrays):
    """The graph that a function leaves behind computes what the function computes."""
    symbols = [KerasTensor(a.shape, "float64") for a in arrays]
    values = {id(s): convert_to_tensor(a) for s, a in zip(symbols, arrays, strict=True)}

    def run(symbol):
        if id(symbol) not in values:
            node, _ = symbol.history
            args, kwargs = tree.map_structure(
                lambda leaf: run(leaf) if isinstance(leaf, KerasTensor) else leaf,
                [list(node.args), node.kwargs],
            )
            results = tree.flatten(node.operation(*args, **kwargs))
            for output, result in zip(tree.flatten(node.outputs), results, strict=True):
                values[id(output)] = result
        return values[id(symbol)]

    outputs = tree.flatten(function(*symbols))
    wanted = tree.flatten(function(*[convert_to_tensor(a) for a in arrays]))
    for output, want in zip(outputs, wanted, strict=True):
        np.testing.assert_array_equal(run(output).numpy(), want.numpy())

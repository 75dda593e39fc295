"""Calls that have only shapes to go by: what they find out, and that they change nothing."""

from __future__ import annotations

import numpy as np
import pytest

import tidegate
from tidegate import metrics, ops
from tidegate.layers import Dense, Embedding, Input, Layer, Masking
from tidegate.random import SeedGenerator, normal
from tidegate.scopes import trace_scope


class Count(Layer):
    def build(self, input_shape):
        self.n = self.add_weight((), initializer="zeros", trainable=False)

    def call(self, inputs):
        self.n.assign_add(1.0)
        return inputs


def test_a_trace_changes_no_variable():
    count = Count()
    model = tidegate.Sequential([Input((3,)), count, Dense(1)])
    assert float(count.n) == 0
    model.compile("sgd", "mse")
    model.fit(np.ones((8, 3)), np.ones((8, 1)), batch_size=4, verbose=0)
    assert float(count.n) == 2


class Average(Layer):
    """Keras' pattern: a moving average that the call itself keeps."""

    def build(self, input_shape):
        self.m = self.add_weight((input_shape[-1],), initializer="zeros", trainable=False)

    def call(self, inputs):
        self.m.assign(0.9 * self.m + 0.1 * ops.mean(inputs, axis=0))
        return inputs - self.m


def test_moving_averages_in_call():
    average = Average()
    model = tidegate.Sequential([Input((2,)), average, Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.ones((8, 2)), np.ones((8, 1)), batch_size=4, verbose=0)
    np.testing.assert_allclose(average.m.numpy(), [0.19, 0.19], rtol=1e-6)


class Assigns(Layer):
    def __init__(self, op, function):
        super().__init__()
        self.op, self.function = op, function

    def build(self, input_shape):
        self.v = self.add_weight((2, 3), initializer="zeros")

    def call(self, inputs):
        getattr(self.v, self.op)(self.function(inputs))
        return inputs


@pytest.mark.parametrize(
    ("op", "function"),
    [
        ("assign", lambda x: x),
        ("assign_add", lambda x: x[0]),
        ("assign_sub", lambda x: ops.mean(x)),
        ("assign_add", lambda x: np.ones((2, 1))),
        ("assign", lambda x: np.ones((2, 3))),
    ],
)
def test_traced_values_that_fit(op, function):
    layer = Assigns(op, function)
    layer(Input((3,)))
    assert not layer.v.numpy().any()


@pytest.mark.parametrize(
    ("op", "function"),
    [
        ("assign", lambda x: x[:, :2]),
        ("assign", lambda x: ops.mean(x)),
        ("assign", lambda x: np.ones((1, 3))),
        ("assign_add", lambda x: x[:, :2]),
        ("assign_sub", lambda x: x[None]),
    ],
)
def test_traced_values_that_do_not_fit(op, function):
    with pytest.raises(ValueError, match=rf"\[{op}\] values for variable .* have shape \(2, 3\)"):
        Assigns(op, function)(Input((3,)))


def test_what_a_trace_builds_is_built_for_good():
    class Filled(Layer):
        def build(self, input_shape):
            self.w = self.add_weight((input_shape[-1],), initializer="zeros")
            self.w.assign(np.full(input_shape[-1], 2.0))

        def call(self, inputs):
            return inputs * self.w

    class Around(Layer):
        def __init__(self):
            super().__init__()
            self.inner = Filled()

        def call(self, inputs):
            return self.inner(inputs)

    model = tidegate.Sequential([Input((2,)), Around()])
    assert model(np.ones((1, 2))).numpy().tolist() == [[2.0, 2.0]]


def test_a_trace_draws_no_random_numbers():
    class Noise(Layer):
        def __init__(self):
            super().__init__()
            self.seed = SeedGenerator(1)

        def call(self, inputs):
            return inputs + normal((1, 3), seed=self.seed)

    noise = Noise()
    noise(Input((3,)))
    assert noise.seed.state[2] == 0
    noise(np.ones((2, 3)))
    assert noise.seed.state[2] == 1


def own(update):
    class Own(metrics.Metric):
        def __init__(self, name=None):
            super().__init__(name=name)
            self.n = 0

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.n += 1
            update(y_pred)

        def result(self):
            return self.n

        def reset_state(self):
            self.n = 0

    return Own


def the_metrics():
    made = [
        metrics.BinaryAccuracy(),
        metrics.AUC(),
        metrics.F1Score(),
        metrics.R2Score(),
        metrics.Precision(),
        metrics.PearsonCorrelation(),
        own(lambda y: float(ops.sum(y)))(),
    ]
    return [pytest.param(metric, id=type(metric).__name__) for metric in made]


@pytest.mark.parametrize("metric", the_metrics())
def test_metrics_in_call(metric):
    class Judge(Layer):
        def __init__(self):
            super().__init__()
            self.metric, self.mean, self.sum = metric, metrics.Mean(), metrics.Sum()
            self.calls = 0

        def call(self, inputs):
            self.calls += 1
            self.metric.update_state(ops.cast(inputs > 0.4, "float32"), inputs)
            self.mean.update_state(inputs)
            self.sum.update_state(ops.ones((4,)))
            return inputs

    judge = Judge()
    fresh = np.array(metric.result())
    judge(Input((2,)))
    assert judge.calls == 1  # symbolic, not by ones
    np.testing.assert_array_equal(np.array(metric.result()), fresh)
    assert (judge.mean.count, float(judge.sum.result())) == (0, 0)
    judge(np.float32([[0.1, 0.9], [0.8, 0.2]]))
    assert judge.mean.count == 2
    assert float(judge.sum.result()) == 4


def test_an_endpoint_layer():
    class Endpoint(Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.loss_fn = tidegate.losses.BinaryCrossentropy(from_logits=True)
            self.accuracy = metrics.BinaryAccuracy()

        def call(self, targets, logits, sample_weight=None):
            self.add_loss(self.loss_fn(targets, logits, sample_weight))
            self.accuracy.update_state(targets, logits, sample_weight)
            return ops.softmax(logits)

    inputs, targets = Input((3,), name="inputs"), Input((4,), name="targets")
    endpoint = Endpoint(name="predictions")
    model = tidegate.Model([inputs, targets], endpoint(targets, Dense(4)(inputs)))
    assert endpoint.losses == []
    model.compile("adam")
    data = {"inputs": np.ones((3, 3)), "targets": np.ones((3, 4))}
    history = model.fit(data, verbose=0, epochs=5).history
    assert history["loss"][-1] < history["loss"][0]
    assert endpoint.accuracy.count == 3
    assert history["binary_accuracy"][-1] == endpoint.accuracy.value()


class ByValue(Layer):
    def __init__(self):
        super().__init__()
        self.dense, self.late = Dense(2), Dense(3)

    def call(self, inputs):
        h = self.dense(inputs)
        h = h * 2.0 if ops.mean(h) > 0 else h
        return self.late(h)


class Folded(Layer):
    def call(self, inputs):
        batch, steps, features = inputs.shape
        return ops.reshape(inputs, (batch * steps, features))


class OfArrays(Layer):
    def call(self, inputs):
        return inputs * float(ops.convert_to_numpy(inputs).max())


class WithLoss(Layer):
    def call(self, inputs):
        self.add_loss(ops.mean(inputs))
        return Masking()(inputs) if ops.max(inputs) > 0 else inputs


@pytest.mark.parametrize(
    ("layer", "shape", "wanted"),
    [
        (ByValue, (3,), (None, 3)),
        (ByValue, (None, 3), (None, None, 3)),
        (Folded, (None, 3), (None, 3)),
        (OfArrays, (5, 2), (None, 5, 2)),
        (WithLoss, (5, 2), (None, 5, 2)),
    ],
)
def test_calls_that_look_at_values_are_traced_on_ones(layer, shape, wanted):
    made = layer()
    assert tidegate.Sequential([Input(shape), made]).output_shape == wanted
    assert made.losses == []
    assert (
        layer().compute_output_shape((4, *[3 if n is None else n for n in shape]))[-1]
        == (wanted[-1])
    )


def test_layers_that_ones_build_know_no_batch():
    layer = ByValue()
    layer(Input((3,)))
    assert layer.late.get_build_config() == {"input_shape": (None, 2)}


def test_ones_have_the_dtype_of_the_input_and_its_mask():
    class Seen(Layer):
        def call(self, inputs, mask=None):
            if ops.all(mask):
                return inputs + ops.cast(ops.max(inputs), inputs.dtype)
            raise AssertionError

    x = Embedding(4, 2, mask_zero=True)(Input((5,), dtype="int32"))
    with pytest.warns(UserWarning, match="does not support masking"):
        assert Seen()(x).shape == (None, 5, 2)


def test_an_error_of_both_traces_speaks_of_symbolic_tensors():
    class Never(Layer):
        def call(self, inputs):
            return inputs if float(inputs[0, 0]) > 1 else ops.reshape(inputs, (7,))

    with pytest.raises(TypeError, match="a layer whose call reads values needs compute_output"):
        Never()(Input((3,)))
    with pytest.raises(TypeError, match="or put the code into the call of a Layer"):
        float(Input((3,))[0, 0])


def test_a_trace_records_on_no_tape():
    class Product(Layer):
        def build(self, input_shape):
            self.w = self.add_weight((2,), initializer="ones")

        def call(self, inputs):
            return inputs * ops.exp(self.w)

    with tidegate.GradientTape() as tape:
        Product()(Input((2,)))
    assert not tape._records


def test_scopes_of_traces_nest():
    v = tidegate.Variable([1.0])
    with trace_scope(0), trace_scope(None):
        v.assign([2.0])
    assert float(v[0]) == 2

"""compile, fit, evaluate, predict: results, structures, conversions, errors."""

from __future__ import annotations

import threading
import warnings

import numpy as np
import pytest

import tidegate
from tidegate import losses, metrics, ops
from tidegate.callbacks import History
from tidegate.layers import (
    GRU,
    LSTM,
    Bidirectional,
    Dense,
    Embedding,
    Input,
    Masking,
    SimpleRNN,
)
from tidegate.models import Model, Sequential
from tidegate.utils import set_random_seed

RNG = np.random.default_rng(0)
IDS = RNG.integers(1, 50, (40, 12))
LABELS = (IDS[:, 0] > 25).astype(int)
X = RNG.normal(size=(40, 3))
Y = (X * [1.0, 2.0, 3.0]).sum(axis=1)


def regression(loss="mse", **compiling):
    net = Sequential([Input((3,)), Dense(1)])
    net.compile(**{"optimizer": "sgd", "loss": loss, **compiling})
    return net


@pytest.mark.parametrize(
    "layer",
    [SimpleRNN(8, activation="tanh"), LSTM(8), Bidirectional(LSTM(8)), GRU(8)],
    ids=lambda layer: type(layer).__name__,
)
@pytest.mark.parametrize("mask_zero", [False, True])
def test_the_tutorials_programs_learn(layer, mask_zero):
    set_random_seed(1)
    net = Sequential(
        [
            Embedding(50, 8, mask_zero=mask_zero),
            type(layer).from_config({**layer.get_config(), "name": "recurrent"}),
            Dense(1, activation="sigmoid"),
        ]
    )
    net.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    net.optimizer.learning_rate = 0.02
    history = net.fit(IDS, LABELS, epochs=30, batch_size=8, verbose=0)
    assert history.history["accuracy"][-1] > 0.95
    loss, accuracy = net.evaluate(IDS, LABELS, verbose=0)
    assert accuracy > 0.95
    assert loss < 0.3


@pytest.mark.parametrize(
    "convert",
    [
        lambda a: a.astype("f4"),
        lambda a: a.astype("f8"),
        lambda a: a.astype(">f8"),
        lambda a: np.asfortranarray(a),
        lambda a: np.repeat(a, 2, axis=0)[::2],
        lambda a: a.tolist(),
        lambda a: ops.convert_to_tensor(a),
        lambda a: [list(row) if np.ndim(row) else row for row in a],
    ],
)
def test_whatever_holds_the_numbers(convert):
    """float64, byte-swapped, strided, lists, tensors, y of shape (N,): all the same."""
    x, y = X.astype("f4").astype("f8"), Y.astype("f4").astype("f8")
    reference, net = regression(), regression()
    net.set_weights(reference.get_weights())
    for model, xs, ys in ((reference, x, y[:, None]), (net, convert(x), convert(y))):
        model.fit(xs, ys, verbose=0, shuffle=False)
    np.testing.assert_array_equal(net.get_weights()[0], reference.get_weights()[0])
    np.testing.assert_array_equal(
        net.predict(convert(x), verbose=0), reference.predict(x, verbose=0)
    )


def test_callers_arrays_are_never_changed_nor_aliased():
    x, y = X.astype("f4"), Y.astype("f4")
    before = x.copy(), y.copy()
    x.flags.writeable = y.flags.writeable = False
    net = regression()
    net.fit(x, y, verbose=0, epochs=2)
    out = net.predict(x, verbose=0)
    out[...] = 7
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(y, before[1])
    assert net.predict_on_batch(x).flags.writeable


def test_shuffling_repeats_with_a_seed_and_can_be_switched_off():
    def run(seed, shuffle=True):
        set_random_seed(seed)
        net = regression()
        net.set_weights([np.ones((3, 1)), np.zeros(1)])
        net.fit(X, Y, batch_size=4, verbose=0, shuffle=shuffle, epochs=2)
        return net.get_weights()[0].tobytes()

    assert run(1) == run(1)
    assert run(1) != run(2)
    assert run(1, False) == run(2, False)


def test_validation_split_takes_the_last_before_shuffling():
    net = regression()
    net.optimizer.learning_rate = 0.0
    history = net.fit(X, Y, validation_split=0.25, verbose=0)
    expected = float(((net.predict(X[30:], verbose=0)[:, 0] - Y[30:]) ** 2).mean())
    assert history.history["val_loss"][0] == pytest.approx(expected, rel=1e-5)


def test_validation_data_with_weights():
    net = regression()
    net.optimizer.learning_rate = 0.0
    weights = RNG.random(40)
    history = net.fit(X, Y, validation_data=(X, Y, weights), verbose=0)
    errors = (net.predict(X, verbose=0)[:, 0] - Y) ** 2
    assert history.history["val_loss"][0] == pytest.approx((errors * weights).mean(), rel=1e-5)


def test_class_weight_is_a_sample_weight():
    def trained(**arguments):
        net = Sequential([Input((3,)), Dense(1, activation="sigmoid")])
        net.compile("sgd", "binary_crossentropy")
        net.set_weights([np.ones((3, 1)), np.zeros(1)])
        net.fit(X, labels, verbose=0, shuffle=False, **arguments)
        return net.get_weights()[0]

    labels = (Y > 0).astype(int)
    by_class = trained(class_weight={0: 1.0, 1: 5.0})
    np.testing.assert_array_equal(by_class, trained(sample_weight=np.where(labels, 5.0, 1.0)))
    assert not np.array_equal(by_class, trained())
    with pytest.raises(ValueError, match="cannot both be given"):
        trained(class_weight={0: 1.0}, sample_weight=np.ones(40))


def test_steps_per_epoch_goes_on_in_the_data():
    net = regression()
    history = net.fit(X, Y, batch_size=10, steps_per_epoch=2, epochs=2, verbose=0)
    assert int(net.optimizer.iterations) == 4
    assert history.params["steps"] == 2


def test_initial_epoch():
    assert regression().fit(X, Y, epochs=5, initial_epoch=3, verbose=0).epoch == [3, 4]


def test_several_outputs_and_their_names():
    x = Input((3,), name="x")
    net = Model(x, [Dense(1, name="a")(x), Dense(2, name="b")(x)])
    net.compile("sgd", {"a": "mse", "b": "mae"}, metrics={"b": ["mse"]}, loss_weights=[1.0, 0.5])
    ys = [Y, RNG.normal(size=(40, 2))]
    history = net.fit(X, ys, verbose=0, validation_split=0.25)
    assert list(history.history) == [
        "a_loss", "b_loss", "b_mse", "loss", "val_a_loss", "val_b_loss", "val_b_mse", "val_loss",
    ]  # fmt: skip
    found = net.evaluate(X, ys, verbose=0, return_dict=True)
    assert found["loss"] == pytest.approx(found["a_loss"] + 0.5 * found["b_loss"], rel=1e-5)
    assert net.evaluate(X, ys, verbose=0) == [
        found["loss"], found["a_loss"], found["b_loss"], found["b_mse"],
    ]  # fmt: skip
    assert [y.shape for y in net.predict(X, verbose=0)] == [(40, 1), (40, 2)]
    named = {"a": ys[0], "b": ys[1]}
    assert net.evaluate(X, named, verbose=0, return_dict=True) == found


def test_dict_inputs_and_outputs():
    a, b = Input((3,), name="a"), Input((1,), name="b")
    net = Model({"a": a, "b": b}, {"sum": Dense(1)(a) + b})
    net.compile("sgd", "mse")
    data = {"b": X[:, :1], "a": X}
    net.fit(data, {"sum": Y}, verbose=0)
    assert list(net.predict(data, verbose=0)) == ["sum"]
    with pytest.raises(ValueError, match=r"inputs must have the keys \['a', 'b'\]"):
        net.predict({"a": X}, verbose=0)


def test_an_output_without_loss():
    x = Input((3,))
    net = Model(x, [Dense(1, name="a")(x), Dense(2, name="b")(x)])
    net.compile("sgd", [None, "mse"])
    with pytest.warns(UserWarning, match="Gradients do not exist"):
        net.fit(X, RNG.normal(size=(40, 2)), verbose=0)
    assert list(net.history.history) == ["b_loss", "loss"]


def test_metrics_of_all_kinds_and_weighted_ones():
    net = regression(
        metrics=["mae", metrics.MeanSquaredError(name="m"), lambda t, p: ops.abs(t - p)],
        weighted_metrics=["mae"],
    )
    net.fit(X, Y[:, None], sample_weight=np.full(40, 2.0), verbose=0)
    assert sorted(net.history.history) == ["lambda", "loss", "m", "mae", "weighted_mae"]
    assert net.metrics_names == ["loss", "compile_metrics"]


@pytest.mark.parametrize(
    ("units", "y", "kind"),
    [
        (1, LABELS, metrics.BinaryAccuracy),
        (3, LABELS, metrics.SparseCategoricalAccuracy),
        (3, np.eye(3)[LABELS], metrics.CategoricalAccuracy),
    ],
)
def test_accuracy_is_chosen_by_the_shapes(units, y, kind):
    net = Sequential([Input((3,)), Dense(units, activation="sigmoid")])
    net.compile("sgd", "mse" if units == 1 else "crossentropy", metrics=["acc"])
    net.fit(X, y, verbose=0)
    assert type(net.metrics[1].metrics[0]) is kind
    assert "acc" in net.history.history


def test_custom_losses():
    def twice(y_true, y_pred):
        assert y_true.shape == y_pred.shape
        return 2 * ops.mean(ops.square(y_true - y_pred), axis=-1)

    net = regression(loss=twice)
    reference = regression()
    net.set_weights(reference.get_weights())
    assert net.evaluate(X, Y, verbose=0) == pytest.approx(2 * reference.evaluate(X, Y, verbose=0))
    net.fit(X, Y, verbose=0)
    object_loss = regression(loss=losses.MeanSquaredError(reduction="sum"))
    object_loss.fit(X, Y, verbose=0)


def test_single_batches_stand_alone():
    """Results were those of all batches since `reset_metrics`; Keras begins anew with each."""
    net = regression(metrics=["mae"])
    first = net.train_on_batch(X[:8], Y[:8])
    second = net.train_on_batch(X[8:16], Y[8:16], return_dict=True)
    assert isinstance(first, list)
    assert list(second) == ["loss", "mae"]
    alone = net.test_on_batch(X[:8], Y[:8])
    before = net.test_on_batch(X[8:16], Y[8:16])
    assert net.test_on_batch(X[:8], Y[:8]) == alone != before
    assert net.train_on_batch(X[8:16], Y[8:16]) == pytest.approx(before)
    np.testing.assert_array_equal(net.predict_on_batch(X), net.predict(X, verbose=0))


def test_a_model_of_ones_own_with_its_own_step():
    class Mine(Model):
        def __init__(self):
            super().__init__()
            self.recurrent = GRU(4)
            self.heads = {"out": Dense(1)}
            self.steps = 0

        def call(self, inputs, training=None):
            return self.heads["out"](self.recurrent(inputs))

        def train_step(self, data):
            self.steps += 1
            return super().train_step(data)

    net = Mine()
    net.compile("adam", "mse")
    sequences = RNG.normal(size=(16, 5, 2))
    history = net.fit(sequences, Y[:16], epochs=3, batch_size=8, verbose=0)
    assert history.history["loss"][-1] < history.history["loss"][0]
    assert net.steps == 6
    assert len(net.trainable_weights) == 5
    assert net.predict(sequences, verbose=0).shape == (16, 1)


def test_frozen_layers_stay():
    x = Input((3,))
    first = Dense(2)
    net = Model(x, Dense(1)(first(x)))
    first.trainable = False
    net.compile("sgd", "mse")
    before = first.get_weights()[0]
    net.fit(X, Y, verbose=0)
    np.testing.assert_array_equal(first.get_weights()[0], before)


def test_float64_all_the_way():
    net = Sequential([Input((3,), dtype="float64"), Dense(1, dtype="float64")])
    net.compile("sgd", "mse")
    net.fit(X, Y, verbose=0, shuffle=False)
    assert net.predict(X, verbose=0).dtype == np.float64
    expected = (X * net.get_weights()[0][:, 0]).sum(1)
    np.testing.assert_allclose(
        net.predict(X, verbose=0)[:, 0], expected + net.get_weights()[1], rtol=1e-12
    )


def test_empty_predict_keeps_the_shape_and_empty_fit_is_an_error():
    net = regression()
    assert net.predict(np.zeros((0, 3)), verbose=0).shape == (0, 1)
    with pytest.raises(ValueError, match="at least one sample"):
        net.fit(np.zeros((0, 3)), np.zeros(0), verbose=0)


@pytest.mark.parametrize(
    ("x", "y", "error", "match"),
    [
        (
            X,
            Y[:39],
            ValueError,
            r"\[fit\] x, y and sample_weight must have the same number of samples",
        ),
        (X[:, :2], Y, ValueError, r"must have shape \[None, 3\]. Received: \[32, 2\]"),
        (X, np.zeros((40, 2)), ValueError, "y_true and y_pred must have the same shape"),
        ([[1, 2], [3]], Y[:2], TypeError, "rows of equal length"),
        (np.array(["a", "b"]), Y[:2], TypeError, "turn text into ids first"),
        (X.astype(complex), Y, TypeError, "complex"),
        (X.astype(object), Y, TypeError, "array of objects"),
        (3.0, Y, ValueError, "x must have a batch axis"),
        (None, Y, ValueError, r"\[fit\] x is needed"),
        (X, None, ValueError, "no y for the loss"),
        ((row for row in X), Y, ValueError, "y comes with the batches of a generator"),
        (object(), Y, TypeError, "x must be an array"),
        (iter([X]), Y, ValueError, "PyDataset"),
    ],
)
def test_bad_data(x, y, error, match):
    with pytest.raises(error, match=match):
        regression().fit(x, y, verbose=0)


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ({"batch_size": 0}, ValueError, "batch_size must be a positive int"),
        ({"batch_size": 2.5}, ValueError, "batch_size must be a positive int"),
        ({"validation_split": 0.999}, ValueError, "must leave samples for both parts"),
        ({"validation_split": 1.5}, ValueError, r"must be in \(0, 1\)"),
        ({"validation_data": X}, ValueError, r"validation_data must be \(x, y\)"),
        ({"sample_weight": np.ones(39)}, ValueError, "same number of samples"),
        ({"shuffle": "batch"}, NotImplementedError, "shuffle='batch'"),
        ({"class_weight": [1, 1]}, ValueError, r"\[fit\] class_weight must be a dict.*\[1, 1\]"),
        ({"class_weight": "balanced"}, ValueError, "class_weight must be a dict.*'balanced'"),
        ({"callbacks": [History]}, TypeError, "a class in place of an instance"),
    ],
)
def test_bad_arguments(arguments, error, match):
    with pytest.raises(error, match=match):
        regression().fit(X, Y, verbose=0, **arguments)


def test_verbose_is_a_number_or_auto():
    with pytest.raises(ValueError, match=r"\[verbose\] verbose must be .*'silent'"):
        regression().fit(X, Y, verbose="silent")
    assert regression().fit(X, Y, verbose=False).history


def test_evaluate_without_y_names_evaluate():
    with pytest.raises(ValueError, match=r"\[evaluate\] there is no y for the loss"):
        regression().evaluate(X, verbose=0)


def test_a_loss_without_reduction():
    """evaluate takes the mean of the values, as Keras; fit cannot minimize several numbers."""
    net = regression(losses.MeanSquaredError(reduction=None))
    plain = regression()
    plain.set_weights(net.get_weights())
    expected = plain.evaluate(X, Y, batch_size=15, verbose=0)
    np.testing.assert_allclose(net.evaluate(X, Y, batch_size=15, verbose=0), expected, rtol=1e-6)
    before = net.get_weights()
    with pytest.raises(ValueError, match=r"\[fit\] the loss must be one number.*reduction=None"):
        net.fit(X, Y, verbose=0)
    np.testing.assert_array_equal(net.get_weights()[0], before[0])


@pytest.mark.parametrize("several", [list, tuple])
def test_several_inputs_as_a_list_or_a_tuple(several):
    """A tuple (a, b) was once taken for x and y."""
    a, b = Input((3,)), Input((3,))
    net = Model([a, b], ops.add(a, b))
    given = several([X, X])
    np.testing.assert_allclose(net.predict(given, verbose=0), 2 * X, rtol=1e-6)
    np.testing.assert_allclose(net.predict_on_batch(given), 2 * X, rtol=1e-6)
    batches = ((several([X, X]),) for _ in range(2))
    assert net.predict(batches, steps=2, verbose=0).shape == (80, 3)


def test_a_weight_per_sample_of_sequences():
    steps = RNG.normal(size=(6, 4, 3))
    weights = np.arange(6.0)
    net = Sequential([Input((4, 3)), LSTM(2, return_sequences=True), Dense(1)])
    net.compile("sgd", "mse")
    found = net.evaluate(steps, steps[:, :, 0], sample_weight=weights, verbose=0)
    errors = (net.predict(steps, verbose=0)[..., 0] - steps[:, :, 0]) ** 2
    assert found == pytest.approx((errors.mean(axis=1) * weights).mean(), rel=1e-5)
    masked = Sequential([Input((4, 3)), Masking(), LSTM(2, return_sequences=True), Dense(1)])
    masked.compile("sgd", "mse")
    match = r"\[loss\] sample_weight must fit the mask \[6, 4\]. Received: \[6\]. Hint:.*\[B, 1\]"
    with pytest.raises(ValueError, match=match):
        masked.fit(steps, steps[:, :, 0], sample_weight=weights, verbose=0)
    assert masked.fit(steps, steps[:, :, 0], sample_weight=weights[:, None], verbose=0).history


def test_nothing_to_train_is_told_once():
    net = regression()
    net.trainable = False
    net.compile("sgd", "mse")
    with pytest.warns(UserWarning, match="does not have any trainable weights") as told:
        net.fit(X, Y, batch_size=10, epochs=2, verbose=0)
    assert len(told) == 1


def test_not_compiled_and_unknown_arguments():
    net = Sequential([Input((3,)), Dense(1)])
    for call in (net.fit, net.evaluate, net.train_on_batch):
        with pytest.raises(ValueError, match="the model must be compiled first"):
            call(X, Y)
    assert net.predict(X, verbose=0).shape == (40, 1)
    with pytest.raises(ValueError, match="unrecognized arguments"):
        regression().evaluate(X, Y, speed=1)
    with pytest.raises(ValueError, match="metrics must be a list"):
        net.compile("sgd", "mse", metrics="mae")
    net.compile("sgd", {"nothing": "mse", "other": "mse"})
    with pytest.raises(ValueError, match="loss must"):
        net.fit(X, Y, verbose=0)


def test_one_thread_trains_a_model_while_others_may_predict():
    net = regression()
    seen = []

    def other():
        seen.append(net.predict(X, verbose=0).shape)
        try:
            net.fit(X, Y, verbose=0)
        except RuntimeError as error:
            seen.append(str(error))

    class Meanwhile(tidegate.callbacks.Callback):
        def on_train_begin(self, logs=None):
            thread = threading.Thread(target=other)
            thread.start()
            thread.join()

    net.fit(X, Y, verbose=0, callbacks=[Meanwhile()])
    assert seen[0] == (40, 1)
    assert "one thread trains a model" in seen[1]
    net.fit(X, Y, verbose=0)


def test_eight_threads_may_predict_with_a_model_that_is_not_built():
    net = Sequential([LSTM(4), Dense(1)])
    data = RNG.normal(size=(8, 5, 2))
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(net.predict(data, verbose=0).tobytes()))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found) == 8


def test_an_interrupted_fit_leaves_the_last_finished_step():
    class Interrupt(tidegate.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 1:
                raise KeyboardInterrupt

    net, reference = regression(), regression()
    net.set_weights(reference.get_weights())
    with pytest.raises(KeyboardInterrupt):
        net.fit(X, Y, batch_size=10, shuffle=False, verbose=0, callbacks=[Interrupt()])
    reference.fit(X[:20], Y[:20], batch_size=10, shuffle=False, verbose=0)
    np.testing.assert_array_equal(net.get_weights()[0], reference.get_weights()[0])
    net.fit(X, Y, verbose=0)


def test_a_whole_training_run_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        regression(metrics=["mae"]).fit(X, Y, verbose=0, validation_split=0.5)

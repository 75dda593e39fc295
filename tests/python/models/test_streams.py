"""fit, evaluate and predict on data that comes batch by batch."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import tidegate
from tidegate import layers, utils

RNG = np.random.default_rng(2)
X = RNG.normal(size=(22, 3))
Y = X.sum(axis=1)


class Pairs(utils.PyDataset):
    """Batches of 5 rows; remembers what was asked for."""

    def __init__(self, weights=None, **kwargs):
        super().__init__(**kwargs)
        self.weights = weights
        self.asked = []
        self.ends = 0

    def __len__(self):
        return 5

    def __getitem__(self, index):
        self.asked.append(index)
        rows = slice(5 * index, 5 * index + 5)
        batch = (X[rows], Y[rows])
        return batch if self.weights is None else (*batch, self.weights[rows])

    def on_epoch_end(self):
        self.ends += 1


def generator():
    for i in range(5):
        yield X[5 * i : 5 * i + 5], Y[5 * i : 5 * i + 5]


def forever():
    while True:
        yield from generator()


def net():
    model = tidegate.Sequential(
        [tidegate.Input((3,)), layers.Dense(1, kernel_initializer="ones", use_bias=False)]
    )
    model.compile(tidegate.optimizers.SGD(0.01), "mse", metrics=["mae"])
    return model


def by_arrays(epochs=2, **arguments):
    model = net()
    arguments = {"batch_size": 5, "epochs": epochs, "shuffle": False, "verbose": 0} | arguments
    return model, model.fit(X, Y, **arguments).history


@pytest.mark.parametrize("workers", [1, 3])
def test_numbered_batches_train_as_arrays_do(workers):
    data = Pairs(workers=workers)
    model = net()
    found = model.fit(data, epochs=2, shuffle=False, verbose=0).history
    other, expected = by_arrays()
    assert found == expected
    assert model.get_weights()[0].tolist() == other.get_weights()[0].tolist()
    assert data.ends == 2


def test_shuffling_changes_the_order_of_batches():
    data = Pairs()
    tidegate.utils.set_random_seed(1)
    net().fit(data, epochs=2, verbose=0)
    first, second = data.asked[1:6], data.asked[6:11]  # the first is looked at to build
    assert sorted(first) == sorted(second) == [0, 1, 2, 3, 4]
    assert first != second


@pytest.mark.parametrize("verbose", [0, 1, 2])
def test_generators(verbose):
    model = net()
    found = model.fit(
        forever(), epochs=2, steps_per_epoch=5, shuffle=False, verbose=verbose
    ).history
    assert found == by_arrays()[1]


def test_what_cannot_be_shuffled_is_told_as_in_keras():
    with pytest.warns(UserWarning, match="will be ignored since.* a generator"):
        net().fit(forever(), steps_per_epoch=2, verbose=0)
    net().fit(Pairs(), verbose=0)
    net().evaluate(forever(), steps=2, verbose=0)


def test_a_generator_that_ends():
    model = net()
    with pytest.warns(UserWarning, match="ran out of data"):
        history = model.fit(generator(), epochs=2, shuffle=False, verbose=0).history
    assert history["loss"][0] == by_arrays(epochs=1)[1]["loss"][0]
    with pytest.warns(UserWarning, match="ran out of data"):
        net().fit(generator(), steps_per_epoch=9, shuffle=False, verbose=0)


def test_steps_go_on_in_the_data():
    data = Pairs()
    with pytest.warns(UserWarning, match="ran out of data"):
        net().fit(data, epochs=3, steps_per_epoch=2, shuffle=False, verbose=0)
    assert data.asked[1:] == [0, 1, 2, 3, 4]


def test_evaluate_and_predict():
    model = net()
    expected = model.evaluate(X, Y, batch_size=5, verbose=0)
    assert model.evaluate(Pairs(), verbose=0) == expected
    assert model.evaluate(forever(), steps=5, verbose=0) == expected
    y = model.predict(X, batch_size=5, verbose=0)
    np.testing.assert_array_equal(model.predict(Pairs(), verbose=0), y)
    np.testing.assert_array_equal(model.predict(forever(), steps=2, verbose=0), y[:10])
    only_x = (x for x, _ in generator())
    np.testing.assert_array_equal(model.predict(only_x, verbose=0), y)


def test_validation_restarts():
    model, other = net(), net()
    data = Pairs()
    found = model.fit(
        X, Y, batch_size=5, epochs=2, shuffle=False, validation_data=data, validation_steps=2,
        verbose=0,
    ).history  # fmt: skip
    expected = other.fit(
        X, Y, batch_size=5, epochs=2, shuffle=False, validation_data=(X[:10], Y[:10]), verbose=0
    ).history
    assert found == expected


def test_weights_of_samples_and_classes():
    weights = RNG.uniform(size=22)
    found = net().fit(Pairs(weights), shuffle=False, verbose=0).history["loss"]
    expected = by_arrays(1, sample_weight=weights)[1]["loss"]
    assert found == expected

    class Classes(Pairs):
        def __getitem__(self, index):
            return X[5 * index : 5 * index + 5], (Y[5 * index : 5 * index + 5] > 0).astype("int32")

    by_class = {0: 2.0, 1: 0.5}
    model, other = net(), net()
    found = model.fit(Classes(), shuffle=False, class_weight=by_class, verbose=0).history
    expected = other.fit(
        X, (Y > 0).astype("int32"), batch_size=5, shuffle=False, class_weight=by_class, verbose=0
    ).history
    assert found == expected


def test_batches_are_made_ahead_in_other_threads():
    names = set()

    class Slow(Pairs):
        def __getitem__(self, index):
            names.add(threading.current_thread().name)
            return super().__getitem__(index)

    net().fit(Slow(workers=2, max_queue_size=3), verbose=0)
    assert len(names) > 1


def test_data_without_an_end():
    class Endless(utils.PyDataset):
        def __getitem__(self, index):
            return X[:5] * index, Y[:5] * index

    assert Endless().num_batches is None
    history = net().fit(Endless(), steps_per_epoch=3, shuffle=False, verbose=0)
    assert history.params["steps"] == 3


def test_a_model_that_is_built_by_its_first_batch():
    model = tidegate.Sequential([layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(Pairs(), verbose=0)
    assert model.built


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"x": generator(), "y": Y}, "y comes with the batches"),
        ({"x": generator(), "sample_weight": Y}, "sample_weight comes with the batches"),
        ({"x": generator(), "class_weight": {0: 1.0}}, "class_weight is not taken"),
        ({"x": Pairs(), "validation_split": 0.5}, "validation_split needs arrays"),
        ({"x": (x for x in ())}, "at least one batch"),
        ({"x": ((X, Y, Y, Y) for _ in range(2))}, "data must be x"),
    ],
)
def test_what_does_not_go_together(arguments, match):
    with pytest.raises(ValueError, match=match):
        net().fit(**arguments, shuffle=False, verbose=0)


def test_a_data_set_that_forgot_its_base():
    class Forgetful(utils.PyDataset):
        def __init__(self):
            pass

        def __len__(self):
            return 1

        def __getitem__(self, index):
            return X, Y

    with pytest.warns(UserWarning, match="should call `super"):
        net().fit(Forgetful(), verbose=0)
    with pytest.warns(UserWarning, match="makes threads"):
        Pairs(use_multiprocessing=True)

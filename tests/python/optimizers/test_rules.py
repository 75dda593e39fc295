"""Each rule against its formula, written out in float64, over five steps."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import Variable, ops, optimizers

RNG = np.random.default_rng(3)
GRADIENTS = RNG.normal(size=(5, 7))
START = RNG.normal(size=7)


def sgd(lr, momentum=0.0, nesterov=False):
    w, m = START.copy(), np.zeros(7)
    for g in GRADIENTS:
        m = momentum * m - lr * g
        w = w + (momentum * m - lr * g if nesterov else m)
    return w


def rmsprop(lr, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False):
    w, v, m, mean = START.copy(), np.zeros(7), np.zeros(7), np.zeros(7)
    for g in GRADIENTS:
        v = rho * v + (1 - rho) * g**2
        mean = rho * mean + (1 - rho) * g
        step = lr * g / np.sqrt(v - (mean**2 if centered else 0) + epsilon)
        m = momentum * m + step
        w = w - m
    return w


def adam(lr, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False):
    w, m, v, top = START.copy(), np.zeros(7), np.zeros(7), np.zeros(7)
    for t, g in enumerate(GRADIENTS, 1):
        m += (g - m) * (1 - beta_1)
        v += (g**2 - v) * (1 - beta_2)
        top = np.maximum(top, v)
        alpha = lr * np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
        w = w - alpha * m / (np.sqrt(top if amsgrad else v) + epsilon)
    return w


CASES = [
    (optimizers.SGD, sgd, {}),
    (optimizers.SGD, sgd, {"momentum": 0.9}),
    (optimizers.SGD, sgd, {"momentum": 0.9, "nesterov": True}),
    (optimizers.RMSprop, rmsprop, {}),
    (optimizers.RMSprop, rmsprop, {"rho": 0.8, "momentum": 0.5, "centered": True}),
    (optimizers.Adam, adam, {}),
    (optimizers.Adam, adam, {"beta_1": 0.8, "beta_2": 0.99, "epsilon": 1e-3, "amsgrad": True}),
]


@pytest.mark.parametrize(("kind", "rule", "arguments"), CASES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rule(kind, rule, arguments, dtype):
    lr = 0.125  # a power of two: the float32 rate is exact
    w = Variable(START, dtype=dtype)
    optimizer = kind(lr, **arguments)
    for g in GRADIENTS:
        optimizer.apply([ops.convert_to_tensor(g, dtype=dtype)], [w])
    np.testing.assert_allclose(
        w.numpy(), rule(lr, **arguments), rtol=1e-12 if dtype == "float64" else 1e-5, atol=1e-6
    )


@pytest.mark.parametrize(("kind", "rule", "arguments"), CASES)
def test_config_goes_round(kind, rule, arguments):
    optimizer = kind(0.5, clipnorm=2.0, **arguments)
    assert kind.from_config(optimizer.get_config()).get_config() == optimizer.get_config()
    again = optimizers.deserialize(optimizers.serialize(optimizer))
    assert again.get_config() == optimizer.get_config()


def test_momentum_out_of_range():
    with pytest.raises(ValueError, match="momentum must be"):
        optimizers.SGD(momentum=1.5)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("Adadelta", {"learning_rate": 1.0, "epsilon": 1e-2}), ("Adafactor", {}),
        ("Adagrad", {}), ("AdamW", {}), ("Adamax", {}), ("Ftrl", {}), ("Lamb", {}),
        ("Lion", {"learning_rate": 0.05}), ("Muon", {}), ("Nadam", {}), ("ScheduleFreeAdamW", {}),
    ],
)  # fmt: skip
def test_rules_written_in_numpy_descend(name, arguments):
    """Their values are compared with Keras' in the parity tests; here a bowl must be climbed."""
    goal = np.linspace(-1, 1, 12, dtype="float32").reshape(3, 4)
    w = Variable(np.zeros_like(goal) + 0.5)
    optimizer = getattr(optimizers, name)(**{"learning_rate": 0.25, **arguments})
    for _ in range(60):
        optimizer.apply([ops.convert_to_tensor(2 * (w.numpy() - goal))], [w])
    assert np.abs(w.numpy() - goal).mean() < 0.5 * np.abs(0.5 - goal).mean()


def test_schedules_drive_the_rate():
    w = Variable([0.0])
    schedule = optimizers.schedules.PiecewiseConstantDecay([0, 1], [1.0, 0.5, 0.25])
    optimizer = optimizers.SGD(schedule)
    for _ in range(3):
        optimizer.apply([ops.convert_to_tensor([-1.0])], [w])
    assert w.numpy().tolist() == [1.75]
    with pytest.raises(TypeError, match="cannot be set"):
        optimizer.learning_rate = 0.5

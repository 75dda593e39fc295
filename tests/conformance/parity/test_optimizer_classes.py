"""Every optimizer and schedule of Keras over random arguments: state, ten steps, configuration."""

from __future__ import annotations

import inspect
import re
import zlib

import keras
import numpy as np
import pytest
import torch
from sampling import draw, same_error, seeds

import tidegate

COMMON = {
    "learning_rate": (0.125, 0.03125),
    "weight_decay": (0.01, 0.125),
    "use_ema": (True,),
    "ema_momentum": (0.5, 0.9),
    "ema_overwrite_frequency": (2, 3),
    "loss_scale_factor": (2.0, 1024.0),
    "gradient_accumulation_steps": (2, 3),
}
CLIPS = ({}, {}, {"clipnorm": 0.5}, {"clipvalue": 0.25}, {"global_clipnorm": 0.75})
BETAS = {"beta_1": (0.5, 0.9), "beta_2": (0.75, 0.99), "epsilon": (1e-7, 1e-3)}
OWN = {
    "SGD": {"momentum": (0.9, 0.5), "nesterov": (True, False)},
    "RMSprop": {"rho": (0.5,), "momentum": (0.5,), "epsilon": (1e-3,), "centered": (True,)},
    "Adam": BETAS | {"amsgrad": (True,)},
    "AdamW": BETAS | {"amsgrad": (True,), "weight_decay": (0.1,)},
    "Nadam": BETAS,
    "Adagrad": {"initial_accumulator_value": (0.0, 0.5), "epsilon": (1e-3,)},
    "Adadelta": {"rho": (0.5,), "epsilon": (1e-3,)},
    "Adamax": BETAS,
    "Lion": {"beta_1": (0.5,), "beta_2": (0.5,)},
    "Ftrl": {
        "learning_rate_power": (-0.25, 0.0),
        "initial_accumulator_value": (0.5,),
        "l1_regularization_strength": (0.01, 0.125),
        "l2_regularization_strength": (0.01,),
        "l2_shrinkage_regularization_strength": (0.01,),
        "beta": (0.1,),
    },
    "Adafactor": {
        "beta_2_decay": (-0.5,),
        "epsilon_1": (1e-6,),
        "epsilon_2": (0.01,),
        "clip_threshold": (0.5,),
        "relative_step": (False,),
    },
    "Lamb": BETAS,
    "Muon": {
        "adam_weight_decay": (0.01,),
        "exclude_layers": (["b"],),
        "exclude_embeddings": (False,),
        "adam_lr_ratio": (0.5,),
        "momentum": (0.5,),
        "ns_steps": (2,),
        "nesterov": (False,),
        "rms_rate": (None, 0.5),
    },
    "ScheduleFreeAdamW": BETAS | {"warmup_steps": (4,)},
}
WRAPPERS = {"LossScaleOptimizer", "MultiOptimizer", "OptimizerMap", "Optimizer"}
NAMES = sorted(OWN)
SHAPES = {"a": (3, 4), "b": (7,), "c": (5, 2), "embeddings": (4, 3), "e": (2, 3, 2)}
STEPS = 10


def test_every_class_is_compared():
    classes = {n for n in dir(keras.optimizers) if inspect.isclass(getattr(keras.optimizers, n))}
    assert classes == set(OWN) | WRAPPERS
    assert classes <= set(dir(tidegate.optimizers))


@pytest.mark.parametrize("name", sorted(set(OWN) | WRAPPERS))
def test_signatures(name):
    ours, theirs = (
        inspect.signature(getattr(module.optimizers, name).__init__) for module in (tidegate, keras)
    )
    assert [(p.name, p.default) for p in ours.parameters.values()] == [
        (p.name, p.default) for p in theirs.parameters.values()
    ]


def arguments(name: str, seed: int) -> dict[str, object]:
    rng = np.random.default_rng([zlib.crc32(name.encode()), seed])
    clip = CLIPS[rng.integers(len(CLIPS))]
    return draw(rng, COMMON | OWN[name]) | clip


def start(module, rng, dtype):
    return [
        module.Variable(rng.normal(size=shape).astype(dtype), name=name)
        for name, shape in SHAPES.items()
    ]


def described(variables):
    # Nadam's product has no name: Keras counts such variables over the process.
    names = [re.sub(r"^variable_\d+$", "variable", v.path.split("/")[-1]) for v in variables]
    return [(n, tuple(v.shape), str(v.dtype)) for n, v in zip(names, variables)]


def value(variable):
    return np.asarray(keras.ops.convert_to_numpy(variable.value))


def rebind(variable, value):
    """Keras' rule reads the old momentum after it changed it, and torch changes it in place."""
    variable._value = torch.nn.Parameter((variable.value - value).detach(), requires_grad=False)


def run(name, seed, dtype):
    chosen = arguments(name, seed)
    results = []
    for module in (tidegate, keras):
        rng = np.random.default_rng(seed)
        optimizer = getattr(module.optimizers, name)(**chosen)
        if seed % 3 == 0:
            optimizer.exclude_from_weight_decay(var_names=["b", "c$"])
        variables = start(module, rng, dtype)
        optimizer.build(variables)
        if module is keras and name == "ScheduleFreeAdamW":
            optimizer.assign_sub = rebind
        for step in range(STEPS):
            grads = [rng.normal(size=shape).astype(dtype) for shape in SHAPES.values()]
            if step % 4 == 3:
                grads[1][:] = 0
            optimizer.apply([module.ops.convert_to_tensor(g) for g in grads], variables)
        optimizer.finalize_variable_values(variables)
        results.append((optimizer, variables))
    return results


# Steps of Lion are signs, those of Muon grow rounding: a wider float32 bound for these.
FLOAT32 = {"Muon": 2e-3, "Adafactor": 2e-4, "Ftrl": 2e-4}


@pytest.mark.parametrize("name", NAMES)
@seeds(fast=4, everything=40)
def test_ten_steps(name, seed):
    dtype = "float64" if seed % 2 else "float32"
    (ours, our_weights), (theirs, their_weights) = run(name, seed, dtype)
    assert described(ours.variables) == described(theirs.variables)
    bound = FLOAT32.get(name, 5e-5)
    pairs = [*zip(our_weights, their_weights), *zip(ours.variables, theirs.variables)]
    for mine, their in pairs:
        expected = value(their)
        scale = max(1.0, float(np.abs(expected).max()))
        np.testing.assert_allclose(
            mine.numpy(), expected, rtol=bound, atol=bound * scale, err_msg=mine.name
        )


@pytest.mark.parametrize("name", NAMES)
@seeds(fast=2, everything=10)
def test_configuration(name, seed):
    chosen = arguments(name, seed)
    ours = getattr(tidegate.optimizers, name)(**chosen, name="it")
    theirs = getattr(keras.optimizers, name)(**chosen, name="it")
    config = ours.get_config()
    assert list(config) == list(theirs.get_config())
    assert config == theirs.get_config()
    assert type(ours).from_config(config).get_config() == config
    again = tidegate.optimizers.deserialize(tidegate.optimizers.serialize(ours))
    assert type(again) is type(ours)
    assert again.get_config() == config


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "bad",
    [
        {"learning_rate": 1},
        {"learning_rate": "fast"},
        {"speed": 3},
        {"clipnorm": 1.0, "clipvalue": 1.0},
        {"use_ema": True, "ema_momentum": 1.5},
        {"use_ema": True, "ema_overwrite_frequency": 0.5},
        {"gradient_accumulation_steps": 1},
    ],
    ids=lambda bad: "-".join(bad),
)
def test_bad_arguments(name, bad):
    same_error(
        lambda: getattr(tidegate.optimizers, name)(**bad),
        lambda: getattr(keras.optimizers, name)(**bad),
    )


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("SGD", {"momentum": 2.0}),
        ("SGD", {"momentum": 1}),
        ("AdamW", {"weight_decay": None}),
        ("Lion", {"beta_1": 0.0}),
        ("Ftrl", {"learning_rate_power": 0.5}),
        ("Ftrl", {"l1_regularization_strength": -1.0}),
        ("Ftrl", {"initial_accumulator_value": -1.0}),
    ],
)
def test_bad_arguments_of_one(name, bad):
    test_bad_arguments(name, bad)


SCHEDULES = {
    "ExponentialDecay": {
        "initial_learning_rate": (0.1,), "decay_steps": (7, 10), "decay_rate": (0.5, 0.9),
        "staircase": (True, False),
    },
    "InverseTimeDecay": {
        "initial_learning_rate": (0.1,), "decay_steps": (7, 10), "decay_rate": (0.5, 0.9),
        "staircase": (True, False),
    },
    "PiecewiseConstantDecay": {"boundaries": ([3, 9],), "values": ([0.5, 0.25, 0.1],)},
    "PolynomialDecay": {
        "initial_learning_rate": (0.1,), "decay_steps": (7, 10), "end_learning_rate": (0.01, 1e-4),
        "power": (1.0, 0.5), "cycle": (True, False),
    },
    "CosineDecay": {
        "initial_learning_rate": (0.1,), "decay_steps": (7, 10), "alpha": (0.0, 0.1),
        "warmup_target": (None, 0.5), "warmup_steps": (0, 5),
    },
    # No step falls on a jump, where the last bit decides between 0 and the start.
    "CosineDecayRestarts": {
        "initial_learning_rate": (0.1,), "first_decay_steps": (4.5, 5.3), "t_mul": (1.0, 2.0, 1.5),
        "m_mul": (1.0, 0.5), "alpha": (0.0, 0.1),
    },
}  # fmt: skip


def test_every_schedule_is_compared():
    module = keras.optimizers.schedules
    classes = {n for n in dir(module) if inspect.isclass(getattr(module, n))}
    assert classes == set(SCHEDULES) | {"LearningRateSchedule"}


@pytest.mark.parametrize("name", sorted(SCHEDULES))
@seeds(fast=3, everything=20)
def test_schedules(name, seed):
    rng = np.random.default_rng(seed)
    chosen = {k: v[rng.integers(len(v))] for k, v in SCHEDULES[name].items()}
    ours = getattr(tidegate.optimizers.schedules, name)(**chosen)
    theirs = getattr(keras.optimizers.schedules, name)(**chosen)
    assert ours.get_config() == theirs.get_config()
    if chosen.get("warmup_target") is not None and chosen["warmup_steps"] == 0:
        steps = range(1, 40)
    else:
        steps = range(40)
    for step in steps:
        np.testing.assert_allclose(
            float(ours(step)),
            float(theirs(step)),
            rtol=2e-5,
            atol=1e-8,
            err_msg=str((step, chosen)),
        )
    optimizer, other = tidegate.optimizers.SGD(ours), keras.optimizers.SGD(theirs)
    assert optimizer.get_config()["learning_rate"] == other.get_config()["learning_rate"]
    again = tidegate.optimizers.SGD.from_config(optimizer.get_config())
    assert again.get_config() == optimizer.get_config()
    assert described(optimizer.variables) == described(other.variables)


@pytest.mark.parametrize("name", sorted(SCHEDULES))
def test_schedule_arguments(name):
    bad = {k: v[0] for k, v in SCHEDULES[name].items()}
    if name == "PiecewiseConstantDecay":
        bad["values"] = [1.0]
    else:
        bad["first_decay_steps" if "first_decay_steps" in bad else "decay_steps"] = 0
    same_error(
        lambda: getattr(tidegate.optimizers.schedules, name)(**bad),
        lambda: getattr(keras.optimizers.schedules, name)(**bad),
    )


def test_a_rate_from_a_schedule_cannot_be_set():
    def attempt(module):
        schedule = module.optimizers.schedules.CosineDecay(0.1, 10)
        module.optimizers.SGD(schedule).learning_rate = 0.5

    same_error(lambda: attempt(tidegate), lambda: attempt(keras))


def test_loss_scale_optimizer():
    weights = []
    for module in (tidegate, keras):
        optimizer = module.optimizers.LossScaleOptimizer(
            module.optimizers.Adam(0.125), initial_scale=8.0, dynamic_growth_steps=3
        )
        w = module.Variable(np.ones(3, "float32"), name="w")
        optimizer.build([w])
        for step in range(8):
            g = np.full(3, np.inf if step == 4 else step + 1.0, "float32")
            optimizer.apply([module.ops.convert_to_tensor(g)], [w])
            assert float(optimizer.scale_loss(module.ops.convert_to_tensor(1.0))) > 0
        weights.append([np.asarray(v.numpy() if module is tidegate else value(v))
                        for v in (w, *optimizer.variables)])  # fmt: skip
        names = [(v.name, tuple(v.shape), str(v.dtype)) for v in optimizer.variables]
        weights[-1].append(names)
    assert weights[0].pop() == weights[1].pop()
    for mine, their in zip(*weights):
        np.testing.assert_allclose(mine, their, rtol=1e-5)


def test_multi_optimizer():
    found = []
    for module in (tidegate, keras):
        o = module.optimizers
        optimizer = o.MultiOptimizer(
            o.OptimizerMap(o.SGD(0.5, name="s"), {"a.*": o.Adam(0.125, name="t")}), name="m"
        )
        rng = np.random.default_rng(5)
        variables = [
            module.Variable(rng.normal(size=3).astype("float32"), name=n) for n in ("a", "b", "ab")
        ]
        for _ in range(5):
            grads = [module.ops.convert_to_tensor(rng.normal(size=3).astype("f")) for _ in range(3)]
            optimizer.apply(grads, variables)
        every = [*variables, *optimizer.variables]
        found.append(([v.numpy() if module is tidegate else value(v) for v in every],
                      [(v.path, tuple(v.shape)) for v in optimizer.variables]))  # fmt: skip
        with pytest.raises(AttributeError):
            optimizer.learning_rate  # noqa: B018
    assert found[0][1] == found[1][1]
    for mine, their in zip(found[0][0], found[1][0]):
        np.testing.assert_allclose(mine, their, rtol=1e-5, atol=1e-6)

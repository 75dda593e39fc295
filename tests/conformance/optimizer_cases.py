"""Ten steps of every optimizer, every option, every clip: what is compared, by whom."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tidegate.reference import optimizers as oracle
from tidegate.reference.activations import Array

STEPS = 10
SHAPES = ((3, 4), (7,), (2, 5), (1,))
CLIPS = (("none", 0.0), ("clipnorm", 0.5), ("clipvalue", 0.3), ("global_clipnorm", 0.8))


class OptimizerCase(NamedTuple):
    """A Keras class name, the oracle's function, its hyper-parameters, and how many slots."""

    name: str
    formula: object
    hyper: dict[str, float | bool]
    slots: int


# Learning rates are powers of two because Keras' optimizers keep them in float32.
COARSE, FINE = {"learning_rate": 2.0**-3}, {"learning_rate": 2.0**-7}
CASES = (
    OptimizerCase("SGD", oracle.sgd, COARSE, 1),
    OptimizerCase("SGD", oracle.sgd, COARSE | {"momentum": 0.9}, 1),
    OptimizerCase("SGD", oracle.sgd, COARSE | {"momentum": 0.9, "nesterov": True}, 1),
    OptimizerCase("RMSprop", oracle.rmsprop, FINE, 3),
    OptimizerCase("RMSprop", oracle.rmsprop, FINE | {"momentum": 0.8, "centered": True}, 3),
    OptimizerCase("Adam", oracle.adam, FINE, 2),
    OptimizerCase("Adam", oracle.adam, FINE | {"beta_1": 0.7, "amsgrad": True}, 3),
)


def starts() -> list[Array]:
    """The variables before the first step."""
    rng = np.random.default_rng(11)
    return [rng.normal(size=shape) for shape in SHAPES]


def gradients(step: int) -> list[Array]:
    """The gradients of one step; one of them is zero now and then."""
    rng = np.random.default_rng([12, step])
    found = [rng.normal(size=shape) for shape in SHAPES]
    if step % 3 == 0:
        found[1][:] = 0
    return found


def expected(case: OptimizerCase, clip: tuple[str, float]) -> list[Array]:
    """The variables after ten steps, by the oracle."""
    variables = starts()
    slots = [[np.zeros_like(v) for _ in range(case.slots)] for v in variables]
    for step in range(1, STEPS + 1):
        clipped = oracle.clip(gradients(step), *clip)
        for i, g in enumerate(clipped):
            variables[i], slots[i] = case.formula(  # type: ignore[operator]
                variables[i], g, slots[i], step, **case.hyper
            )
    return variables

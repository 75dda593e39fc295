"""`_core.optimizer_step` against Keras' formulas in float64, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tidegate import _core

Arrays = list[np.ndarray]
SHAPES = ((), (1,), (5, 7), (9000,), (0, 3))
both = pytest.mark.parametrize("dtype", ["float32", "float64"])
SGD = {"learning_rate": 0.1, "momentum": 0.0, "nesterov": 0}
RMSPROP = {"learning_rate": 0.01, "rho": 0.9, "momentum": 0.0, "epsilon": 1e-7, "centered": 0}
ADAM = {"learning_rate": 0.01, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7, "amsgrad": 0}


def sgd(w: Any, g: Any, s: Arrays, t: int, *, learning_rate: float, momentum: float, nesterov: int):
    if momentum == 0:
        return w - learning_rate * g, []
    m = momentum * s[0] - learning_rate * g
    return (w + momentum * m - learning_rate * g if nesterov else w + m), [m]


def rmsprop(w: Any, g: Any, s: Arrays, t: int, *, learning_rate: float, rho: float, momentum: float,
            epsilon: float, centered: int):  # fmt: skip
    slots = [rho * s[0] + (1 - rho) * g**2]
    denominator = slots[0] + epsilon
    if centered:
        mean = rho * s[-1] + (1 - rho) * g
        denominator = slots[0] - mean**2 + epsilon
    step = learning_rate * g / np.sqrt(denominator)
    if momentum > 0:
        step = momentum * s[1] + step
        slots.append(step)
    return w - step, [*slots, mean] if centered else slots


def adam(w: Any, g: Any, s: Arrays, t: int, *, learning_rate: float, beta_1: float, beta_2: float,
         epsilon: float, amsgrad: int):  # fmt: skip
    alpha = learning_rate * np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    slots = [s[0] + (g - s[0]) * (1 - beta_1), s[1] + (g**2 - s[1]) * (1 - beta_2)]
    if amsgrad:
        slots.append(np.maximum(s[2], slots[1]))
    return w - slots[0] * alpha / (np.sqrt(slots[-1]) + epsilon), slots


def clipped(gradients: Arrays, rule: str, value: float) -> Arrays:
    norms = [np.sqrt((g**2).sum()) for g in gradients]
    total = np.sqrt(sum(n**2 for n in norms))
    return {
        "none": lambda: gradients,
        "clipvalue": lambda: [np.clip(g, -value, value) for g in gradients],
        "clipnorm": lambda: [g * value / max(n, value) for g, n in zip(gradients, norms)],
        "global_clipnorm": lambda: [g * value * min(1 / total, 1 / value) for g in gradients],
    }[rule]()


CASES = [
    ("sgd", sgd, SGD, 0),
    ("sgd", sgd, SGD | {"momentum": 0.9}, 1),
    ("sgd", sgd, SGD | {"momentum": 0.9, "nesterov": 1}, 1),
    ("rmsprop", rmsprop, RMSPROP, 1),
    ("rmsprop", rmsprop, RMSPROP | {"momentum": 0.5}, 2),
    ("rmsprop", rmsprop, RMSPROP | {"centered": 1}, 2),
    ("rmsprop", rmsprop, RMSPROP | {"momentum": 0.5, "centered": 1}, 3),
    ("adam", adam, ADAM, 2),
    ("adam", adam, ADAM | {"amsgrad": 1}, 3),
]
CLIPS = [("none", 0.0), ("clipvalue", 0.3), ("clipnorm", 0.7), ("global_clipnorm", 2.0)]


@both
@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip[0])
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{case[3]}")
def test_five_steps(case: Any, clip: tuple[str, float], dtype: str) -> None:
    kind, formula, hyper, slot_count = case
    rng = np.random.default_rng(7)
    exact = [rng.normal(size=shape) for shape in SHAPES]
    variables = [np.array(w, dtype) for w in exact]
    exact = [w.astype("float64") for w in variables]
    slots = [[np.zeros(shape, dtype) for _ in range(slot_count)] for shape in SHAPES]
    exact_slots = [[np.zeros(shape) for _ in range(slot_count)] for shape in SHAPES]
    decay = [0.01, 0.0, 0.02, 0.01, 0.01]
    for step in range(5):
        gradients = [np.array(rng.normal(size=shape), dtype) for shape in SHAPES]
        before = [g.copy() for g in gradients]
        _core.optimizer_step(kind, variables, gradients, slots, hyper, step, clip, decay)
        assert all(np.array_equal(g, b) for g, b in zip(gradients, before))
        wide = clipped([g.astype("float64") for g in gradients], *clip)
        for i, g in enumerate(wide):
            w = exact[i] - exact[i] * decay[i] * hyper["learning_rate"]
            exact[i], exact_slots[i] = formula(w, g, exact_slots[i], step + 1, **hyper)
    tolerance = {"rtol": 3e-5, "atol": 3e-6} if dtype == "float32" else {"rtol": 1e-11}
    for i in range(len(SHAPES)):
        np.testing.assert_allclose(variables[i], exact[i], **tolerance)
        for slot, value in zip(slots[i], exact_slots[i]):
            np.testing.assert_allclose(slot, value, **tolerance)


def test_epsilon_stands_where_keras_has_it() -> None:
    """rmsprop adds it inside the root, adam outside."""
    for kind, hyper, slots, exact in (
        ("rmsprop", RMSPROP | {"epsilon": 0.5}, 1, 0.01 * 2 / np.sqrt(0.1 * 4 + 0.5)),
        ("adam", ADAM | {"epsilon": 0.5}, 2,
         0.01 * np.sqrt(0.001) / 0.1 * 0.2 / (np.sqrt(0.004) + 0.5)),
    ):  # fmt: skip
        w = np.zeros(1)
        zeros = [[np.zeros(1) for _ in range(slots)]]
        _core.optimizer_step(kind, [w], [np.full(1, 2.0)], zeros, hyper, 0)  # type: ignore[arg-type]
        np.testing.assert_allclose(-w, exact, rtol=1e-12)


def test_a_nan_gradient_reaches_the_weights_and_infinity_clips_to_nan() -> None:
    for value, clip in ((np.nan, ("none", 0.0)), (np.nan, ("clipnorm", 1.0)),
                        (np.inf, ("global_clipnorm", 1.0))):  # fmt: skip
        w = np.zeros(2)
        _core.optimizer_step("sgd", [w], [np.array([value, 1.0])], [[]], SGD, 0, clip)  # type: ignore[arg-type]
        assert np.isnan(w[0])


def test_a_zero_gradient_is_not_divided_by_its_norm() -> None:
    for clip in (("clipnorm", 1.0), ("global_clipnorm", 1.0)):
        w = np.ones(3)
        _core.optimizer_step("sgd", [w], [np.zeros(3)], [[]], SGD, 0, clip)  # type: ignore[arg-type]
        np.testing.assert_array_equal(w, 1)


def test_arrays_that_are_written_share_no_memory() -> None:
    w, g, m, v = (np.full(3, k, np.float64) for k in range(4))
    text = r"\[optimizer_step\] variables and slots must not share memory"
    for variables, gradients, slots in (
        ([w], [g], [[m, m]]),
        ([w], [w], [[m, v]]),
        ([w], [m], [[m, v]]),
        ([w, w], [g, g], [[m, v], [m + 0, v + 0]]),
    ):
        with pytest.raises(ValueError, match=text):
            _core.optimizer_step("adam", variables, gradients, slots, ADAM, 0)
    for array, value in zip((w, g, m, v), range(4)):
        np.testing.assert_array_equal(array, value)
    # One gradient for two variables is read only.
    slots = [[np.zeros(3), np.zeros(3)] for _ in range(2)]
    _core.optimizer_step("adam", [w, w + 1], [g, g], slots, ADAM, 0)


def read_only(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"kind": "lion"}, ValueError, "kind must be sgd, rmsprop or adam.*'lion'"),
        ({"variables": [read_only(np.ones(3))]}, ValueError, r"variables\[0\] is changed in place"),
        ({"gradients": [np.ones(4)]}, ValueError, r"gradients\[0\] must have .* \[3\].*\[4\]"),
        ({"gradients": []}, ValueError, "equally long"),
        ({"gradients": [np.ones(3, "float32")]}, TypeError, r"gradients\[0\] must have dtype"),
        ({"slots": [[np.ones(3)]]}, ValueError, r"slots\[0\] must hold 2 arrays"),
        ({"slots": [[np.ones(3), np.ones(6)[::2]]]}, ValueError, r"slots\[0\]\[1\] must be C-cont"),
        ({"hyper": SGD}, ValueError, "hyper must hold beta_1"),
        ({"hyper": ADAM | {"rho": 1.0}}, ValueError, "hyper must hold nothing .* rho"),
        ({"clip": ("norm", 1.0)}, ValueError, "clip must be none, clipnorm.*'norm'"),
        ({"clip": ("clipnorm", -1.0)}, ValueError, "greater than 0"),
        ({"weight_decay": [0.1, 0.2]}, ValueError, "equally long"),
    ],
)
def test_what_a_step_refuses(change: dict[str, Any], error: type[Exception], text: str) -> None:
    w = np.ones(3)
    call: dict[str, Any] = {
        "kind": "adam",
        "variables": [w],
        "gradients": [np.ones(3)],
        "slots": [[np.zeros(3), np.zeros(3)]],
        "hyper": ADAM,
        "iteration": 0,
    }
    with pytest.raises(error, match=r"\[optimizer_step\] .*" + text):
        _core.optimizer_step(**(call | change))
    np.testing.assert_array_equal(w, 1)

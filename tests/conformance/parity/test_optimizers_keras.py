"""Ten steps of SGD, RMSprop and Adam with every clip: oracle, Keras and tidegate agree."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from optimizer_cases import CASES, CLIPS, STEPS, OptimizerCase, expected, gradients, starts

import tidegate


def keywords(case: OptimizerCase, clip: tuple[str, float]) -> dict[str, object]:
    return case.hyper | ({clip[0]: clip[1]} if clip[0] != "none" else {})


@pytest.mark.parametrize("clip", CLIPS, ids=lambda c: c[0])
@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.name}-{'-'.join(c.hyper)}")
def test_ten_steps(case: OptimizerCase, clip: tuple[str, float]) -> None:
    by_oracle = expected(case, clip)
    theirs = getattr(keras.optimizers, case.name)(**keywords(case, clip))
    ours = getattr(tidegate.optimizers, case.name)(**keywords(case, clip))
    their_variables = [keras.Variable(v.astype(np.float32)) for v in starts()]
    our_variables = [tidegate.Variable(v.astype(np.float32)) for v in starts()]
    for step in range(1, STEPS + 1):
        rounded = [g.astype(np.float32) for g in gradients(step)]
        theirs.apply([keras.ops.convert_to_tensor(g) for g in rounded], their_variables)
        ours.apply([tidegate.convert_to_tensor(g) for g in rounded], our_variables)
    for exact, their, our in zip(by_oracle, their_variables, our_variables):
        keras_value = keras.ops.convert_to_numpy(their.value)
        np.testing.assert_allclose(keras_value, exact, rtol=2e-5, atol=2e-6)
        np.testing.assert_allclose(our.numpy(), keras_value, rtol=2e-5, atol=2e-6)

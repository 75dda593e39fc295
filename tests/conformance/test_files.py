"""300 random models through files of Keras' formats: outputs and further training, to the bit.

Twelve of them in the fast run, all with `slow`. Beside Keras: parity/test_files_keras.py.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from file_models import FileModel, train

import tidegate

FAST, ALL = range(12), range(12, 300)


def check(seed: int, folder: Path) -> None:
    case = FileModel(seed)
    model = case.build(tidegate)
    train(model, case, 2)
    model.save(folder / "m.keras")
    model.save_weights(folder / "w.weights.h5")
    loaded = tidegate.models.load_model(folder / "m.keras")
    other = case.build(tidegate)
    other.load_weights(folder / "w.weights.h5")
    wanted = model.predict(case.x, verbose=0)
    for again in (loaded, other):
        np.testing.assert_array_equal(again.predict(case.x, verbose=0), wanted)
    for one in (model, loaded, other):
        train(one, case, 3)
    for again in (loaded, other):
        assert int(again.optimizer.iterations) == 5
        for a, b in zip(again.variables, model.variables, strict=True):
            np.testing.assert_array_equal(a.numpy(), b.numpy(), err_msg=b.path)
    assert loaded.to_json() == model.to_json()


@pytest.mark.parametrize("seed", FAST)
def test_round_trip(seed: int, tmp_path: Path) -> None:
    check(seed, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", ALL)
def test_every_round_trip(seed: int, tmp_path: Path) -> None:
    check(seed, tmp_path)

"""How the parity tests run: Keras on torch, one thread each, the peers' own warnings let through.

Keras reads its backend when it is imported, so this file comes first. One thread, because two
packages whose OpenMP teams wait for work beside each other on few cores mostly wait.
"""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "torch"

from pathlib import Path

import keras
import pytest
import torch

import tidegate

pytest.register_assert_rewrite("layer_check")

# Keras hands NumPy 2 objects of torch whose __array__ takes no copy argument: not ours to mend.
PEERS = "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings(PEERS))


@pytest.fixture(autouse=True, scope="session")
def _one_thread_each() -> None:
    torch.set_num_threads(1)
    tidegate.set_num_threads(1)


@pytest.fixture(autouse=True)
def _same_weights_in_any_order() -> None:
    """Keras' unseeded initializers draw the same for a test, whatever ran before it."""
    keras.utils.set_random_seed(0)

"""What training goes on from: weights, optimizer, states of generators, place in the data.

One safetensors file, written atomically: a run that is killed leaves the old state or the new one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

from .. import random
from ..errors import message
from ..random import SeedGenerator
from . import safetensors

__all__ = ["load_training_state", "save_training_state"]


def _generators(model: Any) -> Iterator[SeedGenerator]:
    """The generators of all layers, in the order of layers and attributes."""
    for layer in model.flatten_layers():
        for value in vars(layer).values():
            for item in value if isinstance(value, (list, tuple)) else (value,):
                if isinstance(item, SeedGenerator) and item is not model._shuffle_seed:
                    yield item


def _variables(model: Any) -> dict[str, Any]:
    found = {f"model/{i}": variable for i, variable in enumerate(model.variables)}
    optimizer = {f"optimizer/{i}": v for i, v in enumerate(model.optimizer.variables)}
    return {**found, **optimizer}


def save_training_state(
    model: Any, path: str | os.PathLike[str], epoch: int, batch: int, position: Any
) -> None:
    """Write the state of a model that is being trained.

    Args:
        epoch: the epoch to go on with.
        batch: how many of its batches are done.
        position: of ``Batches``.
    """
    shuffle = model._shuffle_seed
    state = {
        "epoch": epoch,
        "batch": batch,
        "position": position,
        "shuffle": None if shuffle is None else list(shuffle.state),
        "global": list(random.global_seed_generator().state),
        "generators": [list(generator.state) for generator in _generators(model)],
    }
    tensors = {name: variable.numpy() for name, variable in _variables(model).items()}
    safetensors.write(path, tensors, {"training": json.dumps(state)})


def load_training_state(model: Any, path: str | os.PathLike[str]) -> tuple[int, int, Any]:
    """The inverse of ``save_training_state``; gives ``(epoch, batch, position)``.

    Raises:
        ValueError: a state of another model or optimizer; nothing is changed then.
        OSError: what the file system says.
    """
    tensors, metadata = safetensors.read(path)
    variables, generators = _variables(model), list(_generators(model))
    state = json.loads(metadata.get("training", "{}"))
    mine = {name: tuple(variable.shape) for name, variable in variables.items()}
    found = {name: array.shape for name, array in tensors.items()}
    if mine != found or len(state.get("generators", ())) != len(generators):
        wrong = sorted(set(mine.items()) ^ set(found.items()))
        raise ValueError(
            message(
                "BackupAndRestore",
                f"the backup {os.fspath(path)!r} must be one of this model and optimizer",
                f"differences {wrong[:4]}",
                "use a folder of its own for each training",
            )
        )
    for name, variable in variables.items():
        variable.assign(tensors[name])
    for generator, value in zip(generators, state["generators"], strict=True):
        generator.state = value
    random.global_seed_generator().state = state["global"]
    if state["shuffle"] is not None:
        model._shuffle_seed.state = state["shuffle"]
    return state["epoch"], state["batch"], state["position"]

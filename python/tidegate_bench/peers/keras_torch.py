"""How a Keras layer is called on its torch backend."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from tidegate_bench.peers.base import Variant, named_gradients


def set_threads(threads: int) -> None:
    torch.set_num_threads(threads)


def version() -> str:
    return torch.__version__


def inference(layer: Any, x: np.ndarray) -> list[Variant]:
    tensor = torch.from_numpy(x)

    def run() -> np.ndarray:
        with torch.inference_mode():
            return layer(tensor, training=False).numpy()

    return [Variant("inference_mode", run, lambda: {"y": run()})]


def training(layer: Any, x: np.ndarray, dy: np.ndarray) -> list[Variant]:
    tensor, upstream = torch.from_numpy(x).requires_grad_(True), torch.from_numpy(dy)
    variables = [v.value for v in layer.trainable_weights]

    def run() -> list[np.ndarray]:
        y = layer(tensor, training=True)
        return [g.numpy() for g in torch.autograd.grad(y, [tensor, *variables], upstream)]

    return [Variant("autograd", run, lambda: named_gradients(run()))]


def steps(layer: Any, xs: np.ndarray) -> list[Variant]:
    """A stateful layer, one step per call."""
    tensors = [torch.from_numpy(x[None]) for x in xs]

    def step(t: Any = tensors[0]) -> np.ndarray:
        with torch.no_grad():
            return layer(t, training=False).numpy()

    def check() -> dict[str, np.ndarray]:
        layer.reset_states()
        return {"y": np.stack([step(t).copy() for t in tensors])}

    return [Variant("no_grad, stateful", step, check)]

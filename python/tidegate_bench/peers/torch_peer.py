"""PyTorch: nn.LSTM, nn.GRU, nn.RNN, time-major, oneDNN or its own loop, whichever is faster."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from tidegate_bench.harness.data import Data
from tidegate_bench.harness.tasks import Task
from tidegate_bench.peers.base import Variant, batch_major, gate_columns, named_gradients
from tidegate_bench.peers.torch_fit import fit_variants

CELLS = {"simple_rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}
STEP_CELLS = {
    "simple_rnn": torch.nn.RNNCell,
    "lstm": torch.nn.LSTMCell,
    "gru": torch.nn.GRUCell,
}
# torch's gates: i f g o as Keras' i f c o; r z n where Keras has z r h.
ORDERS = {"simple_rnn": (0,), "lstm": (0, 1, 2, 3), "gru": (1, 0, 2)}


def parameters(task: Task, data: Data) -> list[torch.Tensor]:
    """weight_ih, weight_hh, bias_ih, bias_hh of each direction."""
    result = []
    for kernel, recurrent, bias in data["weights"]:
        order = ORDERS[task.cell]
        both = bias if bias.ndim == 2 else np.stack([bias, np.zeros_like(bias)])
        arrays = [gate_columns(kernel, order).T, gate_columns(recurrent, order).T]
        arrays += [gate_columns(row, order) for row in both]
        result += [torch.from_numpy(np.ascontiguousarray(a)) for a in arrays]
    return result


def build(task: Task, data: Data, batch_first: bool = False) -> torch.nn.Module:
    """The layer with the task's weights."""
    layer = CELLS[task.cell](
        task.input_dim, task.units, bidirectional=task.bidirectional, batch_first=batch_first
    )
    load(layer, parameters(task, data))
    return layer


def load(layer: torch.nn.Module, values: list[torch.Tensor]) -> None:
    with torch.no_grad():
        for parameter, value in zip(layer.parameters(), values, strict=True):
            parameter.copy_(value)


def keras_parameters(task: Task, values: list[torch.Tensor]) -> list[np.ndarray]:
    """Each direction's four parameters, or their gradients, as Keras has them."""
    order = ORDERS[task.cell]
    result = []
    for start in range(0, len(values), 4):
        ih, hh, bias_ih, bias_hh = [v.detach().numpy() for v in values[start : start + 4]]
        result += [gate_columns(ih.T, order), gate_columns(hh.T, order)]
        rows = [gate_columns(bias_ih, order), gate_columns(bias_hh, order)]
        result.append(np.stack(rows) if task.cell == "gru" else rows[0])
    return result


class Peer:
    """See `base.Peer`."""

    def __init__(self, threads: int) -> None:
        torch.set_num_threads(threads)
        torch.set_num_interop_threads(1)

    def versions(self) -> dict[str, str]:
        return {"torch": torch.__version__}

    def variants(self, task: Task, data: Data) -> list[Variant]:
        if task.kind == "fit":
            return fit_variants(task, data, build(task, data, batch_first=True), keras_parameters)
        if task.kind == "step":
            return [_cell_step(task, data), _layer_step(task, data)]
        variant = _sequence(task, data)
        if task.cell != "lstm":  # torch calls oneDNN for the LSTM alone
            return [variant]
        return [_with_mkldnn(variant, True), _with_mkldnn(variant, False)]


def _with_mkldnn(variant: Variant, enabled: bool) -> Variant:
    def switched(function: Callable[[], Any]) -> Callable[[], Any]:
        def call() -> Any:
            torch.backends.mkldnn.set_flags(enabled)
            return function()

        return call

    name = f"{variant.name}, {'oneDNN' if enabled else 'own loop'}"
    return Variant(name, switched(variant.run), switched(variant.check))


def _sequence(task: Task, data: Data) -> Variant:
    layer = build(task, data)
    x = torch.from_numpy(batch_major(data["x"]))
    dy = torch.from_numpy(batch_major(data["dy"]))

    def inference() -> torch.Tensor:
        with torch.inference_mode():
            return layer(x)[0]

    def training() -> tuple[torch.Tensor, ...]:
        y = layer(x)[0]
        return torch.autograd.grad(y, [x, *layer.parameters()], dy)

    if task.kind == "inference":
        layer.eval()
        return Variant("inference_mode", inference, lambda: {"y": batch_major(inference().numpy())})
    x.requires_grad_(True)

    def check_training() -> dict[str, np.ndarray]:
        dx, *gradients = training()
        return named_gradients([batch_major(dx.numpy()), *keras_parameters(task, gradients)])

    return Variant("autograd", training, check_training)


def _cell_step(task: Task, data: Data) -> Variant:
    cell = STEP_CELLS[task.cell](task.input_dim, task.units)
    load(cell, parameters(task, data))
    zero = torch.zeros(1, task.units)
    start: Any = (zero, zero) if task.cell == "lstm" else zero
    xs = torch.from_numpy(data["xs"])
    held = [start]

    def step(x: torch.Tensor = xs[0]) -> torch.Tensor:
        with torch.inference_mode():
            held[0] = cell(x, held[0])
            return held[0][0] if task.cell == "lstm" else held[0]

    def check() -> dict[str, np.ndarray]:
        held[0] = start
        return {"y": np.stack([step(x).numpy().copy() for x in xs])}

    return Variant(type(cell).__name__, step, check)


def _layer_step(task: Task, data: Data) -> Variant:
    layer = build(task, data).eval()
    zero = torch.zeros(1, 1, task.units)
    start: Any = (zero, zero) if task.cell == "lstm" else zero
    xs = torch.from_numpy(data["xs"])[:, None]
    held = [start]

    def step(x: torch.Tensor = xs[0]) -> torch.Tensor:
        with torch.inference_mode():
            y, held[0] = layer(x, held[0])
            return y

    def check() -> dict[str, np.ndarray]:
        held[0] = start
        return {"y": np.concatenate([step(x).numpy().copy() for x in xs])}

    return Variant(f"nn.{type(layer).__name__}, T = 1", step, check)

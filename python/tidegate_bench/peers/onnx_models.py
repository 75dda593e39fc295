"""One recurrent operator as an ONNX model with its weights inside."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tidegate_bench.harness.data import Data
from tidegate_bench.harness.tasks import Task
from tidegate_bench.peers.base import gate_columns

OPERATORS = {"simple_rnn": "RNN", "lstm": "LSTM", "gru": "GRU"}
# ONNX has i o f c for the LSTM and z r h for the GRU.
ORDERS = {"simple_rnn": (0,), "lstm": (0, 3, 1, 2), "gru": (0, 1, 2)}


def _initializers(task: Task, data: Data) -> dict[str, np.ndarray]:
    """W [D, GH, I], R [D, GH, H], B [D, 2GH]."""
    order = ORDERS[task.cell]
    parts: dict[str, list[np.ndarray]] = {"W": [], "R": [], "B": []}
    for kernel, recurrent, bias in data["weights"]:
        both = bias if bias.ndim == 2 else np.stack([bias, np.zeros_like(bias)])
        parts["W"].append(gate_columns(kernel, order).T)
        parts["R"].append(gate_columns(recurrent, order).T)
        parts["B"].append(np.concatenate([gate_columns(row, order) for row in both]))
    return {name: np.ascontiguousarray(np.stack(value)) for name, value in parts.items()}


def build(task: Task, data: Data) -> bytes:
    """X [T, B, I] to Y [T, D, B, H]; a step also takes h (and c) and returns them."""
    step = task.kind == "step"
    states = (["h", "c"] if task.cell == "lstm" else ["h"]) if step else []
    state_shape = [task.directions, task.batch, task.units]
    attributes: dict[str, Any] = {"hidden_size": task.units}
    if task.bidirectional:
        attributes["direction"] = "bidirectional"
    if task.cell == "gru":
        attributes["linear_before_reset"] = 1
    node = helper.make_node(
        OPERATORS[task.cell],
        ["X", "W", "R", "B", "", *states],
        ["Y", *(f"{s}_out" for s in states)],
        **attributes,
    )

    def value(name: str, shape: list[int]) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    graph = helper.make_graph(
        [node],
        "layer",
        [value("X", [task.steps, task.batch, task.input_dim])]
        + [value(s, state_shape) for s in states],
        [value("Y", [task.steps, task.directions, task.batch, task.units])]
        + [value(f"{s}_out", state_shape) for s in states],
        [numpy_helper.from_array(a, name) for name, a in _initializers(task, data).items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def sequence(y: np.ndarray) -> np.ndarray:
    """Y [T, D, B, H] as [B, T, D*H]."""
    steps, directions, batch, units = y.shape
    return np.ascontiguousarray(y.transpose(2, 0, 1, 3)).reshape(batch, steps, directions * units)

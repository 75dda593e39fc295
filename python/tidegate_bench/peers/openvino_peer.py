"""OpenVINO on the CPU: the same ONNX operator, in an inference request of its own."""

from __future__ import annotations

import numpy as np
import openvino

from tidegate_bench.harness.data import Data
from tidegate_bench.harness.tasks import Task
from tidegate_bench.peers.base import Variant, batch_major
from tidegate_bench.peers.onnx_models import build, sequence


class Peer:
    """See `base.Peer`."""

    def __init__(self, threads: int) -> None:
        self._core = openvino.Core()
        # float32 as for everyone: where there is AMX it would take bfloat16 by itself.
        options = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
        self._core.set_property("CPU", options | {"INFERENCE_PRECISION_HINT": "f32"})

    def versions(self) -> dict[str, str]:
        return {"openvino": openvino.__version__}

    def variants(self, task: Task, data: Data) -> list[Variant]:
        if task.kind not in ("inference", "step"):
            return []
        model = self._core.read_model(build(task, data), b"")
        request = self._core.compile_model(model, "CPU").create_infer_request()
        return [_step(request, task, data) if task.kind == "step" else _sequence(request, data)]


def _sequence(request: openvino.InferRequest, data: Data) -> Variant:
    request.set_input_tensor(0, openvino.Tensor(batch_major(data["x"]), shared_memory=False))

    def check() -> dict[str, np.ndarray]:
        request.infer()
        return {"y": sequence(request.get_output_tensor(0).data)}

    return Variant("infer, bound tensors", request.infer, check)


def _step(request: openvino.InferRequest, task: Task, data: Data) -> Variant:
    states = range(1, 3 if task.cell == "lstm" else 2)
    x = request.get_input_tensor(0).data
    x[:] = data["xs"][0]

    def step() -> np.ndarray:
        request.infer()
        for k in states:
            request.get_input_tensor(k).data[:] = request.get_output_tensor(k).data
        return request.get_output_tensor(0).data

    def check() -> dict[str, np.ndarray]:
        for k in states:
            request.get_input_tensor(k).data[:] = 0
        outputs = []
        for value in data["xs"]:
            x[:] = value
            outputs.append(step()[0, 0].copy())
        return {"y": np.stack(outputs)}

    return Variant("infer, bound tensors", step, check)

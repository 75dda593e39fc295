"""onnxruntime on the CPU: one operator, plain `run` or with outputs bound beforehand."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime as ort

from tidegate_bench.harness.data import Data
from tidegate_bench.harness.tasks import Task
from tidegate_bench.peers.base import Variant, batch_major
from tidegate_bench.peers.onnx_models import build, sequence


class Peer:
    """See `base.Peer`."""

    def __init__(self, threads: int) -> None:
        self._options = ort.SessionOptions()
        self._options.intra_op_num_threads = threads
        self._options.inter_op_num_threads = 1
        self._options.log_severity_level = 3

    def versions(self) -> dict[str, str]:
        return {"onnxruntime": ort.__version__}

    def variants(self, task: Task, data: Data) -> list[Variant]:
        if task.kind not in ("inference", "step"):
            return []
        session = ort.InferenceSession(
            build(task, data), self._options, providers=["CPUExecutionProvider"]
        )
        if task.kind == "inference":
            return [_sequence(session, data), _bound_sequence(session, task, data)]
        return [_step(session, task, data), _bound_step(session, task, data)]


def _sequence(session: Any, data: Data) -> Variant:
    feed = {"X": batch_major(data["x"])}

    def run() -> np.ndarray:
        return session.run(None, feed)[0]

    return Variant("run", run, lambda: {"y": sequence(run())})


def _bound_sequence(session: Any, task: Task, data: Data) -> Variant:
    y = ort.OrtValue.ortvalue_from_shape_and_type(
        [task.steps, task.directions, task.batch, task.units], np.float32
    )
    binding = session.io_binding()
    binding.bind_ortvalue_input("X", ort.OrtValue.ortvalue_from_numpy(batch_major(data["x"])))
    binding.bind_ortvalue_output("Y", y)

    def run() -> None:
        session.run_with_iobinding(binding)

    def check() -> dict[str, np.ndarray]:
        run()
        return {"y": sequence(y.numpy())}

    return Variant("run_with_iobinding", run, check)


def _states(task: Task) -> list[str]:
    return ["h", "c"] if task.cell == "lstm" else ["h"]


def _step(session: Any, task: Task, data: Data) -> Variant:
    names = _states(task)
    zero = np.zeros((1, 1, task.units), np.float32)
    feed = {"X": data["xs"][:1], **dict.fromkeys(names, zero)}

    def step() -> np.ndarray:
        y, *states = session.run(None, feed)
        feed.update(zip(names, states))
        return y

    def check() -> dict[str, np.ndarray]:
        feed.update(dict.fromkeys(names, zero))
        outputs = []
        for x in data["xs"]:
            feed["X"] = x[None]
            outputs.append(step()[0, 0])
        return {"y": np.stack(outputs)}

    return Variant("run", step, check)


def _bound_step(session: Any, task: Task, data: Data) -> Variant:
    """Inputs and outputs bound once, twice over: the states swap places in every step."""
    names = _states(task)
    shape = [1, 1, task.units]

    def fresh(shape: list[int]) -> Any:
        return ort.OrtValue.ortvalue_from_numpy(np.zeros(shape, np.float32))

    x, y = fresh([1, 1, task.input_dim]), fresh([1, 1, 1, task.units])
    sides = [{name: fresh(shape) for name in names} for _ in range(2)]
    bindings = []
    for side in range(2):
        binding = session.io_binding()
        binding.bind_ortvalue_input("X", x)
        binding.bind_ortvalue_output("Y", y)
        for name in names:
            binding.bind_ortvalue_input(name, sides[side][name])
            binding.bind_ortvalue_output(f"{name}_out", sides[1 - side][name])
        bindings.append(binding)
    turn = [0]

    def step() -> np.ndarray:
        session.run_with_iobinding(bindings[turn[0]])
        turn[0] = 1 - turn[0]
        return y.numpy()  # the caller wants the step's output as an array

    def check() -> dict[str, np.ndarray]:
        for name in names:
            sides[turn[0]][name].update_inplace(np.zeros(shape, np.float32))
        outputs = []
        for value in data["xs"]:
            x.update_inplace(value[None])
            outputs.append(step()[0, 0].copy())
        return {"y": np.stack(outputs)}

    return Variant("run_with_iobinding", step, check)

"""cuDNN through torch, one LSTM or GRU layer over 512 steps: microseconds per step.

    python3 benchmarks/gpu/peers.py --json peers.json [--graph]

Time-major input with I = H, four input sets in rotation, CUDA events, medians. `float32` is true
float32, `tf32` float32 with TF32 products allowed. Forward runs under inference_mode; forward plus
backward computes the gradients of x and of every weight. With --graph every call is captured once
in a CUDA graph and replayed, which takes the host out of the time.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

STEPS = 512
SETS = 4
DTYPES = {
    "float32": torch.float32,
    "tf32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}


def median_us(calls: list[Callable[[], object]], budget: float) -> tuple[float, float]:
    """Median and smallest time of a call, in microseconds per step."""
    for call in calls[:2]:
        call()
    torch.cuda.synchronize()
    start = time.perf_counter()
    calls[0]()
    torch.cuda.synchronize()
    once = time.perf_counter() - start
    repeats = max(7, min(30, int(budget / once)))
    times = []
    for i in range(repeats):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        calls[i % len(calls)]()
        end.record()
        end.synchronize()
        times.append(begin.elapsed_time(end) * 1000 / STEPS)
    return statistics.median(times), min(times)


def captured(call: Callable[[], object]) -> Callable[[], object]:
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(2):
            call()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        call()
    return graph.replay


def forward_call(layer: torch.nn.Module, x: torch.Tensor) -> Callable[[], object]:
    def call() -> object:
        with torch.inference_mode():
            return layer(x)

    return call


def training_call(
    layer: torch.nn.Module, x: torch.Tensor, dy: torch.Tensor
) -> Callable[[], object]:
    wanted = [x, *layer.parameters()]

    def call() -> object:
        y, _ = layer(x)
        return torch.autograd.grad(y, wanted, dy)

    return call


def row(cell: str, units: int, batch: int, name: str, graph: bool, budget: float) -> dict:
    torch.backends.cudnn.allow_tf32 = name == "tf32"
    torch.backends.cuda.matmul.allow_tf32 = name == "tf32"
    dtype = DTYPES[name]
    layer = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[cell](units, units).cuda().to(dtype)
    layer.flatten_parameters()
    shape = (STEPS, batch, units)
    xs = [torch.randn(shape, device="cuda", dtype=dtype) for _ in range(SETS)]
    dys = [torch.randn(shape, device="cuda", dtype=dtype) for _ in range(SETS)]
    result = {"cell": cell, "units": units, "batch": batch, "dtype": name, "graph": graph}
    forward = [forward_call(layer, x) for x in xs]
    training = [training_call(layer, x.requires_grad_(), dy) for x, dy in zip(xs, dys)]
    for kind, calls in (("forward", forward), ("both", training)):
        try:
            if graph:
                calls = [captured(call) for call in calls]
            median, least = median_us(calls, budget)
            result[kind] = {"us": round(median, 4), "least_us": round(least, 4)}
        except RuntimeError as error:
            result[kind] = {"error": str(error).splitlines()[0][:200]}
    return result


def kernels(cell: str, units: int, batch: int, name: str) -> list[str]:
    """Names of the kernels that take most of a forward call: which algorithm cuDNN chose."""
    from torch.profiler import ProfilerActivity, profile

    torch.backends.cudnn.allow_tf32 = name == "tf32"
    layer = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[cell](units, units).cuda()
    layer = layer.to(DTYPES[name])
    x = torch.randn(STEPS, batch, units, device="cuda", dtype=DTYPES[name])
    call = forward_call(layer, x)
    call()
    with profile(activities=[ProfilerActivity.CUDA]) as trace:
        call()
        torch.cuda.synchronize()
    events = sorted(trace.key_averages(), key=lambda e: -e.device_time_total)[:3]
    return [f"{e.count} x {e.key[:120]}" for e in events]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", required=True)
    parser.add_argument("--graph", action="store_true")
    parser.add_argument("--units", type=int, nargs="+", default=[128, 256, 512, 768, 1024])
    parser.add_argument("--batch", type=int, nargs="+", default=[1, 16, 64, 128])
    parser.add_argument("--dtypes", nargs="+", default=list(DTYPES))
    parser.add_argument("--budget", type=float, default=0.1, help="seconds per number")
    parser.add_argument("--limit", type=float, default=200, help="seconds for everything")
    args = parser.parse_args()
    start = time.perf_counter()
    report: dict = {
        "torch": torch.__version__,
        "cudnn": torch.backends.cudnn.version(),
        "device": torch.cuda.get_device_name(),
        "steps": STEPS,
        "rows": [],
    }
    for name in args.dtypes:
        for cell in ("lstm", "gru"):
            for units in args.units:
                for batch in args.batch:
                    if time.perf_counter() - start > args.limit:
                        print("out of time", file=sys.stderr)
                        break
                    report["rows"].append(row(cell, units, batch, name, args.graph, args.budget))
        Path(args.json).write_text(json.dumps(report, indent=1))
    if not args.graph:
        report["kernels"] = {
            f"{cell} {units} {batch} {name}": kernels(cell, units, batch, name)
            for cell in ("lstm", "gru")
            for units, batch in ((128, 16), (512, 64))
            for name in args.dtypes
        }
    Path(args.json).write_text(json.dumps(report, indent=1))
    for r in report["rows"]:
        f, b = (r[k].get("us", r[k].get("error", "")[:20]) for k in ("forward", "both"))
        print(r["dtype"], r["cell"], r["units"], r["batch"], f, b)


if __name__ == "__main__":
    main()

"""Our layer beside cuDNN through torch: microseconds per step, one run, same sizes.

    TIDEGATE_CUDA_LIBRARY=... python3 benchmarks/gpu/layers.py --json layers.json

Whole layers with I = H over 512 steps: the input product, the sweep and, backward, the gradients of
x, W, U and b. Everyone has the layout of its users: torch time-major, ours batch-major; ours packs
U anew in every training call. CUDA events, medians, four input sets in rotation. Each is timed as
called (`eager`) and replayed from a CUDA graph, where the host takes no part (`graph`); `sweep` is
our sequential kernel alone. Before it is timed, our result is compared with torch's in float64.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

from peers import DTYPES, SETS, STEPS, captured, forward_call, median_us, training_call

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "cuda"))
from layer import Layer


def torch_layer(cell: str, units: int, dtype: torch.dtype) -> torch.nn.Module:
    layer = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[cell](units, units)
    layer = layer.cuda().to(dtype)
    layer.flatten_parameters()
    return layer


def keras_order(t: torch.Tensor, cell: str) -> torch.Tensor:
    """torch's rows [G*H, ...] in Keras' order of gates: the GRU's r z n become z r h."""
    if cell == "lstm":
        return t
    r, z, n = t.chunk(3)
    return torch.cat([z, r, n])


def ours_from(layer: torch.nn.Module, cell: str, name: str) -> Layer:
    """Our layer with the same weights."""
    W, U, b, v = (keras_order(p.detach(), cell) for p in layer.parameters())
    bias = (b + v).float() if cell == "lstm" else torch.stack([b, v]).float()
    return Layer(cell, name, W.t().contiguous(), U.t().contiguous(), bias.contiguous())


def relative(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((a.double() - b).norm() / b.norm())


def errors(layer: torch.nn.Module, ours: Layer, x: torch.Tensor, dy: torch.Tensor) -> dict:
    """Errors of y, dx and dU against torch in float64: ours, and torch's own at this dtype."""
    wide = type(layer)(ours.units, ours.units).cuda().double()
    wide.load_state_dict(layer.state_dict())
    results = {}
    for who, module in (("exact", wide), ("torch", layer)):
        kind = next(module.parameters()).dtype
        xt = x.detach().transpose(0, 1).to(kind).contiguous().requires_grad_()
        y, _ = module(xt)
        grads = torch.autograd.grad(
            y, [xt, module.weight_hh_l0], dy.transpose(0, 1).to(kind).contiguous()
        )
        dU = keras_order(grads[1], ours.cell).t()
        results[who] = [y.detach().transpose(0, 1), grads[0].transpose(0, 1), dU]
    y, _, _, kept = ours.forward(x, training=True)
    back = ours.backward(kept, dy)
    results["ours"] = [y, back["dx"], back["dU"]]
    return {
        who: [round(relative(a, b), 7) for a, b in zip(results[who], results["exact"])]
        for who in ("ours", "torch")
    }


def our_calls(ours: Layer, xs: list, dys: list) -> dict[str, list[Callable[[], object]]]:
    def both(x: torch.Tensor, dy: torch.Tensor) -> Callable[[], object]:
        def call() -> object:
            ours.pack()
            kept = ours.forward(x, training=True)[3]
            return ours.backward(kept, dy)

        return call

    projected = [ours.project(x) for x in xs]
    kept = [ours.forward(x, training=True)[3] for x in xs]
    return {
        "forward": [lambda x=x: ours.forward(x) for x in xs],
        "both": [both(x, dy) for x, dy in zip(xs, dys)],
        "sweep forward": [lambda x=x, g=g: ours.forward(x, gates=g) for x, g in zip(xs, projected)],
        "sweep backward": [lambda k=k, dy=dy: ours.sweep_back(k, dy) for k, dy in zip(kept, dys)],
    }


def timed(calls: list[Callable[[], object]], budget: float, graph: bool) -> float | str:
    try:
        if graph:
            calls = [captured(call) for call in calls]
        return round(median_us(calls, budget)[0], 4)
    except RuntimeError as error:
        return str(error).splitlines()[0][:100]


def row(cell: str, units: int, batch: int, name: str, args: argparse.Namespace) -> dict:
    torch.backends.cudnn.allow_tf32 = name == "tf32"
    torch.backends.cuda.matmul.allow_tf32 = name == "tf32"
    dtype = DTYPES[name]
    layer = torch_layer(cell, units, dtype)
    ours = ours_from(layer, cell, name)
    xs, dys = (
        [torch.randn(batch, STEPS, units, device="cuda", dtype=dtype) for _ in range(SETS)]
        for _ in range(2)
    )
    plan = ours.plan(batch)
    result = {
        "cell": cell, "units": units, "batch": batch, "dtype": name,
        "plan": [plan.cluster, plan.clusters, plan.rows],
    }  # fmt: skip
    result["errors"] = errors(layer, ours, xs[0], dys[0])
    calls = our_calls(ours, xs, dys)
    for kind in ("sweep forward", "sweep backward"):
        result[kind] = timed(calls[kind], args.budget, True)
    for kind in ("forward", "both"):
        result[f"ours {kind}"] = {
            "eager": timed(calls[kind], args.budget, False),
            "graph": timed(calls[kind], args.budget, True),
        }
    if args.torch:
        txs = [x.transpose(0, 1).contiguous() for x in xs]
        tdys = [dy.transpose(0, 1).contiguous() for dy in dys]
        peer = {
            "forward": [forward_call(layer, x) for x in txs],
            "both": [training_call(layer, x.requires_grad_(), dy) for x, dy in zip(txs, tdys)],
        }
        for kind, kind_calls in peer.items():
            result[f"torch {kind}"] = {
                "eager": timed(kind_calls, args.budget, False),
                "graph": timed(kind_calls, args.budget, True),
            }
    return result


def line(r: dict) -> str:
    cells = [f"{r['dtype']:9}{r['cell']:5}{r['units']:5}{r['batch']:4} {r['plan']!s:14}"]
    cells += [f"{r[k]!s:.7}" for k in ("sweep forward", "sweep backward")]
    for kind in ("forward", "both"):
        for who in ("ours", "torch"):
            if f"{who} {kind}" in r:
                cells += [f"{r[f'{who} {kind}'][how]!s:.7}" for how in ("eager", "graph")]
    cells += [f"{e:.1e}" for who in ("ours", "torch") for e in r["errors"][who]]
    return " ".join(cells)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", required=True)
    parser.add_argument("--units", type=int, nargs="+", default=[128, 256, 512, 768, 1024])
    parser.add_argument("--batch", type=int, nargs="+", default=[1, 16, 64, 128])
    parser.add_argument("--dtypes", nargs="+", default=["bfloat16", "tf32", "float16"])
    parser.add_argument("--cells", nargs="+", default=["lstm", "gru"])
    parser.add_argument("--budget", type=float, default=0.05, help="seconds per number")
    parser.add_argument("--limit", type=float, default=150, help="seconds for everything")
    parser.add_argument("--no-torch", dest="torch", action="store_false")
    args = parser.parse_args()
    start = time.perf_counter()
    report = {
        "torch": torch.__version__,
        "cudnn": torch.backends.cudnn.version(),
        "device": torch.cuda.get_device_name(),
        "steps": STEPS,
        "rows": [],
    }
    print("dtype cell H B [cluster, clusters, rows] sweep f, b; forward ours eager, graph,")
    print("torch eager, graph; both alike; errors of y, dx, dU: ours, torch's")
    for name in args.dtypes:
        for cell in args.cells:
            for units in args.units:
                for batch in args.batch:
                    if time.perf_counter() - start > args.limit:
                        continue
                    try:
                        report["rows"].append(row(cell, units, batch, name, args))
                        print(line(report["rows"][-1]), flush=True)
                    except RuntimeError as error:
                        print(name, cell, units, batch, str(error).splitlines()[0], flush=True)
                    torch.cuda.empty_cache()
    Path(args.json).write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()

"""The device's sweeps beside the float64 NumPy oracle. Skipped where there is no device.

TIDEGATE_CUDA_LIBRARY=build/cuda/libtidegate_cuda.so pytest tests/cuda
"""

from __future__ import annotations

import os

import numpy as np
import pytest

if not os.environ.get("TIDEGATE_CUDA_LIBRARY"):
    pytest.skip("TIDEGATE_CUDA_LIBRARY is not set", allow_module_level=True)
torch = pytest.importorskip("torch")
if not torch.cuda.is_available():
    pytest.skip("no CUDA device", allow_module_level=True)

from layer import TORCH, Layer  # noqa: E402

from tidegate.reference import Weights, recurrent_backward, recurrent_forward  # noqa: E402

# Largest norm of the error over the norm of the value; operands have 8, 11, 11 and 24 bits.
LIMITS = {"bfloat16": 2e-2, "float16": 3e-3, "tf32": 2e-3, "float32": 1e-5}
UNITS = {
    "bfloat16": (128, 256, 512, 768, 1024),
    "float16": (128, 256, 512, 768, 1024),
    "tf32": (128, 256, 512),
    "float32": (128, 256, 512),
}
SHAPES = [(c, d, h) for d, hs in UNITS.items() for h in hs for c in ("lstm", "gru")]


def error(value: torch.Tensor, expected: np.ndarray) -> float:
    got = value.double().cpu().numpy()
    assert np.isfinite(got).all()
    norm = np.linalg.norm(expected)
    return float(np.linalg.norm(got - expected) / norm) if norm else float(np.abs(got).max())


def draw(rng: np.random.Generator, dtype: torch.dtype, *shape: int, scale: float = 1.0):
    return torch.tensor(rng.normal(size=shape) * scale).to("cuda", dtype)


def host(t: torch.Tensor | None) -> np.ndarray | None:
    return None if t is None else t.double().cpu().numpy()


def compare(
    cell: str, dtype: str, units: int, batch: int, steps: int, *, ragged=False, zero=False, seed=0
) -> dict[str, float]:
    """Errors of everything that a forward and a backward pass give, with every optional input."""
    torch.backends.cuda.matmul.allow_tf32 = dtype == "tf32"
    rng = np.random.default_rng(seed + units + batch + steps)
    kind, width = TORCH[dtype], 48
    columns = (4 if cell == "lstm" else 3) * units
    W = draw(rng, kind, width, columns, scale=width**-0.5)
    U = draw(rng, kind, units, columns, scale=units**-0.5)
    bias_shape = (columns,) if cell == "lstm" else (2, columns)
    b = draw(rng, torch.float32, *bias_shape, scale=0.3)
    x = draw(rng, kind, batch, steps, width)
    h0, dh, dc = (draw(rng, torch.float32, batch, units, scale=0.5) for _ in range(3))
    c0 = draw(rng, torch.float32, batch, units) if cell == "lstm" else None
    dc = dc if cell == "lstm" else None
    dy = draw(rng, kind, batch, steps, units)
    lengths = mask = None
    if ragged:
        numbers = rng.integers(0, steps + 1, batch)
        lengths = torch.tensor(numbers, dtype=torch.int32, device="cuda")
        mask = np.arange(steps)[None] < numbers[:, None]

    layer = Layer(cell, dtype, W, U, b)
    y, h, c, kept = layer.forward(x, h0, c0, lengths, training=True, zero_masked=zero)
    plain = layer.forward(x, h0, c0, lengths, zero_masked=zero)
    assert torch.equal(plain[0], y)
    assert torch.equal(plain[1], h)
    got = layer.backward(kept, dy, dh=dh, dc=dc, zero_masked=zero)

    start = (host(h0),) if c0 is None else (host(h0), host(c0))
    weights = Weights(host(W), host(U), host(b))
    run = recurrent_forward(
        cell, host(x), [weights], initial_state=[start], mask=mask, return_sequences=True,
        zero_output_for_mask=zero,
    )  # fmt: skip
    ends = (host(dh),) if dc is None else (host(dh), host(dc))
    expected = recurrent_backward(run, host(dy), [ends])
    dW, dU, db = expected.weights[0]
    errors = {
        "y": error(y, run.y),
        "h": error(h, run.states[0][0]),
        "dx": error(got["dx"], expected.dx),
        "dW": error(got["dW"], dW),
        "dU": error(got["dU"], dU),
        "db": error(got["db"], db),
        "dh0": error(got["dh0"], expected.states[0][0]),
    }
    if c is not None:
        errors["c"] = error(c, run.states[0][1])
        errors["dc0"] = error(got["dc0"], expected.states[0][1])
    return errors


@pytest.mark.parametrize(("batch", "steps"), [(1, 1), (13, 2), (40, 9)])
@pytest.mark.parametrize(("cell", "dtype", "units"), SHAPES)
def test_matches_the_oracle(cell, dtype, units, batch, steps):
    errors = compare(cell, dtype, units, batch, steps)
    assert max(errors.values()) < LIMITS[dtype], errors


@pytest.mark.parametrize("zero", [False, True])
@pytest.mark.parametrize(("cell", "dtype", "units"), SHAPES)
def test_lengths(cell, dtype, units, zero):
    errors = compare(cell, dtype, units, 29, 7, ragged=True, zero=zero)
    assert max(errors.values()) < LIMITS[dtype], errors


@pytest.mark.parametrize("batch", [64, 128, 300])
@pytest.mark.parametrize(("cell", "dtype", "units"), SHAPES)
def test_several_columns_and_rounds_of_clusters(cell, dtype, units, batch):
    errors = compare(cell, dtype, units, batch, 5)
    assert max(errors.values()) < LIMITS[dtype], errors


@pytest.mark.parametrize(("cell", "dtype", "units"), SHAPES)
def test_rows_are_bitwise_independent_and_runs_equal(cell, dtype, units):
    """A row's result depends neither on its neighbours nor on the run."""
    torch.manual_seed(0)
    kind, columns = TORCH[dtype], (4 if cell == "lstm" else 3) * units
    U = (torch.randn(units, columns, device="cuda") * units**-0.5).to(kind)
    layer = Layer(cell, dtype, U, U, None)
    gates = torch.randn(67, 33, 4, units, device="cuda").to(kind)
    x = torch.empty(67, 33, units, dtype=kind, device="cuda")
    dy = torch.randn(67, 33, units, device="cuda").to(kind)

    def run(rows: slice) -> list[torch.Tensor]:
        y, _, _, kept = layer.forward(x[rows], training=True, gates=gates[rows].clone())
        dh0, _, sums = layer.sweep_back(kept, dy[rows].contiguous())
        return [y, kept.gates, dh0, sums]

    whole = run(slice(None))
    for again in (run(slice(None)), run(slice(None))):
        for a, b in zip(whole, again):
            assert torch.equal(a, b)
    for a, b in zip(whole, run(slice(50, 67))):
        assert torch.equal(a[50:67], b)

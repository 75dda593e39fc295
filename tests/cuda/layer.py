"""A recurrent layer on the device: our sweeps through ctypes, the large products through torch.

`TIDEGATE_CUDA_LIBRARY` names the shared library that `TIDEGATE_CUDA=ON` builds. Arrays are
batch-major, weights and gradients in Keras' layout.
"""

from __future__ import annotations

import ctypes
import os
from ctypes import POINTER, Structure, byref, c_int, c_size_t, c_void_p
from typing import NamedTuple

import torch

CELLS = {"lstm": 0, "gru": 1}
DTYPES = {"bfloat16": 0, "float16": 1, "tf32": 2, "float32": 3}
TORCH = {
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
    "tf32": torch.float32,
    "float32": torch.float32,
}


class ForwardArgs(Structure):
    _fields_ = [
        *((n, c_void_p) for n in ("gates", "packed", "bias", "h0", "c0", "y", "h_before")),
        *((n, c_void_p) for n in ("c_before", "h", "c", "order", "lengths", "workspace")),
        *((n, c_int) for n in ("batch", "steps", "training", "zero_masked")),
    ]


class BackwardArgs(Structure):
    _fields_ = [
        *((n, c_void_p) for n in ("gates", "packed", "h_before", "c_before", "c", "dy", "dh")),
        *(
            (n, c_void_p)
            for n in ("dc", "dh0", "dc0", "dbias_rows", "order", "lengths", "workspace")
        ),
        *((n, c_int) for n in ("batch", "steps", "zero_masked")),
    ]


class Plan(Structure):
    _fields_ = [
        *((n, c_int) for n in ("cluster", "parts", "clusters", "rows")),
        *((n, c_size_t) for n in ("bytes", "workspace_bytes")),
    ]


class Kept(NamedTuple):
    """What a training forward leaves for the backward pass."""

    x: torch.Tensor
    gates: torch.Tensor
    h_before: torch.Tensor
    c_before: torch.Tensor | None
    c: torch.Tensor | None
    lengths: torch.Tensor | None
    order: torch.Tensor | None


_library = None


def library() -> ctypes.CDLL:
    global _library
    if _library is None:
        _library = ctypes.CDLL(os.environ["TIDEGATE_CUDA_LIBRARY"])
        _library.tidegate_cuda_error.restype = ctypes.c_char_p
        _library.tidegate_cuda_plan.argtypes = [c_int, c_int, c_int, c_int, POINTER(Plan)]
        _library.tidegate_cuda_pack.argtypes = [c_int, c_int, c_int, *[c_void_p] * 4]
        for name, args in (("forward", ForwardArgs), ("backward", BackwardArgs)):
            function = getattr(_library, f"tidegate_cuda_{name}")
            function.argtypes = [c_int, c_int, c_int, POINTER(args), c_void_p]
    return _library


def check(error: int) -> None:
    if error:
        raise RuntimeError(library().tidegate_cuda_error(error).decode())


def address(t: torch.Tensor | None) -> int | None:
    if t is None:
        return None
    assert t.is_contiguous()
    return t.data_ptr()


class Layer:
    """One direction of a layer. W [I, G*H], U [H, G*H], b [4H] or [2, 3H] in float32, or None."""

    def __init__(
        self, cell: str, dtype: str, W: torch.Tensor, U: torch.Tensor, b: torch.Tensor | None
    ) -> None:
        self.cell, self.dtype = cell, dtype
        self.W, self.U, self.b = W, U, b
        self.units = U.shape[0]
        self.gates = 4 if cell == "lstm" else 3
        self.key = (CELLS[cell], DTYPES[dtype], self.units)
        size, workspace = self.plan(1).bytes, self.plan(1).workspace_bytes
        self.workspace = (
            torch.empty(workspace, dtype=torch.uint8, device=U.device) if workspace else None
        )
        self.packed, self.packed_back = (
            torch.empty(size, dtype=torch.uint8, device=U.device) for _ in range(2)
        )
        self.pack()

    def plan(self, batch: int) -> Plan:
        plan = Plan()
        check(library().tidegate_cuda_plan(*self.key, batch, byref(plan)))
        return plan

    def pack(self) -> None:
        check(
            library().tidegate_cuda_pack(
                *self.key, address(self.U), address(self.packed), address(self.packed_back),
                torch.cuda.current_stream().cuda_stream,
            )
        )  # fmt: skip

    def project(self, x: torch.Tensor) -> torch.Tensor:
        """x W of all steps, in the first planes of a new [B, T, 4, H]."""
        batch, steps, width = x.shape
        gates = torch.empty(batch, steps, 4, self.units, dtype=x.dtype, device=x.device)
        out = gates.view(batch * steps, 4 * self.units)[:, : self.gates * self.units]
        torch.mm(x.view(batch * steps, width), self.W, out=out)
        return gates

    def forward(
        self,
        x: torch.Tensor,
        h0: torch.Tensor | None = None,
        c0: torch.Tensor | None = None,
        lengths: torch.Tensor | None = None,
        *,
        training: bool = False,
        zero_masked: bool = False,
        gates: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None, Kept | None]:
        batch, steps, _ = x.shape
        if gates is None:
            gates = self.project(x)
        shape = (batch, steps, self.units)
        new = {"device": x.device}
        order = None
        if lengths is not None:
            order = torch.argsort(lengths, descending=True, stable=True).to(torch.int32)
        lstm = self.cell == "lstm"
        y = torch.empty(shape, dtype=x.dtype, **new)
        h_before = torch.empty(shape, dtype=x.dtype, **new) if training else None
        c_before = torch.empty(shape, dtype=torch.float32, **new) if training and lstm else None
        h = torch.empty(batch, self.units, dtype=torch.float32, **new)
        c = torch.empty_like(h) if lstm else None
        args = ForwardArgs(
            *(address(t) for t in (gates, self.packed, self.b, h0, c0, y, h_before, c_before)),
            *(address(t) for t in (h, c, order, lengths, self.workspace)),
            batch, steps, training, zero_masked,
        )  # fmt: skip
        stream = torch.cuda.current_stream().cuda_stream
        check(library().tidegate_cuda_forward(*self.key, byref(args), stream))
        kept = Kept(x, gates, h_before, c_before, c, lengths, order) if training else None
        return y, h, c, kept

    def sweep_back(
        self,
        kept: Kept,
        dy: torch.Tensor | None,
        dh: torch.Tensor | None = None,
        dc: torch.Tensor | None = None,
        *,
        zero_masked: bool = False,
    ) -> tuple[torch.Tensor, torch.Tensor | None, torch.Tensor]:
        """Gradients of the gates in place; returns dh0, dc0 and dbias of each row."""
        batch, steps, _ = kept.x.shape
        dh0 = torch.empty(batch, self.units, dtype=torch.float32, device=kept.x.device)
        dc0 = torch.empty_like(dh0) if self.cell == "lstm" else None
        rows = torch.empty(batch, 4, self.units, dtype=torch.float32, device=kept.x.device)
        args = BackwardArgs(
            *(address(t) for t in (kept.gates, self.packed_back, kept.h_before, kept.c_before)),
            *(address(t) for t in (kept.c, dy, dh, dc, dh0, dc0, rows, kept.order, kept.lengths)),
            address(self.workspace),
            batch, steps, zero_masked,
        )  # fmt: skip
        stream = torch.cuda.current_stream().cuda_stream
        check(library().tidegate_cuda_backward(*self.key, byref(args), stream))
        return dh0, dc0, rows

    def backward(self, kept: Kept, dy: torch.Tensor | None, **more: object) -> dict:
        dh0, dc0, rows = self.sweep_back(kept, dy, **more)
        batch, steps, width = kept.x.shape
        units, columns = self.units, self.gates * self.units
        flat = kept.gates.view(batch * steps, 4 * units)
        for_x = flat[:, :columns]
        x, before = kept.x.view(batch * steps, width), kept.h_before.view(batch * steps, units)
        dU = torch.empty_like(self.U)
        bias = rows.sum(0)
        if self.cell == "lstm":
            torch.mm(before.t(), for_x, out=dU)
            db = bias.view(-1)
        else:
            torch.mm(before.t(), flat[:, : 2 * units], out=dU[:, : 2 * units])
            torch.mm(before.t(), flat[:, 3 * units :], out=dU[:, 2 * units :])
            db = torch.cat([bias[:3], bias[:2], bias[3:]]).view(2, -1)
        return {
            "dx": torch.mm(for_x, self.W.t()).view(kept.x.shape),
            "dW": torch.mm(x.t(), for_x),
            "dU": dU,
            "db": db,
            "dh0": dh0,
            "dc0": dc0,
        }

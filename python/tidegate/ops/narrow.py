"""How operations run on bfloat16: on float32 values, with one rounding of the result.

The rule holds for every operation, so none of them knows of it: the shape rule says which results
are bfloat16, forward and vjp see float32 arrays.

On their way back gradients stay float32, and are rounded where the tape gives that of a bfloat16
tensor to the caller. Those of float32 variables are never rounded, although the operation saw the
variable rounded. Rounding them after each operation, as a framework must that keeps them in
bfloat16, doubles what 50 steps of training differ from float32 by, and saves nothing here.
"""

from __future__ import annotations

from typing import Any

from tidegate.autodiff import open_context, record
from tidegate.bfloat16 import BFloat16Tensor, rounded, to_bits
from tidegate.dtypes import BFLOAT16, computed_dtype
from tidegate.scopes import STATE
from tidegate.symbolic import KerasTensor, Spec
from tidegate.tensor import Array, Tensor, Variable, as_array

__all__ = ["call", "concerns", "operands", "rounded_variable", "typed"]


def concerns(args: tuple[Any, ...]) -> bool:
    """Whether an operation on these arguments computes with bfloat16 values."""
    for arg in args:
        if type(arg) is BFloat16Tensor or (type(arg) is Variable and arg.dtype == BFLOAT16):
            return True
    return False


def call(op: Any, args: tuple[Any, ...], attrs: dict[str, Any]) -> Any:
    """Run `op`, some of whose arguments or results are bfloat16."""
    specs = op.specs(args)
    result = op.shape(*specs, **attrs)
    several = not isinstance(result, Spec)
    if attrs.get("dtype") == BFLOAT16:
        attrs = {**attrs, "dtype": computed_dtype(BFLOAT16)}
    tapes, context = open_context(args) if STATE.tapes else ((), None)
    if op.moves and all(type(arg) is BFloat16Tensor for arg in args):
        # Nothing is computed: the bits are moved as they are.
        outputs: tuple[Tensor, ...] = (
            BFloat16Tensor(op.forward(context, *[arg.bits for arg in args], **attrs)),
        )
    else:
        y = op.compute(context, args, specs, attrs)
        parts = zip(y if several else (y,), result if several else (result,), strict=True)
        outputs = tuple([_tensor(values, spec.dtype) for values, spec in parts])
    if context is not None:
        record(tapes, op, context, outputs)
    return outputs if several else outputs[0]


def typed(op: Any, x: Any, **attrs: Any) -> Any:
    """`op(x, **attrs)` where the attribute `dtype` is that of the result, bfloat16 among others."""
    if attrs["dtype"] == BFLOAT16 and type(x) is not KerasTensor:
        return call(op, (x,), attrs)
    return op(x, **attrs)


def operands(op: Any, args: tuple[Any, ...], specs: list[Any]) -> list[Any]:
    """The arguments as arrays that hold what the operation is to see: bfloat16 as float32."""
    return [
        None
        if arg is None
        else rounded_variable(arg)
        if type(arg) is Variable and spec.dtype == BFLOAT16 and not op.moves
        else as_array(arg, computed_dtype(spec.dtype) if op.promotes else None)
        for arg, spec in zip(args, specs, strict=True)
    ]


def rounded_variable(variable: Variable) -> Array:
    """The values of a variable rounded to bfloat16, as float32: made once per version."""
    entry = variable.packs.get(BFLOAT16)
    if entry is not None and entry[0] == variable.version:
        return entry[1]
    version = variable.version
    values = rounded(variable._value)
    variable.packs[BFLOAT16] = (version, values)
    return values


def _tensor(values: Any, dtype: str) -> Tensor:
    return BFloat16Tensor(to_bits(values)) if dtype == BFLOAT16 else Tensor(values)

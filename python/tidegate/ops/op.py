"""The mechanism behind every differentiable function: forward, vjp and shape rule in one class.

A call does one of three things. With a symbolic argument it runs the shape rule and records a node
of the graph. With values only it runs `forward`. Where a tape watches an argument it also records
the call, so that `vjp` can be run later; without a tape nothing is saved.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

import numpy as np

from tidegate.arrays import Array, as_array
from tidegate.autodiff import Context, open_context, record
from tidegate.bfloat16 import BFloat16Tensor
from tidegate.devices import kernels
from tidegate.dtypes import result_type
from tidegate.errors import message
from tidegate.ops import narrow
from tidegate.scopes import STATE
from tidegate.symbolic import KerasTensor, Node, Shape, Spec
from tidegate.tensor import Tensor, Variable, convert_to_tensor

__all__ = [
    "ROUTED",
    "Array",
    "Context",
    "Op",
    "Shape",
    "Spec",
    "axis_of",
    "kind_of",
    "reduced_to",
    "same_dtype",
    "saved_bytes",
    "specs_of",
]


class Op:
    """One differentiable function.

    A subclass gives three static methods:

    * `forward(ctx, *arrays, **attrs)` -> array or tuple of arrays; if `ctx` is not None it stores
      what vjp needs in `ctx.saved`.
    * `vjp(ctx, *dys)` -> tuple with one entry for each array argument: its gradient, or None where
      there is none or `ctx.needs` says that nobody asks. An output that nothing depends on has
      None as its `dy` (only where there are several outputs).
    * `shape(*specs, **attrs)` -> Spec or tuple of Specs, without any value.

    `promotes`: the arguments are brought to one dtype first, as Keras does for arithmetic.
    `compiled`: forward is one call of a kernel, so `last_run` tells about it.
    `moves`: the result, one tensor, holds values of the arguments as they are, and what forward
    saves depends on their shapes alone.
    Arguments may be None where the function says so.
    """

    name: str = ""
    promotes: bool = False
    compiled: bool = False
    moves: bool = False

    @staticmethod
    def forward(ctx: Context | None, *arrays: Any, **attrs: Any) -> Any:
        raise NotImplementedError

    @staticmethod
    def vjp(ctx: Context, *dys: Any) -> tuple[Any, ...]:
        raise NotImplementedError

    @staticmethod
    def shape(*specs: Any, **attrs: Any) -> Any:
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<op {self.name}>"

    def __deepcopy__(self, memo: dict[int, Any]) -> Op:
        return self  # it has no state: copies of a graph share it

    def __reduce__(self) -> Any:
        # A pickle cannot hold its functions: it holds the place in the package that has it.
        for name, module in list(sys.modules.items()):
            if name.startswith("tidegate.ops."):
                for key, value in vars(module).items():
                    if value is self:
                        return _at, (name, key)
        raise TypeError(message(self.name, "the operation stands in no module of tidegate.ops"))

    def __call__(self, *args: Any, **attrs: Any) -> Any:
        for arg in args:
            if type(arg) is not Tensor:
                if type(arg) in ROUTED:
                    return self.routed(args, attrs)
                if type(arg) is Variable and STATE.autocast is not None and narrow.concerns(args):
                    return self.routed(args, attrs)
        arrays = self.arrays(args)
        tapes, context = open_context(args) if STATE.tapes else ((), None)
        y = self.forward(context, *arrays, **attrs)
        if type(y) is not tuple:
            output = Tensor(_own(y, args))
            if context is not None:
                record(tapes, self, context, (output,))
            return output
        outputs = tuple([Tensor(_own(part, args)) for part in y])
        if context is not None:
            record(tapes, self, context, outputs)
        return outputs

    def arrays(self, args: tuple[Any, ...]) -> list[Any]:
        """The arrays of the arguments, of one dtype if this op promotes."""
        arrays = [
            arg._value
            if type(arg) is Tensor or type(arg) is Variable
            else (arg if arg is None or (self.promotes and _is_weak(arg)) else as_array(arg))
            for arg in args
        ]
        return _promoted(self.name, arrays) if self.promotes else arrays

    def describe(self, ctx: Context) -> dict[str, Any]:
        """What the call just made did: for `explain`."""
        report: dict[str, Any] = {"op": self.name}
        if self.compiled:
            report.update(kernels().last_run(), op=self.name)
        report.update(ctx.note or {}, saved_bytes=saved_bytes(ctx))
        return report

    def routed(self, args: tuple[Any, ...], attrs: dict[str, Any]) -> Any:
        """The call where an argument is among `ROUTED`, or a variable counts as bfloat16."""
        if any(type(arg) is KerasTensor for arg in args):
            return self.symbolic(args, attrs)
        return narrow.call(self, args, attrs)

    def compute(
        self, ctx: Context | None, args: tuple[Any, ...], specs: list[Any], attrs: dict[str, Any]
    ) -> Any:
        """The forward pass on bfloat16 values, before the result is rounded."""
        return self.forward(ctx, *narrow.operands(self, args, specs), **attrs)

    def specs(self, args: tuple[Any, ...]) -> list[Spec | None]:
        """Shape and dtype of the arguments, of one dtype if this op promotes."""
        specs = specs_of(args)
        if self.promotes:
            dtype = result_type(self.name, *[kind_of(arg) for arg in args if arg is not None])
            specs = [None if spec is None else Spec(spec.shape, dtype) for spec in specs]
        return specs

    def symbolic(self, args: tuple[Any, ...], attrs: dict[str, Any]) -> Any:
        """Run the shape rule and record a node."""
        result = self.shape(*self.specs(args), **attrs)
        several = not isinstance(result, Spec)
        outputs = tuple(
            [KerasTensor(spec.shape, spec.dtype) for spec in (result if several else (result,))]
        )
        Node(self, args, attrs, outputs)
        return outputs if several else outputs[0]


# Tensors that the short way, on the arrays they hold, is not for.
ROUTED = frozenset((KerasTensor, BFloat16Tensor))

# A NumPy scalar counts as a Python number: it does not widen an array.
_NUMBERS = (bool, int, float, np.bool_, np.integer, np.floating)


def _at(module: str, key: str) -> Any:
    return getattr(importlib.import_module(module), key)


def _is_weak(x: Any) -> bool:
    """Whether x is a number, or a nested list of nothing but numbers."""
    if isinstance(x, (list, tuple)):
        return all(map(_is_weak, x))
    return isinstance(x, _NUMBERS)


def kind_of(x: Any) -> Any:
    """What `result_type` wants: a dtype name, or the type of a Python number."""
    if isinstance(x, (bool, np.bool_)):
        return bool
    if isinstance(x, (int, np.integer)):
        return int
    if isinstance(x, (float, np.floating)):
        return float
    if isinstance(x, (list, tuple)) and _is_weak(x):
        kinds = {kind_of(item) for item in x} or {float}
        return float if float in kinds else int if int in kinds else bool
    dtype = getattr(x, "dtype", None)
    return dtype if isinstance(dtype, str) else as_array(x).dtype.name


def _promoted(name: str, arrays: list[Any]) -> list[Any]:
    if len(arrays) == 2:
        # The two cases that nearly every call is, before the general rule.
        a, b = arrays
        if isinstance(a, np.ndarray) and a.dtype.kind == "f":
            if isinstance(b, np.ndarray):
                if a.dtype == b.dtype:
                    return arrays
            else:
                return [a, np.array(b, a.dtype)]
    kinds = [x.dtype.name if isinstance(x, np.ndarray) else kind_of(x) for x in arrays]
    dtype = result_type(name, *kinds)
    return [
        x if isinstance(x, np.ndarray) and x.dtype.name == dtype else np.asarray(x, dtype=dtype)
        for x in arrays
    ]


def _own(y: Any, args: tuple[Any, ...]) -> Any:
    """The result, copied if it is a view of a variable, which the next training step changes."""
    for arg in args:
        if type(arg) is Variable and np.may_share_memory(y, arg._value):
            return y.copy()
    return y


def same_dtype(op: str, *xs: Any) -> list[Any]:
    """The arguments as tensors of their common dtype."""
    dtype = result_type(op, *[kind_of(x) for x in xs])
    return [convert_to_tensor(x, dtype) for x in xs]


def saved_bytes(ctx: Context) -> int:
    """How many bytes are kept for the backward pass, shared arrays counted once."""
    found: dict[int, int] = {}
    waiting = [ctx.saved]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, (tuple, list)):
            waiting.extend(item)
        elif hasattr(item, "nbytes"):
            found[id(item)] = int(item.nbytes)
    return sum(found.values())


def specs_of(args: Any) -> list[Spec | None]:
    """Shape and dtype of each argument."""
    return [
        None
        if arg is None
        else Spec(arg.shape, arg.dtype)
        if isinstance(arg, (KerasTensor, Tensor, Variable))
        else Spec(np.shape(arg), as_array(arg).dtype.name)
        for arg in args
    ]


def axis_of(op: str, axis: int, ndim: int) -> int:
    """An axis counted from the front.

    Raises:
        ValueError: there is no such axis.

    >>> axis_of("sum", -1, 3)
    2
    """
    if not -ndim <= axis < ndim:
        raise ValueError(
            message(op, f"axis must lie in [{-ndim}, {ndim}) for a tensor with {ndim} axes", axis)
        )
    return axis % ndim


def reduced_to(gradient: Array, shape: tuple[int, ...]) -> Array:
    """The gradient of an operand that was broadcast: summed over the axes that it was spread on.

    >>> reduced_to(np.ones((4, 3)), (1, 3))
    array([[4., 4., 4.]])
    """
    if gradient.shape == shape:
        return gradient
    extra = gradient.ndim - len(shape)
    axes = tuple(range(extra)) + tuple(
        [extra + i for i, n in enumerate(shape) if n == 1 and gradient.shape[extra + i] != 1]
    )
    return gradient.sum(axis=axes, keepdims=True).reshape(shape) if axes else gradient

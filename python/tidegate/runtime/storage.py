"""How the weights of a graph are kept: the arrays of an operation, in the words of `stream`.

A kernel (kernel, recurrent_kernel) becomes

    float32    itself
    bfloat16   the nearest bfloat16, ties to even: their bits, uint16
    float16    the nearest float16, ties to even; what is too large becomes infinite
    int8       whole numbers q in [-127, 127] and, beside it as `<name>_scale`, a float32 scale per
               column: scale_n = max_k |w_kn| / 127, q_kn = round(w_kn / scale_n)

and an embedding table stays float32 but for int8, where every row has a scale. Biases are float32.
What int8 computes is written down in `tidegate.reference.quantized`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..bfloat16 import to_bits
from ..devices import kernels
from ..errors import message

__all__ = ["WEIGHTS", "check_weights", "keeps", "kept", "quantize", "restored"]

Array = np.ndarray[Any, Any]

WEIGHTS = ("float32", "bfloat16", "float16", "int8")
# Below this a scale's inverse would overflow: such a column counts as zeros.
_TINY = np.float32(2.0**-100)
_LARGEST = np.float32(127)


def check_weights(op: str, weights: Any) -> None:
    """ValueError unless it is one of `WEIGHTS`."""
    if weights not in WEIGHTS:
        raise ValueError(
            message(op, f"weights must be one of {', '.join(map(repr, WEIGHTS))}", repr(weights))
        )


def keeps(kind: str, weights: str) -> bool:
    """Whether weights of operations of this kind change; those of others stay float32."""
    if kind == "embedding":
        return weights == "int8"
    return weights != "float32" and kind in ("simple_rnn", "lstm", "gru", "dense")


def quantize(matrix: Array, axis: int = 0) -> tuple[Array, Array]:
    """Whole numbers, int8 of the same shape, and a float32 scale for each column.

    Args:
        matrix: [K, N], float32.
        axis: 0 for a scale per column [N], 1 for a scale per row [K].

    >>> whole, scale = quantize(np.float32([[0.5, 0.0], [-1.0, 254.0]]))
    >>> whole.tolist(), scale.tolist()
    ([[64, 0], [-127, 127]], [0.007874015718698502, 2.0])
    """
    largest = np.abs(matrix).max(axis=axis, keepdims=True)
    scale = np.where(largest < _TINY, np.float32(0), largest / _LARGEST)
    whole = np.rint(matrix / np.where(scale == 0, np.float32(1), scale))
    whole = np.where(scale == 0, np.float32(0), np.clip(whole, -_LARGEST, _LARGEST))
    return whole.astype(np.int8), scale.squeeze(axis)


def kept(layer: str, arrays: dict[str, Array], weights: str) -> dict[str, Array]:
    """The arrays of one operation as they are kept; read-only, and whole.

    Args:
        layer: its name, for errors.
        arrays: float32, by Keras' names, of an operation that `keeps` says it of, or a table.
        weights: one of `WEIGHTS`.

    Raises:
        ValueError: int8 of a kernel that holds a NaN or an infinity.
    """
    found: dict[str, Array] = {}
    for name, values in arrays.items():
        if name == "bias" or weights == "float32":
            found[name] = values
        elif weights == "int8":
            if not np.isfinite(values).all():
                raise ValueError(
                    message(
                        "quantize",
                        f"{name} of layer {layer!r} must be finite to be kept as int8",
                        "a NaN or an infinity",
                    )
                )
            found[name], found[f"{name}_scale"] = quantize(
                values, axis=1 if name == "embeddings" else 0
            )
        elif name == "embeddings":
            found[name] = values
        else:
            found[name] = to_bits(values) if weights == "bfloat16" else _to_float16(values)
    for array in found.values():
        array.flags.writeable = False
    return found


def restored(name: str, arrays: dict[str, Array]) -> Array:
    """The float32 values that a kept array stands for; keeping them again gives the same array.

    That holds for int8 too: in float32, largest / 127 * 127 / 127 is largest / 127 for all largest.
    """
    values, scale = arrays[name], arrays.get(f"{name}_scale")
    if values.dtype == np.uint16:
        return kernels().from_bfloat16(values)
    wide = values.astype(np.float32)
    if scale is None:
        return wide
    return wide * (scale[:, None] if name == "embeddings" else scale)


def _to_float16(values: Array) -> Array:
    with np.errstate(over="ignore"):
        return values.astype(np.float16)

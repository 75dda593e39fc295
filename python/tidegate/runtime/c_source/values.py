"""Weights as C: packed in the order in which the loops read them, and written out exactly."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["array", "panels", "units"]

Array = np.ndarray[Any, Any]


def array(name: str, values: Array, kind: str = "float") -> str:
    """A constant of one axis, or of the two axes of ``values``.

    >>> print(array("bias", np.array([1, 0.1], np.float32)), end="")
    static const float bias[2] = {
        1.0f, 0.1f};
    """
    axes = "".join(f"[{size}]" for size in values.shape)
    if values.ndim == 1:
        body = _lines(values, kind)
    else:
        body = ",\n".join("    {" + _lines(row, kind).strip() + "}" for row in values)
    return f"static const {kind} {name}{axes} = {{\n{body}}};\n"


def panels(matrix: Array, run: int = 1) -> Array:
    """[K, N] as `tg_product` reads it: panels of 4 columns [K][4], then column after column.

    Args:
        run: values along K that lie together, [K / run][columns][run]; zeros fill the last run.
    """
    runs = _runs(matrix, run)
    whole = runs.shape[2] - runs.shape[2] % 4
    first = runs[:, :, :whole].reshape(len(runs), run, -1, 4).transpose(2, 0, 3, 1)
    return np.concatenate([first.ravel(), runs[:, :, whole:].transpose(2, 0, 1).ravel()])


def units(matrix: Array, gates: tuple[int, ...], count: int, run: int = 1) -> Array:
    """[K, count * H] in Keras' layout as [H][K][gates]: what one unit needs lies in one run.

    Args:
        run: as in `panels`: [H][K / run][gates][run].
    """
    runs = _runs(matrix, run)
    by_gate = runs.reshape(len(runs), run, count, -1)[:, :, list(gates)]
    return by_gate.transpose(3, 0, 2, 1).ravel()


def _runs(matrix: Array, run: int) -> Array:
    """[K, N] as [K / run, run, N]."""
    padded = np.pad(matrix, ((0, -len(matrix) % run), (0, 0)))
    return padded.reshape(-1, run, matrix.shape[1])


def _lines(values: Array, kind: str) -> str:
    """Each value by the shortest text that reads back as the same bits, 100 columns wide."""
    suffix = "f" if kind == "float" else ""
    lines, line = [], "   "
    for value in values:
        word = f" {value!s}{suffix},"
        if len(line) + len(word) > 100:
            lines.append(line)
            line = "   "
        line += word
    return "\n".join([*lines, line]).rstrip(",")

"""Prints a digest of all that the nn functions compute, on the ISA and team it is told."""

from __future__ import annotations

import hashlib
import sys

import numpy as np

from tidegate import _core

SGD = {"learning_rate": 0.1, "momentum": 0.9, "nesterov": 1}
RMSPROP = {"learning_rate": 0.01, "rho": 0.9, "momentum": 0.5, "epsilon": 1e-7, "centered": 1}
ADAM = {"learning_rate": 0.01, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7, "amsgrad": 1}


def results(dtype: str) -> dict[str, list[np.ndarray]]:
    """What each function computes; sizes: no multiple of a vector, and enough for a team."""

    def normal(seed: int, *shape: int) -> np.ndarray:
        return np.random.default_rng(seed).normal(size=shape).astype(dtype)

    found: dict[str, list[np.ndarray]] = {}
    for rows, inputs, outputs in ((5, 3, 1), (700, 70, 45), (2, 800, 900)):
        x, kernel, bias = normal(1, rows, inputs), normal(2, inputs, outputs), normal(3, outputs)
        weights = _core.DenseWeights(kernel)
        y = _core.dense_forward(x, weights, bias, "sigmoid")
        back = _core.dense_backward(x, weights, y, normal(4, rows, outputs), "sigmoid")
        found[f"dense {rows}"] = [y, *(g for g in back if g is not None)]
    found["matmul"] = [
        _core.matmul(normal(5, 8, 90, 70), normal(6, 8, 50, 70), transpose_b=True),
        _core.matmul(normal(5, 300, 210), normal(6, 300, 130), transpose_a=True),
    ]
    for name in ("tanh", "sigmoid", "relu", "hard_sigmoid", "exp"):
        found[name] = [_core.activation(name, 4 * normal(7, 30001))]  # type: ignore[arg-type]
    bits = _core.to_bfloat16(normal(7, 200003).astype(np.float32))  # float32 alone has them
    found["bfloat16"] = [bits, _core.from_bfloat16(bits)]
    ids = np.random.default_rng(8).integers(0, 400, 5000).astype(np.int32)
    found["embedding"] = [_core.embedding_backward(ids, normal(9, 5000, 75), 400)]
    logits = 3 * normal(10, 400, 77)
    probabilities = _core.softmax(logits)
    found["softmax"] = [probabilities, _core.softmax_backward(probabilities, logits)]
    for target in ((np.arange(400) % 77).astype(np.int32), probabilities):
        loss, gradient = _core.softmax_cross_entropy(logits, target, True)
        assert gradient is not None
        found[f"cross_entropy {target.dtype}"] = [loss, gradient]
    for kind, hyper, slot_count in (("sgd", SGD, 1), ("rmsprop", RMSPROP, 3), ("adam", ADAM, 3)):
        w = [normal(11, 70001), normal(12, 19)]
        slots = [[np.zeros_like(v) for _ in range(slot_count)] for v in w]
        for step in range(3):
            g = [normal(13 + step, 70001), normal(14 + step, 19)]
            _core.optimizer_step(kind, w, g, slots, hyper, step, ("global_clipnorm", 1.0))  # type: ignore[arg-type]
        found[kind] = [*w, *slots[0]]
    return found


def main() -> None:
    """`nn_bits_worker.py THREADS`, TIDEGATE_ISA in the environment."""
    _core.set_num_threads(int(sys.argv[1]))
    for dtype in ("float32", "float64"):
        for name, arrays in results(dtype).items():
            digest = hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()
            print(f"{dtype} {name}: {digest}")


if __name__ == "__main__":
    main()

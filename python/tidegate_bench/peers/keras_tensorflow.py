"""How a Keras layer is called on TensorFlow: inside a tf.function."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from tidegate_bench.peers.base import Variant, named_gradients

FORMS = (("tf.function", False), ("tf.function, XLA", True))


def set_threads(threads: int) -> None:
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)


def version() -> str:
    return tf.__version__


def inference(layer: Any, x: np.ndarray) -> list[Variant]:
    tensor = tf.constant(x)

    def variant(name: str, xla: bool) -> Variant:
        call = tf.function(lambda t: layer(t, training=False), jit_compile=xla)
        return Variant(name, lambda: call(tensor), lambda: {"y": call(tensor).numpy()})

    return [variant(name, xla) for name, xla in FORMS]


def training(layer: Any, x: np.ndarray, dy: np.ndarray) -> list[Variant]:
    tensor, upstream = tf.constant(x), tf.constant(dy)
    variables = [v.value for v in layer.trainable_weights]

    def gradients(t: Any, upstream: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(t)
            y = layer(t, training=True)
        return tape.gradient(y, [t, *variables], output_gradients=upstream)

    def variant(name: str, xla: bool) -> Variant:
        call = tf.function(gradients, jit_compile=xla)

        def run() -> Any:
            return call(tensor, upstream)  # returns when it is done, on a CPU

        return Variant(name, run, lambda: named_gradients([g.numpy() for g in run()]))

    return [variant(name, xla) for name, xla in FORMS]


def steps(layer: Any, xs: np.ndarray) -> list[Variant]:
    """A stateful layer, one step per call."""
    tensors = [tf.constant(x[None]) for x in xs]
    call = tf.function(lambda t: layer(t, training=False))

    def step(t: Any = tensors[0]) -> np.ndarray:
        return call(t).numpy()

    def check() -> dict[str, np.ndarray]:
        step()
        layer.reset_states()
        return {"y": np.stack([step(t) for t in tensors])}

    return [Variant("tf.function, stateful", step, check)]

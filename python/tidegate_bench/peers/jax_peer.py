"""JAX: the cell in lax.scan, jitted; the input product hoisted out of the loop, time-major."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tidegate_bench.harness.data import Data
from tidegate_bench.harness.tasks import Task
from tidegate_bench.peers.base import Variant, batch_major, named_gradients

UNROLLS = (1, 4)


def _lstm(states: Any, z: Any, recurrent: Any, bias: Any) -> Any:
    h, c = states
    i, f, g, o = jnp.split(z + h @ recurrent, 4, axis=-1)
    c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
    h = jax.nn.sigmoid(o) * jnp.tanh(c)
    return (h, c), h


def _gru(states: Any, z: Any, recurrent: Any, bias: Any) -> Any:
    (h,) = states
    xz, xr, xh = jnp.split(z, 3, axis=-1)
    hz, hr, hh = jnp.split(h @ recurrent + bias[1], 3, axis=-1)
    update = jax.nn.sigmoid(xz + hz)
    h = update * h + (1 - update) * jnp.tanh(xh + jax.nn.sigmoid(xr + hr) * hh)
    return (h,), h


def _simple_rnn(states: Any, z: Any, recurrent: Any, bias: Any) -> Any:
    h = jnp.tanh(z + states[0] @ recurrent)
    return (h,), h


STEPS = {"simple_rnn": _simple_rnn, "lstm": _lstm, "gru": _gru}


def _project(x: Any, kernel: Any, bias: Any) -> Any:
    return x @ kernel + (bias[0] if bias.ndim == 2 else bias)


def _zeros(task: Task) -> tuple[Any, ...]:
    return (jnp.zeros((task.batch, task.units)),) * (2 if task.cell == "lstm" else 1)


def _apply(task: Task, unroll: int, x: Any, weights: Any) -> Any:
    """x [T, B, I] through one or two directions: [T, B, D*H]."""
    parts = []
    for d, (kernel, recurrent, bias) in enumerate(weights):
        step: Callable[..., Any] = functools.partial(
            STEPS[task.cell], recurrent=recurrent, bias=bias
        )
        z = _project(x, kernel, bias)
        parts.append(jax.lax.scan(step, _zeros(task), z, reverse=d == 1, unroll=unroll)[1])
    return jnp.concatenate(parts, axis=-1)


class Peer:
    """See `base.Peer`."""

    def __init__(self, threads: int) -> None:
        self._threads = threads  # the process was given as many CPUs

    def versions(self) -> dict[str, str]:
        return {"jax": jax.__version__}

    def variants(self, task: Task, data: Data) -> list[Variant]:
        if task.kind == "fit":
            return []
        if task.kind == "step":
            return [_step(task, data)]
        return [_sequence(task, data, unroll) for unroll in UNROLLS]


def _sequence(task: Task, data: Data, unroll: int) -> Variant:
    x, dy = jnp.asarray(batch_major(data["x"])), jnp.asarray(batch_major(data["dy"]))
    weights = [tuple(map(jnp.asarray, triple)) for triple in data["weights"]]
    apply = functools.partial(_apply, task, unroll)

    @jax.jit
    def gradients(x: Any, weights: Any, dy: Any) -> Any:
        return jax.vjp(apply, x, weights)[1](dy)

    forward = jax.jit(apply)

    def inference() -> Any:
        return forward(x, weights).block_until_ready()

    def training() -> Any:
        return jax.block_until_ready(gradients(x, weights, dy))

    def check_training() -> dict[str, np.ndarray]:
        dx, dweights = training()
        flat = [np.asarray(g) for triple in dweights for g in triple]
        return named_gradients([batch_major(np.asarray(dx)), *flat])

    name = f"lax.scan, unroll={unroll}"
    if task.kind == "inference":
        return Variant(name, inference, lambda: {"y": batch_major(np.asarray(inference()))})
    return Variant(name, training, check_training)


def _step(task: Task, data: Data) -> Variant:
    kernel, recurrent, bias = map(jnp.asarray, data["weights"][0])

    @functools.partial(jax.jit, donate_argnums=1)
    def advance(x: Any, states: Any) -> Any:
        return STEPS[task.cell](states, _project(x, kernel, bias), recurrent, bias)

    def start() -> tuple[Any, ...]:
        return tuple(jnp.zeros((1, task.units)) for _ in _zeros(task))

    held = [start()]

    def step(x: Any = data["xs"][0]) -> Any:
        held[0], y = advance(x, held[0])
        return y.block_until_ready()

    def check() -> dict[str, np.ndarray]:
        held[0] = start()
        return {"y": np.stack([np.asarray(step(x)) for x in data["xs"]])}

    return Variant("jit, states donated", step, check)

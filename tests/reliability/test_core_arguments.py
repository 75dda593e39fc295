"""Every array of every function of the core, spoiled in many ways: a typed error, never a crash.

The layers above check too; this is about the last line, behind which only pointers and sizes are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest
from test_strange_arrays import core_keywords

from tidegate import _core

ERRORS = (ValueError, TypeError, IndexError, RuntimeError)


class Call(NamedTuple):
    """A function of the core and arguments that it takes."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]


def normal(*shape: int) -> np.ndarray:
    return np.random.default_rng(shape).normal(size=shape).astype(np.float32)


def recurrent(**changes: Any) -> Call:
    """An LSTM of 3 units on [2, 4, 5] with a mask, states and dropout."""
    weights = (_core.RecurrentWeights("lstm", normal(5, 12), normal(3, 12), normal(12)),)
    mask = np.array([[True, True, True, False], [True, False, False, False]])
    keywords = core_keywords() | {
        "initial_state": ((normal(2, 3), normal(2, 3)),),
        "mask": ("right", mask, np.array([3, 1], np.int32), np.array([0, 1], np.int32)),
        "x_dropout": (normal(4, 2, 5),),
        "h_dropout": (normal(4, 2, 3),),
        "training": True,
    }
    return Call(_core.recurrent_forward, (normal(2, 4, 5), weights), keywords | changes)


def backward(saved_of: Call, dy: Any, dstates: Any) -> Any:
    """A fresh forward pass for every call, because a backward pass consumes it."""
    saved = saved_of.function(*saved_of.arguments, **saved_of.keywords)[2]
    return _core.recurrent_backward(saved, dy, dstates)


def calls() -> Iterator[Call]:
    """A good call of each function."""
    ids, labels = np.array([1, 0, 3], np.int32), np.array([0, 2], np.int32)
    dense = _core.DenseWeights(normal(4, 3))
    yield recurrent()
    state = (normal(2, 3), normal(2, 3))
    yield Call(lambda dy, d: backward(recurrent(), dy, d), (normal(2, 4, 3), (state,)), {})
    weights = ("gru", normal(5, 9), normal(3, 9), normal(2, 9))
    yield Call(_core.RecurrentWeights, weights, {})
    yield Call(_core.matmul, (normal(2, 3), normal(3, 4)), {})
    yield Call(_core.DenseWeights, (normal(3, 4),), {})
    yield Call(_core.dense_forward, (normal(2, 4), dense, normal(3), "relu"), {})
    backward_arguments = (normal(2, 4), dense, normal(2, 3), normal(2, 3), "tanh")
    yield Call(_core.dense_backward, backward_arguments, {})
    yield Call(_core.embedding_forward, (ids, normal(4, 2)), {})
    yield Call(_core.embedding_backward, (ids, normal(3, 2), 4), {})
    yield Call(_core.to_bfloat16, (normal(2, 3),), {})
    yield Call(_core.from_bfloat16, (np.zeros((2, 3), np.uint16),), {})
    yield Call(_core.softmax_backward, (normal(2, 3), normal(2, 3)), {})
    yield Call(_core.softmax_cross_entropy, (normal(2, 3), labels, True), {})
    hyper = {"learning_rate": 0.1, "beta_1": 0.9, "beta_2": 0.99, "epsilon": 1e-7, "amsgrad": 0.0}
    slots = [[np.zeros((2, 3), np.float32), np.zeros((2, 3), np.float32)]]
    adam = ("adam", [normal(2, 3)], [normal(2, 3)], slots, hyper, 0)
    yield Call(_core.optimizer_step, adam, {})


def spoiled(array: np.ndarray) -> Iterator[tuple[str, Any]]:
    """Things that this array must not be."""
    yield "text", "an array"
    yield "list", array.tolist()
    yield "nothing to read", object()
    yield "no axis", array.reshape(-1)[:1].reshape(())
    yield "one axis more", array[None]
    yield "one element more", np.concatenate([array, array[:1]])
    yield "one column less", np.ascontiguousarray(array[..., :-1])
    yield "empty", array[:0]
    yield "float16", array.astype(np.float16)
    yield "another float", array.astype(np.float64)
    yield "int64", array.astype(np.int64)
    yield "complex", array.astype(np.complex128)
    yield "object", array.astype(object)
    yield "swapped", array.astype(array.dtype.newbyteorder())
    yield "not contiguous", np.repeat(array, 2, axis=-1)[..., ::2]
    yield "backwards", array[::-1] if len(array) > 1 else np.repeat(array, 2)[::-2]
    yield "huge", np.broadcast_to(np.zeros((), array.dtype), (2**40, *array.shape[1:]))


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where the arrays are in nested tuples, lists and dicts."""
    if isinstance(value, np.ndarray):
        yield path
    elif isinstance(value, (tuple, list)):
        for i, item in enumerate(value):
            yield from places(item, (*path, i))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*path, key))


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A copy of nested containers with one place changed."""
    if not path:
        return new
    inner = replaced(value[path[0]], path[1:], new)
    if isinstance(value, dict):
        return value | {path[0]: inner}
    items = list(value)
    items[path[0]] = inner
    return type(value)(items)


# Another size is no error where one array alone decides it; that it is one elsewhere is tested by
# test_bad_input. Here neither may crash.
SIZES = {"one axis more", "one element more", "one column less", "empty", "another float"}
ANY_SHAPE = (_core.to_bfloat16, _core.from_bfloat16)


@pytest.mark.parametrize("index", range(sum(1 for _ in calls())))
def test_spoiled_arrays_are_refused(index: int) -> None:
    call = list(calls())[index]
    call.function(*call.arguments, **call.keywords)
    everything = (call.arguments, call.keywords)
    words = []
    for path in places(everything):
        array = at(everything, path)
        for name, bad in spoiled(array):
            if (
                isinstance(bad, np.ndarray)
                and bad.shape == array.shape
                and (bad.dtype == array.dtype and bad.flags.c_contiguous)
            ):
                continue  # too small to be spoiled in this way
            arguments, keywords = replaced(everything, path, bad)
            try:
                call.function(*arguments, **keywords)
            except ERRORS as error:
                words.append(str(error))
            else:
                assert name in SIZES or (call.function in ANY_SHAPE and name == "no axis"), name
    assert len(words) > 10
    assert all(word.strip() for word in words)


def test_weights_of_two_kinds_are_refused() -> None:
    lstm = _core.RecurrentWeights("lstm", normal(5, 12), normal(3, 12), None)
    gru = _core.RecurrentWeights("gru", normal(5, 9), normal(3, 9), None)
    wide = _core.RecurrentWeights("lstm", normal(5, 16), normal(4, 16), None)
    double = _core.RecurrentWeights(
        "lstm", *(normal(*s).astype(float) for s in ((5, 12), (3, 12))), None
    )
    plain = core_keywords() | {"go_backwards": (False, True)}
    for pair in ((lstm, gru), (lstm, wide), (lstm, double), (lstm, None), (lstm, lstm, lstm), ()):
        with pytest.raises(ERRORS):
            _core.recurrent_forward(normal(2, 4, 5), pair, **plain)
    with pytest.raises(ERRORS):
        _core.recurrent_forward(normal(2, 4, 5), (double,), **core_keywords())


def test_sizes_that_overflow_are_refused_at_once() -> None:
    """2^60 bytes and more: an error in milliseconds, not an allocation and not a wrapped size."""
    empty = np.zeros((0, 2**40), np.float32)
    for call in (
        lambda: _core.matmul(np.zeros((2**31, 0), np.float32), np.zeros((0, 2**31), np.float32)),
        lambda: _core.matmul(np.zeros((2**40, 0), np.float32), empty),
        lambda: _core.embedding_backward(
            np.zeros(0, np.int32), np.zeros((0, 2**31), np.float32), 2**40
        ),
    ):
        with pytest.raises((ValueError, MemoryError, OverflowError)):
            call()

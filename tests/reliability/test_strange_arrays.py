"""Arrays of every layout: the same bits as the plain one or a typed error, and never changed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from reliable_models import classifier, digest, sentences, sequence_model

from tidegate import _core

ROWS, STEPS, INPUTS = 6, 7, 5


def misaligned(x: np.ndarray, by: int) -> np.ndarray:
    """The same values at an address that is `by` bytes off."""
    raw = np.empty(x.nbytes + 16, np.uint8)
    start = -raw.ctypes.data % 16 + by
    view = raw[start : start + x.nbytes].view(x.dtype).reshape(x.shape)
    view[...] = x
    return view


def read_only(x: np.ndarray) -> np.ndarray:
    copy = x.copy()
    copy.flags.writeable = False
    return copy


def strided(x: np.ndarray, axis: int, step: int) -> np.ndarray:
    """The same values as a view that steps over (or backwards through) a larger array."""
    index = [slice(None)] * x.ndim
    if step < 0:
        index[axis] = slice(None, None, -1)
        return np.flip(x, axis).copy()[tuple(index)]
    wide = np.repeat(x, step, axis=axis)
    index[axis] = slice(None, None, step)
    return wide[tuple(index)]


class Subclass(np.ndarray):
    """An ndarray in all but name."""


# Layouts hold the values of x exactly, so the result must have the same bits.
LAYOUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "plain": lambda x: x,
    "fortran": np.asfortranarray,
    "transposed": lambda x: np.ascontiguousarray(x.T).T,
    "strided_rows": lambda x: strided(x, 0, 3),
    "strided_steps": lambda x: strided(x, 1, 2),
    "strided_last": lambda x: strided(x, -1, 2),
    "reversed_rows": lambda x: strided(x, 0, -1),
    "reversed_steps": lambda x: strided(x, 1, -1),
    "reversed_last": lambda x: strided(x, -1, -1),
    "byte_swapped": lambda x: x.astype(x.dtype.newbyteorder()),
    "read_only": read_only,
    "window": lambda x: np.pad(x, [(1, 2)] * x.ndim)[tuple(slice(1, -2) for _ in x.shape)],
    "subclass": lambda x: x.view(Subclass),
    **{f"misaligned_{n}": (lambda x, n=n: misaligned(x, n)) for n in range(1, 8)},
}  # fmt: skip
CONVERSIONS: dict[str, Callable[[np.ndarray], object]] = {
    "float64": lambda x: x.astype(np.float64),
    "list": lambda x: x.tolist(),
    "tuple": lambda x: tuple(map(tuple, x.tolist())),
    "float64_fortran": lambda x: np.asfortranarray(x.astype(np.float64)),
}
REFUSED: dict[str, Callable[[np.ndarray], object]] = {
    "complex": lambda x: x.astype(np.complex64),
    "object": lambda x: np.array([["a"] * STEPS] * ROWS, object),
    "strings": lambda x: x.astype(str),
    "structured": lambda x: np.zeros(x.shape, [("a", "f4"), ("b", "f4")]),
    "datetime": lambda x: np.zeros(x.shape, "datetime64[s]"),
    "scalar": lambda x: np.float32(1.0),
    "two_dimensional": lambda x: x[0],
    "four_dimensional": lambda x: x[None],
    "wrong_width": lambda x: x[..., :-1],
    "ragged": lambda x: [[[1.0] * INPUTS] * 2, [[1.0] * INPUTS] * 3],
    "none": lambda x: None,
}


@pytest.fixture(scope="module")
def x() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(ROWS, STEPS, INPUTS)).astype(np.float32)


@pytest.mark.parametrize("variant", sorted(LAYOUTS | CONVERSIONS))
def test_models_take_every_layout(variant: str, x: np.ndarray) -> None:
    model = sequence_model("lstm")
    expected = model.predict(x, verbose=0).tobytes()
    strange = (LAYOUTS | CONVERSIONS)[variant](x)
    before = digest([np.asarray(strange)])
    assert model.predict(strange, verbose=0).tobytes() == expected
    array = strange if isinstance(strange, np.ndarray) else np.asarray(strange)
    assert np.asarray(model.layers[0](array)).tobytes() == (
        np.asarray(model.layers[0](x)).tobytes()
    )
    assert digest([np.asarray(strange)]) == before


@pytest.mark.parametrize("variant", sorted(LAYOUTS | CONVERSIONS))
def test_training_takes_every_layout(variant: str, x: np.ndarray) -> None:
    y = np.random.default_rng(1).normal(size=(ROWS, STEPS, 2)).astype(np.float32)
    make = (LAYOUTS | CONVERSIONS)[variant]
    weights = []
    for a, b in ((x, y), (make(x), make(y))):
        model = sequence_model("gru")
        before = digest([np.asarray(a), np.asarray(b)])
        model.fit(a, b, batch_size=4, epochs=2, verbose=0)
        assert digest([np.asarray(a), np.asarray(b)]) == before
        weights.append(digest(model.get_weights()))
    assert weights[0] == weights[1]


@pytest.mark.parametrize("variant", sorted(REFUSED))
def test_models_refuse_what_is_no_input(variant: str, x: np.ndarray) -> None:
    model = sequence_model("lstm")
    with pytest.raises((ValueError, TypeError)) as caught:
        model.predict(REFUSED[variant](x), verbose=0)
    assert str(caught.value).strip(), "an error without a word"


# Four bytes off is aligned for float32.
READ_IN_PLACE = {"plain", "read_only", "subclass", "misaligned_4"}


@pytest.mark.parametrize("variant", sorted(set(LAYOUTS) - READ_IN_PLACE))
def test_the_core_refuses_what_it_would_have_to_copy(variant: str, x: np.ndarray) -> None:
    """Nothing is converted behind a caller's back: the layers do that, once, at the door."""
    kernel, recurrent = np.zeros((INPUTS, 16), np.float32), np.zeros((4, 16), np.float32)
    weights = (_core.RecurrentWeights("lstm", kernel, recurrent, None),)
    strange = LAYOUTS[variant](x)
    assert not (strange.flags.c_contiguous and strange.flags.aligned and strange.dtype.isnative)
    with pytest.raises((ValueError, TypeError), match=r"^\[\w+\] x .*Received: .*"):
        _core.recurrent_forward(strange, weights, **core_keywords())


def core_keywords() -> dict[str, object]:
    return {
        "initial_state": None, "mask": None, "go_backwards": (False,), "activation": "tanh",
        "recurrent_activation": "sigmoid", "return_sequences": True, "time_order": False,
        "zero_output_for_mask": False, "training": False, "x_dropout": None, "h_dropout": None,
    }  # fmt: skip


@pytest.mark.parametrize("dtype", ["int8", "int64", "uint8", "bool", "float16", "float64"])
def test_ids_of_any_integer_type(dtype: str) -> None:
    """Keras casts ids to int32; whole numbers in another dtype mean the same words."""
    ids, _ = sentences(6)
    model = classifier()
    used = (ids > 0) if dtype == "bool" else ids
    expected = model.predict(used.astype(np.int32), verbose=0)
    assert model.predict(used.astype(dtype), verbose=0).tobytes() == expected.tobytes()


def test_results_are_not_views_of_the_input(x: np.ndarray) -> None:
    model = sequence_model("lstm")
    before = digest([x])
    y = model.predict(x, verbose=0)
    y[...] = 7
    assert digest([x]) == before
    assert not np.shares_memory(x, y)

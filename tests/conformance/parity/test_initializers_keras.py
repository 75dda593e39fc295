"""Every initializer of Keras: arguments, configurations, and how the values are spread.

The random numbers are others by design (docs/deviations.md): what is compared is their mean, spread
and bounds, over many values.
"""

from __future__ import annotations

import inspect

import keras
import numpy as np
import pytest
from sampling import draw, same_error, seeds

import tidegate

SCALED = {"seed": (3,), "input_axes": (None,)}
INITIALIZERS = {
    "Zeros": {}, "Ones": {}, "Constant": {"value": (0.5, 2)}, "Identity": {"gain": (0.5,)},
    "RandomNormal": {"mean": (1.0,), "stddev": (0.5,), "seed": (3,)},
    "TruncatedNormal": {"mean": (1.0,), "stddev": (0.5,), "seed": (3,)},
    "RandomUniform": {"minval": (-1.0,), "maxval": (2.0,), "seed": (3,)},
    "VarianceScaling": {
        "scale": (0.5, 2.0), "mode": ("fan_in", "fan_out", "fan_avg"), "seed": (3,),
        "distribution": ("uniform", "truncated_normal", "untruncated_normal"),
    },
    "GlorotUniform": SCALED, "GlorotNormal": SCALED, "LecunNormal": SCALED,
    "LecunUniform": SCALED, "HeNormal": SCALED, "HeUniform": SCALED,
    "Orthogonal": {"gain": (0.5,), "seed": (3,)},
}  # fmt: skip
NOT_YET = {"STFT", "STFTInitializer"}
NAMES = sorted(INITIALIZERS)


def test_every_initializer_is_compared():
    module = keras.initializers
    values = [getattr(module, name) for name in dir(module)]
    classes = {value.__name__ for value in values if inspect.isclass(value)}
    assert classes - NOT_YET == {*INITIALIZERS, "Initializer"}


@pytest.mark.parametrize("name", NAMES)
def test_arguments(name):
    ours, theirs = (inspect.signature(getattr(m.initializers, name)) for m in (tidegate, keras))
    kinds = ("VAR_POSITIONAL", "VAR_KEYWORD")
    found = [
        [(p.name, p.default) for p in s.parameters.values() if p.kind.name not in kinds]
        for s in (ours, theirs)
    ]
    assert found[0] == found[1]


def test_names():
    from keras.src.initializers import ALL_OBJECTS_DICT

    for name, value in ALL_OBJECTS_DICT.items():
        if value.__name__ not in NOT_YET | {"Initializer"}:
            assert type(tidegate.initializers.get(name)).__name__ == value.__name__


@pytest.mark.parametrize("name", NAMES)
@seeds(fast=2, everything=12)
def test_spread(name, seed):
    rng = np.random.default_rng(seed)
    chosen = draw(rng, INITIALIZERS[name])
    ours = getattr(tidegate.initializers, name)(**chosen)
    theirs = getattr(keras.initializers, name)(**chosen)
    # 3.15.1 forgets the gain of Identity; here it stays.
    kept = {"gain": ours.gain} if name == "Identity" else {}
    assert ours.get_config() == theirs.get_config() | kept
    shape = (120, 90) if name == "Identity" or seed % 2 else (5, 40, 60)
    if name == "Orthogonal":
        shape = (30, 50) if seed % 2 else (50, 30)
    mine = ours(shape).numpy()
    their = keras.ops.convert_to_numpy(theirs(shape))
    assert (mine.shape, mine.dtype) == (their.shape, their.dtype)
    if name in ("Zeros", "Ones", "Constant", "Identity"):
        np.testing.assert_array_equal(mine, their)
        return
    if name == "Orthogonal":
        small = [m @ m.T if m.shape[0] < m.shape[1] else m.T @ m for m in (mine, their)]
        np.testing.assert_allclose(small[0], small[1], atol=2e-6)
    deviation = float(their.std())
    assert abs(mine.mean() - their.mean()) < 6 * deviation / np.sqrt(mine.size / 2)
    np.testing.assert_allclose(mine.std(), deviation, rtol=0.04)
    if "Uniform" in name:
        # The ends of an even spread are met closely by ten thousand values.
        width = float(np.ptp(their))
        np.testing.assert_allclose(mine.min(), their.min(), atol=0.01 * width)
        np.testing.assert_allclose(mine.max(), their.max(), atol=0.01 * width)
    if "Truncated" in name or chosen.get("distribution") == "truncated_normal":
        centre = float(chosen.get("mean", 0.0))
        # Two standard deviations of the normal, which is wider than what is left of it. (Keras on
        # torch draws four times at most, so that some of its values lie further out.)
        edge = 2 * deviation / 0.87962566
        np.testing.assert_allclose(np.abs(mine - centre).max(), edge, rtol=0.03)


BAD = [
    ("VarianceScaling", {"scale": 0.0}), ("VarianceScaling", {"mode": "fan"}),
    ("VarianceScaling", {"distribution": "flat"}), ("RandomNormal", {"seed": "a"}),
    ("GlorotUniform", {"seed": 0.5}), ("Zeros", {"value": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "bad"), BAD)
def test_bad_arguments(name, bad):
    same_error(
        lambda: getattr(tidegate.initializers, name)(**bad),
        lambda: getattr(keras.initializers, name)(**bad),
    )


@pytest.mark.parametrize(("name", "shape"), [("Identity", (3,)), ("Orthogonal", (3,))])
def test_bad_shapes(name, shape):
    same_error(
        lambda: getattr(tidegate.initializers, name)()(shape),
        lambda: getattr(keras.initializers, name)()(shape),
    )


@pytest.mark.parametrize("identifier", ["nothing", 3.5])
def test_bad_identifiers(identifier):
    same_error(
        lambda: tidegate.initializers.get(identifier), lambda: keras.initializers.get(identifier)
    )

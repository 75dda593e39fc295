"""Initializers: Keras' formulas, names and configurations."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tidegate import initializers, random
from tidegate.errors import NotOfferedError
from tidegate.random import SeedGenerator, set_random_seed

SHAPE = (300, 200)
FAN_IN, FAN_OUT = SHAPE
FAN_AVG = (FAN_IN + FAN_OUT) / 2

UNIFORM_LIMITS = {
    "glorot_uniform": math.sqrt(3 / FAN_AVG),
    "lecun_uniform": math.sqrt(3 / FAN_IN),
    "he_uniform": math.sqrt(6 / FAN_IN),
    "uniform": 0.05,
    "random_uniform": 0.05,
}
TRUNCATED_STDDEVS = {
    "glorot_normal": math.sqrt(1 / FAN_AVG),
    "lecun_normal": math.sqrt(1 / FAN_IN),
    "he_normal": math.sqrt(2 / FAN_IN),
}
RANDOM = (*UNIFORM_LIMITS, *TRUNCATED_STDDEVS, "normal", "truncated_normal", "orthogonal")


@pytest.mark.parametrize("name", UNIFORM_LIMITS)
def test_uniform(name):
    v = initializers.get(name)(SHAPE).numpy()
    limit = UNIFORM_LIMITS[name]
    assert np.abs(v).max() <= np.float32(limit)
    assert np.abs(v).max() > 0.999 * limit
    assert abs(v.var() - limit**2 / 3) < 0.02 * limit**2


@pytest.mark.parametrize("name", TRUNCATED_STDDEVS)
def test_truncated_normal_has_the_stddev_after_the_cut(name):
    v = initializers.get(name)(SHAPE).numpy()
    stddev = TRUNCATED_STDDEVS[name]
    assert abs(v.std() / stddev - 1) < 0.01
    assert np.abs(v).max() <= 2.01 * stddev / 0.87962566


def test_normal():
    v = initializers.RandomNormal(1.0, 0.5, seed=1)(SHAPE).numpy()
    assert abs(v.mean() - 1) < 0.01
    assert abs(v.std() - 0.5) < 0.01
    v = initializers.TruncatedNormal(1.0, 0.5, seed=1)(SHAPE).numpy()
    assert np.abs(v - 1).max() <= 1


@pytest.mark.parametrize("shape", [(8, 32), (32, 8), (5, 5), (2, 3, 4)])
def test_orthogonal(shape):
    v = initializers.Orthogonal(gain=2.0, seed=1)(shape, dtype="float64").numpy()
    flat = v.reshape(-1, shape[-1])
    product = flat @ flat.T if flat.shape[0] < flat.shape[1] else flat.T @ flat
    np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=1e-12)
    with pytest.raises(ValueError, match=r"\[Orthogonal\].*two axes"):
        initializers.Orthogonal()((3,))


def test_orthogonal_takes_the_signs_of_r():
    """Without them Q is not evenly distributed over the orthogonal matrices."""
    drawn = random.normal_values(random.key_of(7, 3), 20 * 5, "float64").reshape(20, 5)
    q = initializers.Orthogonal(seed=7)((20, 5), dtype="float64").numpy()
    r = q.T @ drawn
    assert (np.diag(r) > 0).all()
    np.testing.assert_allclose(r, np.triu(r), atol=1e-12)


def test_fans():
    assert initializers.compute_fans(()) == (1, 1)
    assert initializers.compute_fans((7,)) == (7, 7)
    assert initializers.compute_fans((3, 8)) == (3, 8)
    assert initializers.compute_fans((5, 3, 8)) == (15, 40)
    assert initializers.compute_fans((5, 3, 8), [1], [0, 2]) == (3, 40)
    one = initializers.GlorotUniform(seed=1, input_axes=[0], output_axes=[1])
    limit = np.float32(math.sqrt(6 / (5 + 3)))
    assert 0.8 * limit < np.abs(one((5, 3, 8)).numpy()).max() <= limit


def test_constants():
    assert initializers.get("zeros")((2,)).numpy().tolist() == [0, 0]
    assert initializers.get("one")((2,), dtype="float64").dtype == "float64"
    assert initializers.Constant(3)((2, 1)).numpy().tolist() == [[3], [3]]
    assert initializers.Constant([1.0, 2.0])((2, 2)).numpy().tolist() == [[1, 2], [1, 2]]
    assert initializers.Identity(2.0)((2, 3)).numpy().tolist() == [[2, 0, 0], [0, 2, 0]]
    with pytest.raises(ValueError, match=r"\[Identity\]"):
        initializers.Identity()((2,))


@pytest.mark.parametrize("name", RANDOM)
def test_one_object_gives_the_same_values_twice(name):
    one, other = initializers.get(name), initializers.get(name)
    np.testing.assert_array_equal(one((4, 3)).numpy(), one((4, 3)).numpy())
    assert not np.array_equal(one((4, 3)).numpy(), other((4, 3)).numpy())


@pytest.mark.parametrize("name", RANDOM)
def test_set_random_seed(name):
    values = []
    for _ in range(2):
        set_random_seed(3)
        values.append(initializers.get(name)((4, 3)).numpy())
    np.testing.assert_array_equal(*values)


def test_a_seed_generator_varies():
    one = initializers.GlorotUniform(seed=SeedGenerator(1))
    assert not np.array_equal(one((4, 3)).numpy(), one((4, 3)).numpy())
    with pytest.raises(ValueError, match="seed must be an integer"):
        initializers.GlorotUniform(seed="a")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", [*RANDOM, "zeros", "ones", "identity", "constant"])
def test_dtype(name, dtype):
    assert initializers.get(name)((3, 3), dtype=dtype).dtype == dtype


CONFIGS = {
    "GlorotUniform": {"seed": None, "input_axes": None, "output_axes": None},
    "HeNormal": {"seed": None, "input_axes": None, "output_axes": None},
    "Orthogonal": {"gain": 1.0, "seed": None},
    "RandomUniform": {"minval": -0.05, "maxval": 0.05, "seed": None},
    "RandomNormal": {"mean": 0.0, "stddev": 0.05, "seed": None},
    "TruncatedNormal": {"mean": 0.0, "stddev": 0.05, "seed": None},
    "VarianceScaling": {
        "scale": 1.0,
        "mode": "fan_in",
        "distribution": "truncated_normal",
        "seed": None,
        "input_axes": None,
        "output_axes": None,
    },
    "Constant": {"value": 0.0},
    "Identity": {"gain": 1.0},
    "Zeros": {},
}


@pytest.mark.parametrize("name", CONFIGS)
def test_serialize(name):
    config = initializers.serialize(initializers.get(name))
    assert config == {
        "module": "keras.initializers",
        "class_name": name,
        "config": CONFIGS[name],
        "registered_name": None,
    }
    again = initializers.deserialize(config)
    assert type(again).__name__ == name
    assert again.get_config() == CONFIGS[name]


def test_a_seed_survives_the_configuration():
    one = initializers.VarianceScaling(2.0, "fan_out", "uniform", seed=9)
    other = initializers.deserialize(initializers.serialize(one))
    np.testing.assert_array_equal(one((3, 4)).numpy(), other((3, 4)).numpy())
    np.testing.assert_array_equal(one((3, 4)).numpy(), one.clone()((3, 4)).numpy())


def test_get():
    assert initializers.get(None) is None
    one = initializers.Zeros()
    assert initializers.get(one) is one
    assert type(initializers.get(initializers.Ones)) is initializers.Ones
    given = initializers.get(np.eye(2))
    assert given((2, 2), dtype="float32").numpy().tolist() == [[1, 0], [0, 1]]
    with pytest.raises(ValueError, match=r"shape \(2, 2\).*Received: \(2, 3\)"):
        given((2, 3))
    function = lambda shape, dtype: None  # noqa: E731
    assert initializers.get(function) is function
    with pytest.raises(
        ValueError, match=r"must be that of an initializer.*'glorot'.*glorot_uniform"
    ):
        initializers.get("glorot")
    with pytest.raises(NotOfferedError, match="STFT"):
        initializers.get("STFT")
    with pytest.raises(ValueError, match=r"\[initializers.get\]"):
        initializers.get(3)


def test_names_of_keras():
    assert initializers.glorot_uniform is initializers.GlorotUniform
    assert initializers.OrthogonalInitializer is initializers.Orthogonal
    with pytest.raises(AttributeError, match="STFT is a Keras initializer that tidegate does not"):
        _ = initializers.STFT
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = initializers.nonsense


def test_arguments_that_are_wrong():
    with pytest.raises(ValueError, match="scale must be positive"):
        initializers.VarianceScaling(0)
    with pytest.raises(ValueError, match="mode must be one of"):
        initializers.VarianceScaling(mode="fan")
    with pytest.raises(ValueError, match="distribution must be one of"):
        initializers.VarianceScaling(distribution="cauchy")
    assert initializers.VarianceScaling(distribution="normal").distribution == "truncated_normal"


def test_custom_objects():
    class Mine(initializers.Initializer):
        def __call__(self, shape, dtype=None):
            return np.zeros(shape)

    config = initializers.serialize(Mine())
    assert config["registered_name"] == "Mine"
    assert type(initializers.deserialize(config, {"Mine": Mine})) is Mine
    with pytest.raises(ValueError, match="Mine"):
        initializers.deserialize(config)

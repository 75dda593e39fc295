"""Random numbers: keyed by three integers, repeatable, of the right distribution."""

from __future__ import annotations

import random as python_random
import threading

import numpy as np
import pytest

from tidegate import ops, random
from tidegate.autodiff import GradientTape
from tidegate.random import Key, SeedGenerator, set_random_seed
from tidegate.tensor import KerasTensor, convert_to_tensor

DRAWS = {
    "uniform": lambda seed: random.uniform((50,), seed=seed).numpy(),
    "normal": lambda seed: random.normal((50,), seed=seed).numpy(),
    "truncated_normal": lambda seed: random.truncated_normal((50,), seed=seed).numpy(),
    "randint": lambda seed: random.randint((50,), 0, 1000, seed=seed).numpy(),
    "categorical": lambda seed: random.categorical(np.zeros((5, 9)), 10, seed=seed).numpy(),
    "permutation": lambda seed: random.permutation(50, seed),
    "shuffle": lambda seed: random.shuffle(np.arange(50), seed=seed).numpy(),
    "dropout": lambda seed: random.dropout(np.ones(50, "f4"), 0.5, seed=seed).numpy(),
}


@pytest.mark.parametrize("name", DRAWS)
def test_an_integer_seed_repeats_and_a_generator_moves_on(name):
    draw = DRAWS[name]
    np.testing.assert_array_equal(draw(3), draw(3))
    assert not np.array_equal(draw(3), draw(4))
    generator = SeedGenerator(3)
    first, second = draw(generator), draw(generator)
    assert not np.array_equal(first, second)
    again = SeedGenerator(3)
    np.testing.assert_array_equal(draw(again), first)
    np.testing.assert_array_equal(draw(again), second)


@pytest.mark.parametrize("name", DRAWS)
def test_set_random_seed_governs_draws_without_a_seed(name):
    draw = DRAWS[name]
    set_random_seed(11)
    first = draw(None), draw(None)
    set_random_seed(11)
    np.testing.assert_array_equal(draw(None), first[0])
    np.testing.assert_array_equal(draw(None), first[1])
    assert not np.array_equal(*first)


def test_set_random_seed_seeds_python_and_numpy_too():
    values = []
    for _ in range(2):
        set_random_seed(5)
        values.append((python_random.random(), np.random.rand(), SeedGenerator().state))  # noqa: NPY002
    assert values[0] == values[1]


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "a", None, True])
def test_seeds_that_are_none(seed):
    with pytest.raises(ValueError, match=r"seed.*Received"):
        set_random_seed(seed)


BITS = [1170280437898119671, 13051159143091778299, 5120089422708784769]


def test_the_first_words_are_these():
    """Fixed for ever: a saved seed and step must give the same numbers in every version."""
    assert random.bits(Key(1, 2, 3), 3).tolist() == BITS
    np.testing.assert_array_equal(
        random.uniform((3,), seed=Key(1, 2, 3)).numpy(),
        np.array([(BITS[0] >> 8 & 0xFFFFFF), (BITS[0] >> 40), (BITS[1] >> 8 & 0xFFFFFF)]) / 2.0**24,
    )


def test_key_words_matter_each():
    draws = [random.bits(Key(*k), 4).tolist() for k in [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)]]
    assert len({tuple(d) for d in draws}) == 4


def test_steps_do_not_overlap():
    first = random.bits(Key(7, 0, 0), 10_000)
    second = random.bits(Key(7, 0, 1), 10_000)
    assert not np.intersect1d(first, second).size


def test_state_is_three_integers():
    generator = SeedGenerator(7, stream=random.DROPOUT)
    generator.next()
    assert generator.state == (7, random.DROPOUT, 1)
    other = SeedGenerator(0)
    other.state = list(generator.state)
    assert other.next() == generator.next()
    assert SeedGenerator.from_config(generator.get_config()).state[0] == 7
    with pytest.raises(ValueError, match="must be an integer"):
        SeedGenerator(1.5)


def test_no_key_is_given_twice():
    generator = SeedGenerator(1)
    keys: list[Key] = []

    def draw():
        for _ in range(500):
            keys.append(generator.next())

    threads = [threading.Thread(target=draw) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(key.step for key in keys) == list(range(2000))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_uniform_distribution(dtype):
    x = random.uniform((200, 500), -2.0, 3.0, dtype=dtype, seed=1)
    assert x.dtype == dtype
    v = x.numpy()
    assert v.min() >= -2
    assert v.max() < 3
    assert abs(v.mean() - 0.5) < 0.02
    assert abs(v.var() - 25 / 12) < 0.03


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_normal_distribution(dtype):
    v = random.normal((100_001,), 1.0, 2.0, dtype=dtype, seed=1).numpy()
    assert v.dtype == dtype
    assert abs(v.mean() - 1) < 0.03
    assert abs(v.std() - 2) < 0.03
    assert abs(((v - 1) ** 4).mean() / 16 - 3) < 0.15
    assert np.isfinite(v).all()


def test_truncated_normal_distribution():
    v = random.truncated_normal((100_000,), 1.0, 2.0, seed=1).numpy()
    assert np.abs(v - 1).max() <= 4
    assert abs(v.std() / 2 - 0.87962566) < 0.01


def test_randint():
    v = random.randint((10_000,), -3, 4, seed=1)
    assert v.dtype == "int32"
    assert sorted(set(v.numpy().tolist())) == list(range(-3, 4))
    with pytest.raises(ValueError, match=r"\[randint\]"):
        random.randint((2,), 3, 3)


def test_categorical():
    v = random.categorical(np.log([[0.2, 0.8], [1.0, 1e-30]]), 5000, seed=1).numpy()
    assert abs(v[0].mean() - 0.8) < 0.03
    assert v[1].max() == 0
    with pytest.raises(ValueError, match=r"\[categorical\] logits must be \[B, C\]"):
        random.categorical(np.zeros(3), 2)


def test_names_of_keras():
    with pytest.raises(AttributeError, match="binomial is a Keras function that tidegate does not"):
        _ = random.binomial


def test_permutation():
    assert sorted(random.permutation(1000, 3).tolist()) == list(range(1000))
    assert random.permutation(0, 3).size == 0


@pytest.mark.parametrize("values", [4, 2**63])
def test_permutation_is_that_of_a_stable_sort(values, monkeypatch):
    keys = np.random.default_rng(0).integers(0, values, 3000, dtype=np.uint64)
    monkeypatch.setattr(random, "bits", lambda key, count: keys[:count])
    expected = np.argsort(keys, kind="stable")
    np.testing.assert_array_equal(random.permutation(3000, 3), expected)


def test_shuffle_along_an_axis():
    x = np.arange(12).reshape(3, 4)
    y = random.shuffle(x, axis=1, seed=2).numpy()
    np.testing.assert_array_equal(np.sort(y, axis=1), x)
    assert len({tuple(row - row[0]) for row in y}) == 1


class TestDropout:
    def test_factors(self):
        mask = random.dropout_mask((40_000,), 0.3, seed=1)
        assert mask.dtype == "float32"
        assert set(np.unique(mask)) == {np.float32(0), np.float32(1 / 0.7)}
        assert abs((mask == 0).mean() - 0.3) < 0.01
        assert random.dropout_mask((3,), 0.0).tolist() == [1, 1, 1]
        assert random.dropout_mask((3,), 1.0).tolist() == [0, 0, 0]
        assert random.dropout_mask((2,), 0.5, "float64").dtype == "float64"

    @pytest.mark.parametrize("rate", [-0.1, 1.1])
    def test_rates_that_are_none(self, rate):
        for function in (
            random.dropout_mask,
            lambda shape, rate: ops.dropout(np.ones(shape), rate),
        ):
            with pytest.raises(ValueError, match=r"\[dropout\] rate must lie in \[0, 1\]"):
                function((3,), rate)

    def test_gradient_is_the_mask(self):
        x = convert_to_tensor(np.arange(1, 101, dtype="float32"))
        y, dx, _ = ops.vjp(lambda x: ops.dropout(x, 0.5, seed=1), x, None)
        np.testing.assert_array_equal(y.numpy(), x.numpy() * dx.numpy())
        assert set(dx.numpy().tolist()) == {0.0, 2.0}

    def test_rate_zero_draws_nothing(self):
        generator = SeedGenerator(1)
        x = convert_to_tensor([1.0, 2.0])
        with GradientTape() as tape:
            tape.watch(x)
            y = ops.dropout(x, 0.0, seed=generator)
        assert generator.state[2] == 0
        np.testing.assert_array_equal(y.numpy(), x.numpy())
        np.testing.assert_array_equal(tape.gradient(y, x).numpy(), [1, 1])

    def test_noise_shape(self):
        y = ops.dropout(np.ones((4, 5, 6), "f4"), 0.5, noise_shape=(None, 1, 6), seed=3).numpy()
        assert (y == y[:, :1]).all()
        assert 0 < y.mean() < 2
        with pytest.raises(ValueError, match=r"\[dropout\] noise_shape"):
            ops.dropout(np.ones((4, 5), "f4"), 0.5, noise_shape=(2, 5))

    def test_a_symbolic_dropout_draws_when_it_runs(self):
        generator = SeedGenerator(1)
        y = ops.dropout(KerasTensor((None, 100)), 0.5, seed=generator)
        assert y.shape == (None, 100)
        assert generator.state[2] == 0
        node, _ = y.history
        x = np.ones((2, 100), "f4")
        results = [node.operation(x, **node.kwargs).numpy() for _ in range(2)]
        assert not np.array_equal(*results)

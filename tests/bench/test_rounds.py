"""The arithmetic of rounds, with clocks that are told what to say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tidegate_bench.harness.rounds import Times, measure


def _clock(values: Iterator[float]) -> tuple[list[float], object]:
    said: list[float] = []

    def timer() -> float:
        said.append(next(values, 1.0))
        return said[-1]

    return said, timer


def test_ratio_is_the_median_of_pairs() -> None:
    times = Times([{"a": 1.0, "b": 2.0}, {"a": 10.0, "b": 30.0}, {"a": 1.0, "b": 4.0}, {"a": 9.0}])
    assert times.ratio("b", "a") == 3.0
    assert times.fastest(["a", "b"]) == "b"


def test_a_round_with_an_outlier_is_measured_once_more_whatever_comes() -> None:
    said, timer = _clock(iter([1.0, 1.0, 5.0, 1.0, 1.0, 7.0]))
    times = measure({"a": timer}, "a", 5)  # type: ignore[dict-item]
    assert said == [1.0, 1.0, 5.0, 1.0, 1.0, 7.0]
    assert times.of("a") == [1.0, 1.0, 7.0, 1.0, 1.0]
    assert times.again == 1


def test_who_is_much_slower_sits_out_two_rounds_of_three() -> None:
    said, slow = _clock(iter([9.0] * 20))
    times = measure({"a": lambda: 1.0, "b": slow}, "a", 9)  # type: ignore[dict-item]
    assert len(times.of("a")) == 9
    assert len(said) == len(times.of("b")) == 5


def test_the_order_rotates() -> None:
    order: list[str] = []
    timers = {name: lambda n=name: float(not order.append(n)) for name in "abc"}
    measure(timers, "a", 3)
    assert "".join(order) == "abcbcacab"


@pytest.mark.parametrize(("values", "spread"), [([1.0, 1.0, 1.0], 0.0), ([1.0, 2.0, 3.0], 1.0)])
def test_spread_of_few_rounds_is_their_range(values: list[float], spread: float) -> None:
    assert Times([{"a": v} for v in values]).spread("a") == spread

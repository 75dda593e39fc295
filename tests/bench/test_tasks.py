"""Rows: names, FLOP, bytes that have to move."""

from __future__ import annotations

import pytest

from tidegate_bench.harness.tasks import Task, parse, select


def test_least_bytes_counted_by_hand():
    task = parse("inference", "lstm-2-3-5-7")
    per_step = 2 * 4 * 7 * (5 + 7) * 2  # of 2 rows: a product and a sum for 4 gates
    assert task.flop == 3 * per_step
    u, w, b = 4 * 7 * 7, 4 * 5 * 7, 4 * 7
    x, y = 2 * 3 * 5, 2 * 3 * 7
    assert task.least_bytes == 4 * (3 * u + w + b + x + y)
    training = parse("training", "lstm-2-3-5-7")
    # Forward and back: U in each step; x, y, W, b and dx, dy, dW, db; dU once.
    assert training.least_bytes == 2 * 4 * (3 * u + w + b + x + y) + 4 * u
    assert training.flop == 3 * task.flop
    assert task.intensity == task.flop / task.least_bytes


def test_two_directions_move_twice_the_weights():
    one, two = (parse("inference", f"{cell}-1-50-64-64") for cell in ("gru", "bigru"))
    assert two.flop == 2 * one.flop
    assert one.least_bytes < two.least_bytes < 2 * one.least_bytes  # they share x


def test_one_row_is_bound_by_reading_u():
    assert parse("inference", "lstm-1-1000-64-128").intensity < 1
    assert parse("inference", "lstm-64-1000-512-512").intensity > 50


@pytest.mark.parametrize("kind", ["inference", "training", "step", "fit"])
def test_named_sets_are_rows_of_each_kind(kind):
    for name in ("quick", "main", "all"):
        tasks = select(kind, [name])
        assert tasks
        assert all(isinstance(task, Task) and task.kind == kind for task in tasks)
        assert [parse(kind, task.name) for task in tasks] == tasks


def test_a_fit_has_the_tutorials_sizes_or_its_own():
    assert parse("fit", "lstm-mask") == Task("fit", "lstm", 32, 200, 64, 128, mask=True)
    assert parse("fit", "bigru-20-8") == Task("fit", "gru", 32, 20, 8, 8, bidirectional=True)
    small = select("fit", ["small"])
    assert {task.units for task in small} == {8, 16, 32}
    assert [parse("fit", task.name) for task in small] == small
    with pytest.raises(ValueError, match=r"0 or 2 sizes\. Received: 'lstm-20'"):
        parse("fit", "lstm-20")


def test_a_wrong_row_says_how_a_right_one_looks():
    with pytest.raises(ValueError, match=r"Received: 'lstm-32'. Hint: lstm-32-100-64-128"):
        parse("training", "lstm-32")

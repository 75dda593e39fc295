"""Automatic names."""

from __future__ import annotations

from tidegate.layers import LSTM
from tidegate.utils import clear_session
from tidegate.utils.naming import object_name, to_snake_case, uniquify


def test_snake_case():
    assert to_snake_case("TimeDistributed") == "time_distributed"
    assert to_snake_case("SimpleRNN") == "simple_rnn"


def test_numbers_from_the_second_on():
    clear_session()
    assert [uniquify("x_test"), uniquify("x_test"), uniquify("x_test")] == [
        "x_test", "x_test_1", "x_test_2",
    ]  # fmt: skip
    assert [LSTM(1).name, LSTM(1).name] == ["lstm", "lstm_1"]


def test_names_of_functions_and_objects():
    assert object_name(to_snake_case) == "to_snake_case"
    assert object_name(3) == "int"

"""The table, letter for letter."""

from __future__ import annotations

import re

import pytest

from tidegate.layers import Concatenate, Dense, Embedding, Input
from tidegate.models import Model, Sequential

STACK = """\
Model: "net"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ e (Embedding)                   │ (None, 7, 4)           │           400 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ d (Dense)                       │ (None, 7, 1)           │             5 │
└─────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 405 (1.58 KB)
 Trainable params: 405 (1.58 KB)
 Non-trainable params: 0 (0.00 B)"""


def text_of(model, **arguments):
    parts = []
    model.summary(print_fn=parts.append, **arguments)
    return "\n".join(parts)


def stack():
    return Sequential([Input((7,)), Embedding(100, 4, name="e"), Dense(1, name="d")], name="net")


def test_stack():
    assert text_of(stack(), line_length=76) == STACK


def test_unbuilt():
    text = text_of(Sequential([Dense(1, name="d")]), line_length=76)
    assert "│ d (Dense)                       │ ?                      │   0 (unbuilt) │" in text


def test_graph_with_connections():
    a, b = Input((3,), name="a"), Input((3,), name="b")
    model = Model([a, b], Dense(1, name="d")(Concatenate(name="c")([a, b])))
    text = text_of(model, line_length=100)
    assert "Connected to" in text
    assert "a[0][0], b[0][0]" in text
    assert "│ -" in text


def test_optimizer_and_trainable_and_nested():
    model = stack()
    model.layers[0].trainable = False
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_weights)
    text = text_of(model, show_trainable=True, line_length=100)
    assert "Optimizer params: 12" in text
    assert "Non-trainable params: 400" in text
    assert re.search("│ +N +│", text)
    outer = Sequential([Input((7,)), model], name="outer")
    assert "└ d (Dense)" in text_of(outer, expand_nested=True, line_length=100)


def test_range_and_width():
    assert "Embedding" not in text_of(stack(), layer_range=["d", "d"])
    with pytest.raises(ValueError, match="layer_range names no layer"):
        text_of(stack(), layer_range=["x", "y"])
    with pytest.raises(ValueError, match="each column needs 4 characters"):
        text_of(stack(), line_length=8)


def test_printed_by_itself(capsys):
    stack().summary()
    assert "Total params: 405" in capsys.readouterr().out

"""What a call takes is looked up once per class."""

from __future__ import annotations

from tidegate.layers import LSTM, Dropout, Layer
from tidegate.layers.signature import signature_of


def test_signatures():
    assert signature_of(LSTM).names == ("sequences", "initial_state", "mask", "training")
    assert signature_of(LSTM) is signature_of(LSTM)
    assert signature_of(Dropout).training_default is False

    class Open(Layer):
        def call(self, query, query_mask=None, **kwargs):
            return query

    found = signature_of(Open)
    assert found.open
    assert found.mask_names == ("query_mask",)
    assert not found.has_training

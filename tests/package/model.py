"""`python tests/package/model.py steps.tide sequences.tide`: the models that the programs of this
folder load, one that steps and one that needs whole sequences."""

from __future__ import annotations

import sys

import tidegate
from tidegate.layers import LSTM, Bidirectional, Dense, Input

tidegate.utils.set_random_seed(1)
model = tidegate.Sequential([Input((None, 3)), LSTM(16), Dense(2, "softmax")])
model.export(sys.argv[1])
model = tidegate.Sequential([Input((None, 3)), Bidirectional(LSTM(4, return_sequences=True))])
model.export(sys.argv[2])

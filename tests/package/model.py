"""`python tests/package/model.py steps.tide sequences.tide [bytes.tide]`: the models that this
folder's programs load, one that steps and one for whole sequences; the first also in 8 bits."""

from __future__ import annotations

import sys

import tidegate
from tidegate.layers import LSTM, Bidirectional, Dense, Input

tidegate.utils.set_random_seed(1)
model = tidegate.Sequential([Input((None, 3)), LSTM(16), Dense(2, "softmax")])
model.export(sys.argv[1])
for path in sys.argv[3:]:
    model.export(path, weights="int8")
model = tidegate.Sequential([Input((None, 3)), Bidirectional(LSTM(4, return_sequences=True))])
model.export(sys.argv[2])

"""`python tests/package/model.py m.tide`: the model that the programs of this folder load."""

from __future__ import annotations

import sys

import tidegate
from tidegate.layers import LSTM, Dense, Input

tidegate.utils.set_random_seed(1)
model = tidegate.Sequential([Input((None, 3)), LSTM(16), Dense(2, "softmax")])
model.export(sys.argv[1])

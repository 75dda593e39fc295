"""A small model and data that all tests of callbacks train."""

from __future__ import annotations

import numpy as np

from tidegate.layers import Dense, Input
from tidegate.models import Sequential

X = np.random.default_rng(0).normal(size=(40, 3)).astype("f4")
Y = X.sum(axis=1)


def model(**compiling):
    net = Sequential([Input((3,)), Dense(1)])
    net.compile(**{"optimizer": "sgd", "loss": "mse", **compiling})
    return net


def fit(net, *callbacks, epochs=3, **arguments):
    return net.fit(X, Y, epochs=epochs, verbose=0, callbacks=list(callbacks), **arguments)

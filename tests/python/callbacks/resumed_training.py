"""A training with everything that has a state: run as a script it prints a digest at its end."""

from __future__ import annotations

import hashlib
import sys

import numpy as np

import tidegate
from tidegate import layers

FORMS = ("arrays", "steps", "batches", "generator")
RNG = np.random.default_rng(8)
X = RNG.normal(size=(40, 4, 3)).astype("float32")
Y = RNG.normal(size=(40, 1)).astype("float32")
BATCH = 8


class Batches(tidegate.utils.PyDataset):
    def __len__(self):
        return 5

    def __getitem__(self, index):
        rows = slice(index * BATCH, (index + 1) * BATCH)
        return X[rows], Y[rows]


def forever():
    while True:
        for i in range(5):
            yield Batches()[i]


def net(units=4):
    tidegate.utils.set_random_seed(3)
    model = tidegate.Sequential(
        [
            tidegate.Input(batch_shape=(BATCH, 4, 3)),
            layers.GRU(units, dropout=0.2, recurrent_dropout=0.2, stateful=True),
            layers.Dropout(0.3),
            layers.Dense(1, kernel_regularizer="l2"),
        ]
    )
    model.compile(tidegate.optimizers.Adam(0.01, use_ema=True, ema_momentum=0.9), "mse")
    return model


def train(model, form, callbacks, epochs=4):
    data = {
        "arrays": {"x": X, "y": Y, "batch_size": BATCH},
        "steps": {"x": X, "y": Y, "batch_size": BATCH, "steps_per_epoch": 6, "shuffle": False},
        "batches": {"x": Batches()},
        "generator": {"x": forever(), "steps_per_epoch": 6, "shuffle": False},
    }[form]
    model.fit(**data, epochs=epochs, verbose=0, callbacks=callbacks)


class Begun(tidegate.callbacks.Callback):
    def on_train_begin(self, logs=None):
        print("begun", flush=True)


if __name__ == "__main__":
    network = net()
    backup = tidegate.callbacks.BackupAndRestore(sys.argv[1], save_freq=1)
    train(network, "arrays", [backup, Begun()], epochs=40)
    bits = b"".join(weight.tobytes() for weight in network.get_weights())
    print(hashlib.sha256(bits).hexdigest())

"""TensorBoard itself reads what the callback writes."""

from __future__ import annotations

import numpy as np
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

import tidegate


def test_scalars_and_histograms(tmp_path):
    model = tidegate.Sequential([tidegate.Input((2,)), tidegate.layers.Dense(3, name="head")])
    model.compile("sgd", "mse")
    board = tidegate.callbacks.TensorBoard(tmp_path, histogram_freq=1, update_freq="batch")
    x, y = np.ones((6, 2), "float32"), np.zeros((6, 3), "float32")
    history = model.fit(
        x, y, batch_size=2, epochs=3, validation_data=(x, y), verbose=0, callbacks=[board]
    ).history
    read = {}
    for name in ("train", "validation"):
        read[name] = EventAccumulator(str(tmp_path / name))
        read[name].Reload()
    for name, key in (("train", "loss"), ("validation", "val_loss")):
        events = read[name].Scalars("epoch_loss")
        assert [event.step for event in events] == [0, 1, 2]
        np.testing.assert_allclose([event.value for event in events], history[key], rtol=1e-6)
    assert len(read["train"].Scalars("batch_loss")) == 9
    weight = model.layers[0].kernel
    spread = read["train"].Histograms(f"{weight.path}/histogram")[-1].histogram_value
    kernel = weight.numpy()
    assert (spread.num, spread.min, spread.max) == (6, kernel.min(), kernel.max())
    assert sum(spread.bucket) == 6
    # The way of the page that a browser shows: values are turned into tensors on it.
    path = next((tmp_path / "train").iterdir())
    tags = [v.tag for event in EventFileLoader(str(path)).Load() for v in event.summary.value]
    assert tags.count("epoch_loss") == 3

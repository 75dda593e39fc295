"""The records of the event files, read back byte by byte."""

from __future__ import annotations

import struct

import numpy as np
import pytest

import tidegate
from tidegate import callbacks, layers
from tidegate.callbacks.event_file import _masked_crc


def records(folder):
    found = []
    for path in sorted(folder.iterdir()):
        data = path.read_bytes()
        while data:
            (length,) = struct.unpack("<Q", data[:8])
            body = data[12 : 12 + length]
            assert struct.unpack("<I", data[8:12])[0] == _masked_crc(data[:8])
            end = 12 + length
            assert struct.unpack("<I", data[end : end + 4])[0] == _masked_crc(body)
            found.append(body)
            data = data[end + 4 :]
    return found


def test_the_checksum_is_castagnolis():
    # RFC 3720, B.4: 32 bytes of zeros.
    crc = 0x8A9136AA
    masked = ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
    assert _masked_crc(bytes(32)) == masked


@pytest.mark.parametrize("update_freq", ["epoch", "batch", 2])
def test_what_is_written(tmp_path, update_freq):
    model = tidegate.Sequential([tidegate.Input((2,)), layers.Dense(1, name="head")])
    model.compile("sgd", "mse", metrics=["mae"])
    board = callbacks.TensorBoard(
        tmp_path, histogram_freq=1, update_freq=update_freq, write_steps_per_second=True
    )
    x, y = np.ones((6, 2)), np.ones(6)
    model.fit(x, y, batch_size=2, epochs=2, validation_data=(x, y), verbose=0, callbacks=[board])
    train, validation = records(tmp_path / "train"), records(tmp_path / "validation")
    assert train[0].endswith(b"brain.Event:2")
    for tag in (b"epoch_loss", b"epoch_mae", b"epoch_learning_rate", b"epoch_steps_per_second"):
        assert sum(tag in record for record in train) == 2
    assert sum(b"head/kernel/histogram" in record for record in train) == 2
    per_batch = {"epoch": 0, "batch": 6, 2: 3}[update_freq]
    assert sum(b"batch_loss" in record for record in train) == per_batch
    assert sum(b"epoch_loss" in record for record in validation) == 2
    assert sum(b"evaluation_loss_vs_iterations" in record for record in validation) == 2


def test_what_is_not_written():
    with pytest.raises(ValueError, match="profile_batch must be 0"):
        callbacks.TensorBoard(profile_batch=2)
    with pytest.raises(NotImplementedError, match="write_images"):
        callbacks.TensorBoard(write_images=True)

"""A training that goes on after an interruption ends with the bits of one that was not."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tidegate import callbacks

from . import resumed_training as job


class StopAt(callbacks.Callback):
    def __init__(self, batches):
        super().__init__()
        self.left = batches

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


def uninterrupted(form):
    model = job.net()
    job.train(model, form, [])
    return model.get_weights()


@pytest.mark.parametrize("form", job.FORMS)
@pytest.mark.parametrize("save_freq", ["epoch", 1, 3])
@pytest.mark.parametrize("stop", [1, 6, 7, 12, 20])
def test_same_bits(form, save_freq, stop, tmp_path):
    folder = tmp_path / "backup"
    backup = callbacks.BackupAndRestore(folder, save_freq)
    with pytest.raises(KeyboardInterrupt):
        job.train(job.net(), form, [backup, StopAt(stop)])
    model = job.net()
    job.train(model, form, [callbacks.BackupAndRestore(folder, save_freq)])
    for mine, expected in zip(model.get_weights(), uninterrupted(form)):
        assert mine.tobytes() == expected.tobytes()
    assert not folder.exists()


def kill_and_restart(folder: Path, times: int, seed: int) -> str:
    """The digest that the job prints at last, after kills at random moments."""
    rng = random.Random(seed)
    command = [sys.executable, job.__file__, str(folder)]
    for _ in range(times):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        process.stdout.readline()  # it has begun to train
        time.sleep(rng.uniform(0, 0.25))
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.split()[-1]


def digest_of_one_run(folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, job.__file__, str(folder)], capture_output=True, text=True, check=True
    )
    return done.stdout.split()[-1]


def test_killed_at_random_moments(tmp_path):
    expected = digest_of_one_run(tmp_path / "whole")
    assert kill_and_restart(tmp_path / "parts", times=3, seed=1) == expected


@pytest.mark.slow
def test_killed_at_50_random_moments(tmp_path):
    expected = digest_of_one_run(tmp_path / "whole")
    for seed in range(10):
        assert kill_and_restart(tmp_path / f"parts{seed}", times=5, seed=seed) == expected


def test_the_backup_before_the_last(tmp_path):
    backup = callbacks.BackupAndRestore(tmp_path, 1, double_checkpoint=True)
    with pytest.raises(KeyboardInterrupt):
        job.train(job.net(), "arrays", [backup, StopAt(4)])
    (tmp_path / "latest.safetensors").write_bytes(b"nothing")
    model = job.net()
    job.train(model, "arrays", [callbacks.BackupAndRestore(tmp_path, 1, double_checkpoint=True)])
    for mine, expected in zip(model.get_weights(), uninterrupted("arrays")):
        assert mine.tobytes() == expected.tobytes()


def test_a_damaged_backup_without_another_one(tmp_path):
    (tmp_path / "latest.safetensors").write_bytes(b"nothing")
    with pytest.raises(Exception, match="at least 8 bytes"):
        job.train(job.net(), "arrays", [callbacks.BackupAndRestore(tmp_path)])


def test_a_backup_of_another_model(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        job.train(job.net(), "arrays", [callbacks.BackupAndRestore(tmp_path, 1), StopAt(2)])
    other = job.net(units=3)
    before = other.get_weights()
    with pytest.raises(ValueError, match="must be one of this model"):
        job.train(other, "arrays", [callbacks.BackupAndRestore(tmp_path, 1)])
    for mine, old in zip(other.get_weights(), before):
        np.testing.assert_array_equal(mine, old)


def test_what_stays(tmp_path):
    keep = tmp_path / "own.txt"
    keep.write_text("mine")
    job.train(job.net(), "arrays", [callbacks.BackupAndRestore(tmp_path)])
    assert [p.name for p in tmp_path.iterdir()] == ["own.txt"]
    job.train(
        job.net(), "arrays", [callbacks.BackupAndRestore(tmp_path / "b", delete_checkpoint=False)]
    )
    assert (tmp_path / "b" / "latest.safetensors").exists()


@pytest.mark.parametrize(
    ("arguments", "match"),
    [(("",), "must be a folder"), (("a", 2.5), 'save_freq must be "epoch"')],
)
def test_bad_arguments(arguments, match):
    with pytest.raises(ValueError, match=match):
        callbacks.BackupAndRestore(*arguments)

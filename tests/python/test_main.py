"""The command line: commands, flags, exit codes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tidegate import __main__ as command_line
from tidegate import __version__
from tidegate.demo import run


def test_module_runs_and_prints_its_version():
    command = [sys.executable, "-m", "tidegate", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"tidegate {__version__}\n"


def test_no_command_prints_the_help(capsys):
    assert command_line.main([]) == 2
    assert "demo" in capsys.readouterr().out


@pytest.mark.parametrize("flag", ["cmakedir", "includes", "libs"])
def test_folder_is_printed_where_it_exists(flag, capsys, monkeypatch, tmp_path):
    folders = dict.fromkeys(("cmakedir", "includes", "libs"), tmp_path / "absent")
    monkeypatch.setattr(command_line, "_folders", lambda: folders | {flag: tmp_path})
    assert command_line.main([f"--{flag}"]) == 0
    assert capsys.readouterr().out == f"{tmp_path}\n"


def test_missing_folder_is_an_error_with_a_hint(capsys, monkeypatch, tmp_path):
    folders = dict.fromkeys(("cmakedir", "includes", "libs"), tmp_path / "absent")
    monkeypatch.setattr(command_line, "_folders", lambda: folders)
    assert command_line.main(["--libs"]) == 1
    assert "pip install ." in capsys.readouterr().err


def test_folders_are_beside_the_extension():
    from tidegate import _core

    for folder in command_line._folders().values():
        assert str(folder).startswith(_core.__file__.rsplit("/", 1)[0])


def test_demo_gets_its_options(monkeypatch, tmp_path):
    seen = {}
    monkeypatch.setattr(run, "main", lambda folder, **options: seen.update(options, at=folder) or 7)
    assert command_line.main(["demo", "--out", str(tmp_path), "--epochs", "3", "--seed", "5"]) == 7
    assert seen == {"at": tmp_path, "epochs": 3, "seed": 5}
    command_line.main(["demo"])
    assert seen["epochs"] == run.EPOCHS


def test_bench_gets_its_words(monkeypatch):
    from tidegate_bench import cli

    seen = []
    monkeypatch.setattr(cli, "main", lambda words: seen.append(words) or 7)
    assert command_line.main(["bench", "step", "--rows", "lstm-8"]) == 7
    assert seen == [["step", "--rows", "lstm-8"]]


@pytest.mark.parametrize("option", ["--epochs", "--threads"])
def test_counts_must_be_positive(option, capsys):
    with pytest.raises(SystemExit, match="2"):
        command_line.main(["demo", option, "0"])
    assert "must be at least 1. Received: 0." in capsys.readouterr().err

"""Counts are read from callgrind's files; a growth, a gain and another compiler are seen."""

from __future__ import annotations

import json

import instructions
import pytest

# Three functions: main and kernel of the program, memset of glibc, called by kernel.
DUMP = """# callgrind format
version: 1
part: 1

desc: Trigger: Client Request: lstm_inference

positions: line
events: Ir
summary: 1160


ob=(1) /build/instructions
fl=(1) instructions.cpp
fn=(1) main
16 5
cfi=(2) lstm.cpp
cfn=(2) kernel
calls=1 30
+1 1150

fl=(2)
fn=(2)
30 40
* 10
-2 100
cob=(2) /lib/libc.so.6
cfi=(3) memset.S
cfn=(3) memset
calls=2 50
30 1000

ob=(2)
fl=(3)
fn=(3)
50 1000

ob=(1)
fl=(2)
fn=(4) another
+9 5
"""
PROGRAM_ALONE = 5 + 40 + 10 + 100 + 5


def test_own_code_is_counted_without_what_it_calls_in_the_c_library():
    case, total = instructions.own_instructions(DUMP, "instructions")
    assert (case, total) == ("lstm_inference", PROGRAM_ALONE)


@pytest.mark.parametrize(
    ("comments", "name"),
    [
        ("  [     1]  GCC: (Debian 12.2.0-14+deb12u1) 12.2.0\n", "GCC 12"),
        ("GCC: (GNU) 13.1.0\nGCC: (Debian 12.2.0-14) 12.2.0\n", "GCC 12, GCC 13"),
        ("Debian clang version 14.0.6\n", "clang 14"),
        ("", "unknown"),
    ],
)
def test_the_compiler_is_read_from_the_objects(comments, name):
    assert instructions.compiler_of(comments) == name


@pytest.fixture
def baseline(tmp_path, monkeypatch):
    """Callgrind and the compiler are replaced by what a test says; the baseline is a copy."""
    path = tmp_path / "instructions.json"
    path.write_text(json.dumps({"compiler": "GCC 12", "counts": {"lstm": 1000, "gru": 2000}}))
    monkeypatch.setattr(instructions, "ROOT", tmp_path)
    monkeypatch.setattr(instructions, "BASELINE", path)
    monkeypatch.setattr(instructions, "run", lambda command, **_: "GCC: (Debian) 12.2.0")
    return path


def status(monkeypatch, counts, *arguments):
    monkeypatch.setattr(instructions, "count", lambda library: counts)
    return instructions.main(["libtidegate.a", *arguments])


@pytest.mark.parametrize(
    ("counts", "expected", "text"),
    [
        ({"lstm": 1030, "gru": 2000}, 0, "2 cases, 0 findings"),
        ({"lstm": 1031, "gru": 2000}, 1, "lstm: 1,000 -> 1,031 instructions, +3.1 %"),
        ({"lstm": 960, "gru": 2000}, 0, "lstm: 1,000 -> 960 instructions, -4.0 %"),
        ({"lstm": 1000}, 1, "gru is in the baseline and was not run"),
        ({"lstm": 1000, "gru": 2000, "adam": 1}, 1, "adam has no number in the baseline"),
        ({"lstm": 1000, "gru": 2000, "equal_step_0": 5, "equal_step_1": 5}, 0, "0 findings"),
        ({"lstm": 1000, "gru": 2000, "equal_step_0": 5, "equal_step_1": 6}, 1, "take the same"),
    ],
)
def test_counts_are_compared_with_the_baseline(
    baseline, monkeypatch, capsys, counts, expected, text
):
    assert status(monkeypatch, counts) == expected
    assert text in capsys.readouterr().out


def test_a_finding_says_how_to_renew(baseline, monkeypatch, capsys):
    status(monkeypatch, {"lstm": 1500, "gru": 2000})
    assert "python3 .ci/instructions.py libtidegate.a --renew" in capsys.readouterr().out


def test_another_compiler_is_not_compared(baseline, monkeypatch, capsys):
    monkeypatch.setattr(instructions, "run", lambda command, **_: "GCC: (Debian) 13.1.0")
    assert status(monkeypatch, {"lstm": 1000, "gru": 2000}) == 2
    assert "compiled by GCC 13, the baseline by GCC 12" in capsys.readouterr().out


def test_renewing_writes_counts_and_compiler(baseline, monkeypatch):
    assert status(monkeypatch, {"lstm": 5, "gru": 6}, "--renew") == 0
    assert json.loads(baseline.read_text()) == {
        "compiler": "GCC 12",
        "counts": {"lstm": 5, "gru": 6},
    }
    assert status(monkeypatch, {"lstm": 5, "gru": 6}) == 0


def test_a_command_that_fails_ends_the_comparison(capsys, monkeypatch, tmp_path):
    assert instructions.main([str(tmp_path / "missing.a")]) == 2
    assert "missing.a" in capsys.readouterr().out


def test_every_case_of_the_baseline_is_one_of_the_program():
    program = instructions.SOURCE.read_text()
    counts = json.loads(instructions.BASELINE.read_text())["counts"]
    parts = ("_inference", "_training_forward", "_training_backward", "activation_")
    for case in counts:
        names = [case, *(case.replace(part, "") for part in parts if part in case)]
        assert any(f'"{name}"' in program for name in names), case

"""README.md says what the reports say."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def readme():
    spec = importlib.util.spec_from_file_location("readme", ROOT / "benchmarks" / "readme.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_readme_is_what_the_reports_say(readme):
    _, inside, _ = readme.parts((ROOT / "README.md").read_text())
    assert inside == readme.render(), "run: python benchmarks/readme.py --write"


def test_a_row_that_is_lost_is_not_called_a_win(readme):
    row = {"kind": "inference", "threads": 1, "row": "a", "fastest": "torch",
           "ratios": {"tidegate": {"torch": 0.5}}}  # fmt: skip
    rows = [
        row | {"kind": kind, "threads": threads, "row": f"{kind}{threads}"}
        for kind in ("inference", "training")
        for threads in (1, 2)
    ]
    rows[0]["ratios"] = {"tidegate": {"torch": 2.0}}
    text = " ".join(readme.whole_grid({"rows": rows}))
    assert "ahead of every peer at 1 of 4 rows" in text
    assert "0.50 to 2.00 times as long" in text
    assert "2.00 and 0.50 of inference, 0.50 and 0.50 of training" in text


def test_pictures_of_the_readme_are_there(readme):
    _, inside, _ = readme.parts((ROOT / "README.md").read_text())
    for picture in ("main.png", "main-roofline.png", "grid-roofline.png"):
        assert (ROOT / "benchmarks" / "results" / picture).is_file()
    assert "(benchmarks/results/main.png)" in inside

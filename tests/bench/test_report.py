"""Fairness lines and the numbers behind the pictures."""

from __future__ import annotations

import doctest
import itertools
import json
import math
from pathlib import Path

import pytest

from tidegate_bench.report import fairness, pictures, roofline, style

RESULTS = Path(__file__).resolve().parents[2] / "benchmarks" / "results"


@pytest.fixture(scope="module")
def main_report():
    return json.loads((RESULTS / "main.json").read_text())


@pytest.fixture
def report(main_report):
    watch = {
        "threads": 1,
        "seconds": 60.0,
        "others": 0.02,
        "stolen": 0.0,
        "cpus": {"tidegate": [1], "torch": [1]},
        "awake": {"tidegate": 0.0, "torch": 0.25},
    }
    return main_report | {"watches": [watch]}


def test_fairness_names_versions_pauses_spread_and_agreement(report):
    text = "\n".join(fairness.lines(report))
    assert "torch: torch 2.13.0+cpu; 1 thread(s) on CPU 1" in text
    assert "the 2 contenders together used 0.25 s of CPU while" in text
    entries = [e for row in report["rows"] for e in row["timed"].values()]
    assert f"results: {len(entries)} verified" in text
    assert f"largest error {max(e['error'] for e in entries):.1e}" in text
    assert f"widest {max(e['spread'] for e in entries):.0%}" in text
    assert "not timed at 6 of 12 rows: ort: does not offer it" in text
    assert "TOO BUSY" not in text


def test_others_that_compute_are_called_out(report):
    report["watches"] = [report["watches"][0] | {"others": 0.8}]
    assert "0.80 cores on average" in "\n".join(fairness.lines(report))
    assert "TOO BUSY, these figures are noise" in "\n".join(fairness.lines(report))


def test_panels_have_the_roof_of_their_threads(main_report):
    found = roofline.panels(main_report)
    assert [panel.title for panel in found] == [title for title, _ in style.sections(main_report)]
    limits = main_report["limits"]
    for panel in found:
        threads = panel.rows[0]["threads"]
        best = max(limits[f"{isa}, {threads}"]["gflops"] for isa in ("avx512", "avx2"))
        assert panel.peak == best  # on some processors both have the same peak
        for level, gbs in panel.reads.items():
            assert gbs == max(limits[f"{isa}, {threads}"]["read_gbs"][level]
                              for isa in ("avx512", "avx2"))  # fmt: skip
        assert [roofline.intensity(row) for row in panel.rows] == sorted(
            roofline.intensity(row) for row in panel.rows
        )


def test_no_roofline_without_limits_or_layers(main_report):
    assert roofline.panels(main_report | {"limits": {}}) == []
    step = json.loads((RESULTS / "step.json").read_text())
    assert roofline.panels(step) == []


def test_columns_are_apart_in_order_and_near_their_values():
    values = [0.7, 0.71, 1.0, 20.0, 20.1, 20.2, 21.0]
    placed = roofline.columns(values)
    gaps = [math.log(b / a) for a, b in itertools.pairwise(placed)]
    assert min(gaps) >= roofline.APART * (1 - 1e-9)
    assert all(abs(math.log(p / v)) < 2 * roofline.APART for p, v in zip(placed, values))
    assert roofline.columns([1.0, 10.0]) == pytest.approx([1.0, 10.0])
    tried = doctest.testmod(roofline)
    assert (tried.attempted, tried.failed) == (1, 0)


def test_pictures_are_drawn_beside_the_report(main_report, tmp_path):
    pytest.importorskip("matplotlib")
    drawn = pictures.draw(main_report, tmp_path / "main.json")
    assert [path.name for path in drawn] == ["main.png", "main-roofline.png"]
    assert all(path.read_bytes()[:4] == b"\x89PNG" for path in drawn)


def test_without_matplotlib_it_says_so(main_report, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(pictures, "find_spec", lambda name: None)
    assert pictures.draw(main_report, tmp_path / "main.json") == []
    assert "no pictures: matplotlib is not installed" in capsys.readouterr().out

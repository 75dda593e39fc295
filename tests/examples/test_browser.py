"""The page of examples/browser as Chromium shows it: numbers and letters are those of the session
in Python on the same files. Skipped without Emscripten or Chromium; `.ci/full` has them."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from chromium import Browser, Page
from example_programs import EXAMPLES, load

import tidegate as keras

TOLERANCE = 1e-5  # WebAssembly rounds each product once more
NEEDED = ("make", "cmake", "em++", "chromium")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not all(map(shutil.which, NEEDED)), reason=f"needs {', '.join(NEEDED)} (apt-get install)"
    ),
]


@pytest.fixture(scope="module")
def numbers():
    return load("next_number")


@pytest.fixture(scope="module")
def letters():
    return load("next_letter")


def link(folder: Path) -> None:
    """Make index.html of the models in a folder."""
    command = ["make", f"OUT={folder}", f"PYTHON={sys.executable}"]
    where = EXAMPLES / "browser"
    done = subprocess.run(command, cwd=where, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def folder(numbers, letters, tmp_path_factory) -> Path:
    """index.html, and the models in it: small ones, trained a little, so that no two results are
    the same."""
    folder = tmp_path_factory.mktemp("browser")
    keras.utils.set_random_seed(0)
    model = numbers.build_model(units=20)
    numbers.train(model, numbers.generate(1000, np.random.default_rng(0)), ((4e-3, 2),))
    model.export(folder / "numbers.tide")
    model = letters.build_model(width=9, units=37)
    text = letters.encode((EXAMPLES.parent / "README.md").read_text())
    letters.train(model, text, ((1e-2, 4),), verbose=0)
    model.export(folder / "letters.tide")
    link(folder)
    return folder


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Browser(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


# What the page shows.
SHOWN = """({
    facts: element("facts").textContent,
    wrong: element("wrong").textContent,
    number: element("number").textContent,
    value: Number(element("number").dataset.value),
    text: element("text").value,
    series: [...document.querySelectorAll("#series button")].map(
        (button) => [button.textContent, button.dataset.expected.split(" ").map(Number)]),
    letters: [...document.querySelectorAll("#letters li")].map(
        (item) => [Number(item.dataset.id), Number(item.dataset.share)]),
})"""


def opened(browser, folder: Path, **given: str) -> Page:
    """The page, opened with what stands behind the #, after its scripts have run."""
    page = browser.open(f"{(folder / 'index.html').as_uri()}#{urlencode(given)}")
    while not page.evaluate("document.getElementById('facts')?.textContent"):
        time.sleep(0.05)
    return page


def expected_after(folder: Path, numbers, text: str) -> list[float]:
    """What the session in Python expects after each of the numbers."""
    session = keras.runtime.load(folder / "numbers.tide").session()
    read = np.array([[float(word) for word in text.split()]])
    return numbers.decode(read, session.run(numbers.encode(read)))[0].tolist()


def best_letters(folder: Path, letters, text: str) -> Any:
    """The five most likely ids after the text, likewise, each with its probability."""
    session = keras.runtime.load(folder / "letters.tide").session()
    shares = session.run(letters.encode("\n" + text)[np.newaxis])[0, -1]
    best = np.argsort(-shares)[:5]
    return [[i, pytest.approx(shares[i], rel=TOLERANCE)] for i in best]


@pytest.mark.parametrize(
    ("series", "text"),
    [(None, None), ("3 6 9 12 15 18 21", "O Romeo,\nwherefore {art} ~"), ("0.125", "")],
    ids=["at first", "given", "one number, no text"],
)
def test_page_shows_what_python_computes(browser, folder, numbers, letters, series, text):
    given = {} if series is None else {"numbers": series, "text": text}
    page = opened(browser, folder, **given).evaluate(SHOWN)
    assert len(page["series"]) == 4
    for name, expected in page["series"]:
        np.testing.assert_allclose(expected, expected_after(folder, numbers, name), rtol=TOLERANCE)
    last = expected_after(folder, numbers, series or "2 4 8 16")[-1]
    assert page["value"] == pytest.approx(last, rel=TOLERANCE)
    assert float(page["number"].replace(",", "")) == pytest.approx(last, rel=1e-3)
    text = letters.START if text is None else text
    assert page["letters"] == best_letters(folder, letters, text)
    assert "gave here what they gave in Python" in page["facts"]


def test_page_follows_what_is_typed(browser, folder, numbers, letters):
    page = opened(browser, folder)
    for place, text in (("numbers", "7 14 28"), ("text", "\u00d6dipus\tand the")):
        page.evaluate(f"element('{place}').value = {text!r}")
        page.evaluate(f"element('{place}').dispatchEvent(new Event('input'))")
    seen = page.evaluate(SHOWN)
    last = expected_after(folder, numbers, "7 14 28")[-1]
    assert seen["value"] == pytest.approx(last, rel=TOLERANCE)
    # Letters outside the alphabet are left out.
    assert seen["letters"] == best_letters(folder, letters, "dipusand the")
    page.evaluate("document.querySelectorAll('#series button')[1].click()")
    last = expected_after(folder, numbers, "5 15 45 135")[-1]
    assert page.evaluate(SHOWN)["value"] == pytest.approx(last, rel=TOLERANCE)


def test_page_writes_on_and_starts_over(browser, folder, letters):
    page = opened(browser, folder, text="Behold")
    page.evaluate("element('write').click()")
    while len(text := page.evaluate("element('text').value")) < len("Behold") + 300:
        time.sleep(0.05)
    assert text.startswith("Behold")
    assert len(text) == len("Behold") + 300
    assert len(set(text)) > 10
    assert letters.decode(letters.encode(text)) == text
    # The session has read what it wrote.
    assert page.evaluate(SHOWN)["letters"] == best_letters(folder, letters, text)
    page.evaluate("element('again').click()")
    assert page.evaluate(SHOWN)["text"] == "Behold"
    assert page.evaluate(SHOWN)["letters"] == best_letters(folder, letters, "Behold")


@pytest.mark.parametrize(
    ("series", "text"),
    [
        ("3 x", "Received: x"),
        ("3 -1 2", "Received: -1"),
        ("1e40", "Received: 1e40"),
        (" ", "One number at least"),
    ],
)
def test_page_says_which_number_is_wrong(browser, folder, series, text):
    page = opened(browser, folder, numbers=series).evaluate(SHOWN)
    assert text in page["wrong"]
    assert page["number"] == "?"


def test_a_changed_model_is_refused(browser, folder, tmp_path):
    shutil.copy(folder / "numbers.tide", tmp_path)
    content = bytearray((folder / "letters.tide").read_bytes())
    content[-1] ^= 1
    (tmp_path / "letters.tide").write_bytes(content)
    link(tmp_path)
    page = opened(browser, tmp_path).evaluate(SHOWN)
    assert "[load]" in page["facts"]
    assert "SHA-256" in page["facts"]
    assert page["letters"] == []

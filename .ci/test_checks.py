"""Every rule of checks.py finds what it is there for, in a tree made up for it."""

from __future__ import annotations

import subprocess

import checks
import pytest

PLANTED = {
    "sizes": ("python/tidegate/big.py", "#" * 30_001, "30001 bytes"),
    "upward": ("cpp/core/bad.cpp", '#include "rnn/lstm.h"\n', "core may not include rnn/lstm.h"),
    "threads": ("cpp/nn/bad.cpp", "#include <thread>\n", "threads are made in core alone"),
    "pybind": ("cpp/rnn/bad.h", "#include <pybind11/numpy.h>\n", "only bindings may include"),
    "printf": ("cpp/nn/bad.cpp", 'void f() { printf("x"); }\n', "printf("),
    "exit": ("cpp/core/bad.cpp", "void f() { std::exit(1); }\n", "std::exit("),
    "oracle": ("python/tidegate/reference/bad.py", "from .. import _core\n", "tidegate._core"),
    "layers": ("python/tidegate/ops/bad.py", "from ..layers import LSTM\n", "ops may not import"),
    "at": ("python/tidegate/bad.py", "y = a @ b\n", "line 1: products go through _core, not @"),
    "dot": ("python/tidegate/bad.py", "y = np.dot(a, b)\n", "not np.dot"),
    "link": ("docs/bad.md", "see [x](gone.md#part)\n", "a link to nothing: gone.md"),
    "path": ("docs/bad.md", "a\n\n`python rnn/gone.py --x`\n", "no such file: rnn/gone.py"),
    "long": ("tests/bad.py", "def f():\n" + "    x = 1\n" * 51, "f has 51 lines"),
}


@pytest.fixture
def tree(tmp_path, monkeypatch):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    monkeypatch.setattr(checks, "ROOT", tmp_path)
    monkeypatch.setattr(checks, "PACKAGE", tmp_path / "python" / "tidegate")
    return tmp_path


@pytest.mark.parametrize("rule", PLANTED)
def test_a_planted_violation_is_found(tree, capsys, rule):
    name, text, expected = PLANTED[rule]
    path = tree / name
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert checks.main() == 1
    assert expected in capsys.readouterr().out


def test_what_is_allowed_passes(tree):
    for name, text in {
        "cpp/core/team.cpp": "#include <thread>\n// prints nothing: printf(1)\n",
        "cpp/bindings/nn.cpp": '#include <pybind11/numpy.h>\n#include "nn/dense.h"\n',
        "python/tidegate/reference/cells.py": "y = a @ b\n",
        "python/tidegate/models/trainer.py": "from ..layers import Layer\n",
        "python/tidegate/ops/integer_product.py": "y = np.matmul(a, b)\n",
        "docs/a.md": "`core/team.cpp`, `bindings/`, `a/<name>.py`, [x](../docs/a.md#y), [z](https://z)",
    }.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
    assert checks.main() == 0

"""Rules of the tree that no compiler or linter knows. Exit status 1 and one line per finding.

Standard library only: `python3 .ci/checks.py` works in any clone.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "python" / "tidegate"
MOST_BYTES = 30_000
MOST_LINES = 50  # of one Python function, docstring not counted

# Who may include whom. `tidegate` are the public headers of the inference runtime.
INCLUDES = {
    "core": {"core"},
    "kernels": {"kernels", "core"},
    "rnn": {"rnn", "kernels", "core"},
    "nn": {"nn", "kernels", "core"},
    "cuda": {"cuda", "kernels"},
    "export": {"export"},
    "runtime": {"runtime", "tidegate", "rnn", "nn", "kernels", "core"},
    "include": {"tidegate"},
    "bindings": {"bindings", "rnn", "nn", "runtime", "tidegate", "kernels", "core"},
}

# Names of the package that a part may not import: the arrows upward.
UPWARD = {
    "tensor": {"layers", "models", "losses", "metrics", "optimizers", "callbacks", "saving"},
    "autodiff": {"layers", "models", "losses", "metrics", "optimizers", "callbacks", "saving"},
    "ops": {"layers", "models", "losses", "metrics", "optimizers", "callbacks", "saving"},
    "initializers": {"layers", "models", "losses", "metrics", "optimizers", "callbacks"},
    "activations": {"layers", "models", "losses", "metrics", "optimizers", "callbacks"},
    "layers": {"models", "losses", "metrics", "optimizers", "callbacks", "saving"},
    "losses": {"layers", "models", "metrics", "optimizers", "callbacks", "saving"},
    "metrics": {"layers", "models", "optimizers", "callbacks", "saving"},
    "optimizers": {"layers", "models", "losses", "metrics", "callbacks", "saving"},
}

PRODUCTS = {"matmul", "dot", "einsum", "vdot", "inner", "tensordot", "linalg"}
PRODUCTS_ALLOWED = ("reference", "ops/integer_product")  # integers: no order of sums matters

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]', re.MULTILINE)
SPEAKS = re.compile(
    r"\b(?:f?printf|puts|putchar|perror)\s*\(|std::(?:cout|cerr|clog)\b"
    r"|\b(?:std::)?(?:abort|exit|_exit|quick_exit|terminate)\s*\("
)
# In a document's code: a file with a suffix of the tree. Folders may be those of the reader.
SPAN = re.compile(r"`([^`\n]+)`")
NAMED = re.compile(r"(?:[\w.-]+/)+[\w.-]+\.(?:c|cmake|cpp|cu|h|json|md|py|pyi|sh|toml)")
LINK = re.compile(r"\]\(([^)#\s]+)")
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


def tracked(*patterns: str) -> list[Path]:
    """The files of the repository, whether committed yet or not, that match."""
    command = ["git", "ls-files", "-co", "--exclude-standard", "-z", "--", *patterns]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return sorted(ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file())


def sizes() -> Iterator[tuple[Path, str]]:
    for path in tracked("cpp", "python", "tests", "benchmarks", "examples", ".ci"):
        text = path.suffix in {".py", ".pyi", ".cpp", ".h", ".c", ".cu", ".cuh", ".cmake"}
        if text and path.stat().st_size > MOST_BYTES:
            yield path, f"{path.stat().st_size} bytes, at most {MOST_BYTES}: one idea per file"


def includes() -> Iterator[tuple[Path, str]]:
    for path in tracked("cpp/*.h", "cpp/*.cpp", "cpp/*.c", "cpp/*.cu", "cpp/*.cuh"):
        layer = path.relative_to(ROOT / "cpp").parts[0]
        allowed = INCLUDES.get(layer)
        for bracket, target in INCLUDE.findall(path.read_text()):
            first = target.split("/")[0]
            ours = "/" in target and (bracket == '"' or first in INCLUDES)
            if ours and allowed is not None and first not in allowed:
                yield path, f"{layer} may not include {target}"
            if first == "pybind11" and layer != "bindings":
                yield path, "only bindings may include pybind11"
            if (
                target in {"omp.h", "thread"}
                and not path.is_relative_to(ROOT / "cpp/core")
                and path.is_relative_to(ROOT / "cpp")
            ):
                yield path, "threads are made in core alone"


def silence() -> Iterator[tuple[Path, str]]:
    for path in tracked("cpp/*.h", "cpp/*.cpp", "cpp/*.c", "cpp/*.cu", "cpp/*.cuh"):
        code = COMMENT.sub("", path.read_text())
        for match in SPEAKS.finditer(code):
            yield path, f"the core neither prints nor ends the process: {match.group(0)}"


def imports(tree: ast.AST, part: tuple[str, ...]) -> Iterator[str]:
    """Names below `tidegate` that a module imports, relative imports resolved."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            base = ("tidegate", *part[: len(part) - node.level]) if node.level else ()
            module = (*base, *(node.module.split(".") if node.module else ()))
            for alias in node.names:
                yield ".".join((*module, alias.name))
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name


def python_arrows() -> Iterator[tuple[Path, str]]:
    for path in tracked("python/tidegate/*.py"):
        part = path.relative_to(PACKAGE).with_suffix("").parts
        for name in imports(ast.parse(path.read_text()), part):
            names = name.split(".")
            if names[0] != "tidegate" or len(names) < 2:
                continue
            if part[0] == "reference" and names[1] != "reference":
                yield path, f"the oracle imports nothing else of the package: {name}"
            if names[1] in UPWARD.get(part[0], ()):
                yield path, f"{part[0]} may not import {name}"


def products() -> Iterator[tuple[Path, str]]:
    for path in tracked("python/tidegate/*.py"):
        part = path.relative_to(PACKAGE).with_suffix("")
        if part.parts[0] in PRODUCTS_ALLOWED or part.as_posix() in PRODUCTS_ALLOWED:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
                yield path, f"line {node.lineno}: products go through _core, not @"
            if (
                isinstance(node, ast.Attribute)
                and node.attr in PRODUCTS
                and isinstance(node.value, ast.Name)
                and node.value.id in {"np", "numpy", "xp"}
            ):
                yield path, f"line {node.lineno}: products go through _core, not np.{node.attr}"


def long_functions() -> Iterator[tuple[Path, str]]:
    for path in tracked("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            first = node.body[0]
            if ast.get_docstring(node) is not None and len(node.body) > 1:
                first = node.body[1]
            lines = (node.end_lineno or first.lineno) - first.lineno + 1
            if lines > MOST_LINES:
                yield path, f"{node.name} has {lines} lines, at most {MOST_LINES}"


def documents() -> Iterator[tuple[Path, str]]:
    """Files that a document names: its links, and paths in its code spans.

    A path may leave out the folders before it (`harness/roofline.py`).
    """
    there = {f"/{path.relative_to(ROOT).as_posix()}" for path in tracked(".")}
    for path in tracked("*.md"):
        text = path.read_text()
        for link in LINK.findall(text):
            if "://" not in link and not (path.parent / link).exists():
                yield path, f"a link to nothing: {link}"
        for word in " ".join(SPAN.findall(text)).split():
            if NAMED.fullmatch(word) is None:
                continue
            if not any(one.endswith(f"/{word.removeprefix('../')}") for one in there):
                yield path, f"no such file: {word}"


def main() -> int:
    findings = 0
    for check in (sizes, includes, silence, python_arrows, products, long_functions, documents):
        for path, what in check():
            findings += 1
            print(f"{path.relative_to(ROOT)}: {what}")
    print(f"rules of the tree: {findings} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())

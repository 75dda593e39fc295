"""The C that every exported file shares, taken from the headers that the kernels include."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from ... import _installed

__all__ = ["installed_text", "shared_text"]

# In the order of the written file: each uses words of those before it.
_FILES = (
    "words.h",
    "activations_f32.h",
    "gates.h",
    "sums.h",
    "{products}.h",
    "cells.h",
    "rows.h",
    "steps.h",
)

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_WORD = re.compile(r"\b\w+\b")
# What a chunk defines: macros, functions, types, members of an enum.
_DEFINED = re.compile(
    r"^ *#define (\w+)|^(?:TG_FN|static inline) [^(]*?(\w+)\(|^\} (\w+);|^enum (\w+)"
    r"|^typedef [^{]*?(\w+);$|(TG_[A-Z_]+) = \d",
    re.MULTILINE,
)
_CASE = re.compile(r" *case (TG_\w+):\n *return [^\n]*\n")


@dataclass(frozen=True)
class _Chunk:
    """Some definitions with the comment above them; without a name, the comment of a file."""

    text: str
    names: frozenset[str]

    @property
    def words(self) -> set[str]:
        return set(_WORD.findall(_COMMENT.sub("", self.text)))


def shared_text(
    wanted: Iterable[str], activations: Iterable[str], products: str, freestanding: bool
) -> str:
    """The definitions of ``wanted`` and of what they use, in the order of the headers.

    Args:
        wanted: names of functions and types.
        activations: names of the runtime that occur in the graph; `tg_activate` knows no other.
        products: "floats" or "bytes", what weights are kept as.
        freestanding: whether the C library may be used.
    """
    kinds = {f"TG_{name.upper()}" for name in activations}
    names = ("freestanding.h" if freestanding else "library.h", *_FILES)
    files = [
        [_only(chunk, kinds) for chunk in _chunks(name.format(products=products))] for name in names
    ]
    needed = _closure([chunk for file in files for chunk in file], {*wanted, "TG_SAME_BITS"})
    parts: list[str] = []
    for file in files:
        kept = [chunk for chunk in file if chunk.names & needed]
        heading = [chunk for chunk in file if not chunk.names] if kept else []
        parts += [chunk.text for chunk in heading + kept]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _closure(chunks: list[_Chunk], wanted: set[str]) -> set[str]:
    known = {name for chunk in chunks for name in chunk.names}
    missing = sorted(wanted - known)
    if missing:
        raise KeyError(f"the installed C headers do not define {', '.join(missing)}")
    needed: set[str] = set()
    todo = wanted
    while todo:
        needed |= todo
        used = [chunk.words | chunk.names for chunk in chunks if chunk.names & todo]
        todo = (set().union(*used) & known) - needed
    return needed


def _only(chunk: _Chunk, kinds: set[str]) -> _Chunk:
    """`tg_activate` without the activations that do not occur."""
    if "tg_activate" not in chunk.names:
        return chunk
    text = _CASE.sub(lambda m: m.group() if m.group(1) in kinds else "", chunk.text)
    return _Chunk(text, chunk.names)


@cache
def installed_text(name: str) -> str:
    """One of the installed files."""
    return (_installed.root() / "c_source" / name).read_text(encoding="utf-8")


@cache
def _chunks(name: str) -> tuple[_Chunk, ...]:
    return tuple(
        _Chunk(text, frozenset(part for found in _DEFINED.findall(text) for part in found if part))
        for text in _paragraphs(installed_text(name))
    )


def _paragraphs(text: str) -> Iterator[str]:
    """Definitions between blank lines; a blank line inside braces or a comment does not count."""
    open_part = ""
    for part in text.strip().split("\n\n"):
        open_part = f"{open_part}\n\n{part}" if open_part else part
        code = _COMMENT.sub("", open_part)
        if code.count("{") == code.count("}") and "/*" not in code:
            yield open_part
            open_part = ""

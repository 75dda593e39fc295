"""Checks the machine code of the micro-kernels: multiply-adds and loads per k, nothing spilled.

`python3 .ci/disassembly.py build/*/CMakeFiles/tidegate*.dir/cpp/kernels/targets/avx*.cpp.o` reads
`objdump -d` of each object (of NEON's the AArch64 one) and finds the loops over k; the objects of
one instruction set, avx2 and avx2_training, count together. callgrind knows no AVX-512, and one
spilled accumulator costs more than its two instructions: it puts memory into a chain of
multiply-adds.

The prefetches of the kernels stand outside these loops. Exit status 1 and one line per finding.
Standard library only; needs objdump.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Rows of the largest tile: 32 registers hold 6 x 4 accumulators, 16 hold 3 x 4. AArch64 multiplies
# nothing from memory: its weights take registers too.
ROWS = {"avx512": 6, "avx512_bf16": 6, "avx2": 3, "neon": 5}
NARROW_ROWS = {"avx512": 5, "avx2": 2, "neon": 4}  # weights of bfloat16: a word and a mask more
# What a multiply-add of whole vectors has among its operands.
REGISTER = {"avx512": "%zmm", "avx512_bf16": "%zmm", "avx2": "%ymm", "neon": r"\.(?:4s|2d)"}
# From these rows on gcc loads each weight once; with fewer it reads it anew in each multiply-add.
SHARED_FROM = {"avx512": 3, "avx512_bf16": 3, "avx2": 3, "neon": 1}
# Products of bytes alone, which are no multiply-adds.
OTHERS = ("avx512_vnni", "neon_dot")
OBJDUMP = {"neon": "aarch64-linux-gnu-objdump"}

# Four panels beside each other, where one row streams its weights, have more pointers than the
# machine has registers: gcc keeps up to one elsewhere and reads it again per k. That is one for 16
# multiply-adds, and the load of a pointer waits for no weight.
RELOADS_OF_PANELS = 1

FUNCTION = re.compile(r"^[0-9a-f]+ <(.*)>:$")
LINE = re.compile(r"^\s*([0-9a-f]+):\t(\S+)\s*([^<#]*)")
TILE = re.compile(
    r"::(fill|project|product|outer)_tile"
    r"<(?:.*TileShape<([\d, ]+)>, )?([\d, ]+)(?:, (true|false))?(?:, (?:tidegate::)?(\w+))?, (\w+)>"
)
PAIRS = re.compile(
    r"::(fill|product|outer)_pairs(?:_tile)?<(?:.*TileShape<([\d, ]+)>, )?([\d, ]+)>"
)
MULTIPLY_ADD = re.compile(r"^(?:vfn?m(?:add|sub)\d+p[sd]|vdpbf16ps|fml[as])$")
POINTER = re.compile(r"^(?:mov|vmovq) +(?:\S*\(%r[sb]p\)|%xmm\d+),%r\w+$")
MOVE = re.compile(r"^(?:vmov\w* [^(]*|mov v.*)$")
MEMORY = re.compile(r"\(|\[(?:x\d|sp)")
JUMP = re.compile(r"^(?:j\w+|b|b\.\w+|cbn?z|tbn?z)$")
NO_ACCESS = ("lea", "prefetch", "prfm", "nop")
ONLY_READ = ("cmp", "test", "vucomis", "vcomis", "push", "j", "call")

# What must be there, so that a renamed kernel cannot leave the check unnoticed: cell, sizes after
# the rows. TileShape<4, 4, 0, 4> is the LSTM's and that of four vectors of the SimpleRNN.
SHAPES = {"LSTM, SimpleRNN": (4, 4, 0, 4), "GRU": (4, 3, 1, 3), "GRU reset before": (2, 2, 0, 2)}


@dataclass(frozen=True)
class Instruction:
    address: int
    name: str
    operands: str


@dataclass(frozen=True)
class Tile:
    """One instance of a micro-kernel: its loops over k have panels x vectors weights per row."""

    kind: str
    shape: tuple[int, ...]  # A, XN, HO, HN of the recurrent ones
    sizes: tuple[int, ...]
    type: str
    packed: bool = True  # outer: the left operand; otherwise each k has a pointer of its own
    weights: str = ""  # their type, if it is another one

    @property
    def rows(self) -> int:
        return self.sizes[0]

    @property
    def vectors(self) -> tuple[int, ...]:
        """Vectors of weights per k, of each loop over k."""
        if self.kind == "fill":
            return (self.shape[1] * self.sizes[1], self.shape[3] * self.sizes[1])
        if self.kind == "project":
            return (self.shape[1],)
        return (self.sizes[1] * self.sizes[2],) if self.kind == "product" else (self.sizes[1],)

    def __str__(self) -> str:
        shape = [f"TileShape<{', '.join(map(str, self.shape))}>"] if self.shape else []
        packed = [str(self.packed).lower()] if self.kind == "outer" else []
        weights = [self.weights] if self.weights else []
        words = [*shape, *map(str, self.sizes), *packed, *weights, self.type]
        return f"{self.kind}_tile<{', '.join(words)}>"

    @property
    def reloads(self) -> int:
        """Pointers that may be read again per k."""
        beside = self.kind == "fill" and self.sizes[:2] == (1, 4)
        return RELOADS_OF_PANELS if beside else 0

    def most_loads(self, vectors: int, shared: bool) -> int:
        """Per k: broadcasts, weights, and what an outer product needs to find its operands."""
        weights = vectors if shared else self.rows * vectors
        pointers = self.reloads if self.packed else 1
        bound = 1 if self.kind == "outer" else 0  # gcc may leave that of k in memory
        return self.rows + weights + pointers + bound


def numbers(text: str | None) -> tuple[int, ...]:
    return tuple(int(n) for n in (text or "").split(", ") if n)


def named_tile(function: str) -> Tile | None:
    if found := PAIRS.search(function):
        return Tile(found[1], numbers(found[2]), numbers(found[3]), "float", weights="pairs")
    if found := TILE.search(function):
        weights = "" if found[5] in (None, found[6]) else found[5]
        sizes = numbers(found[2]), numbers(found[3])
        return Tile(found[1], *sizes, found[6], found[4] != "false", weights)
    return None


def tiles(listing: str) -> Iterator[tuple[Tile, list[Instruction]]]:
    """The micro-kernels in the output of `objdump -d -C`."""
    tile: Tile | None = None
    body: list[Instruction] = []
    for line in [*listing.splitlines(), "0 <>:"]:
        if found := FUNCTION.match(line):
            if tile is not None:
                yield tile, body
            tile = named_tile(found[1])
            body = []
        elif tile is not None and (found := LINE.match(line)):
            body.append(Instruction(int(found[1], 16), found[2], found[3].strip()))


def inner_loops(body: list[Instruction]) -> list[list[Instruction]]:
    """What lies between a jump backward and its target, without loops that hold another one."""
    spans = set()
    for at in body:
        target = at.operands.rsplit(",", 1)[-1].strip()
        if not JUMP.match(at.name) or not re.fullmatch("[0-9a-f]+", target):
            continue
        if body[0].address <= int(target, 16) <= at.address:
            spans.add((int(target, 16), at.address))
    inner = [s for s in spans if not any(o != s and s[0] <= o[0] and o[1] <= s[1] for o in spans)]
    return [[at for at in body if first <= at.address <= last] for first, last in sorted(inner)]


def multiply_adds(loop: list[Instruction], isa: str) -> int:
    """Those on whole vectors."""
    whole = re.compile(REGISTER[isa])
    return sum(bool(MULTIPLY_ADD.match(at.name) and whole.search(at.operands)) for at in loop)


def accesses(loop: list[Instruction]) -> tuple[list[Instruction], list[Instruction]]:
    """Instructions that only read memory, and those that write it."""
    touch = [at for at in loop if MEMORY.search(at.operands) and not at.name.startswith(NO_ACCESS)]
    stores = [
        at
        for at in touch
        if at.name.startswith("st")
        or (at.operands.endswith(")") and not at.name.startswith(ONLY_READ))
    ]
    return [at for at in touch if at not in stores], stores


def faults(loop: list[Instruction], tile: Tile, vectors: int, frame: str, isa: str) -> list[str]:
    """What is wrong with a loop over k."""
    steps = multiply_adds(loop, isa) // (tile.rows * vectors)  # k per turn
    most = steps * tile.most_loads(vectors, shared=tile.rows >= SHARED_FROM[isa])
    loads, stores = accesses(loop)
    stack = [at for at in loop if re.search(frame, at.operands)]
    moves = [at for at in loop if MOVE.match(f"{at.name} {at.operands}")]
    reloads = [at for at in stack + moves if POINTER.match(f"{at.name} {at.operands}")]
    if len(reloads) <= steps * tile.reloads:
        stack = [at for at in stack if at not in reloads]
        moves = [at for at in moves if at not in reloads]
    odd = any(n % 2 for n in (*tile.shape[1::2], *tile.sizes[2:]))
    if tile.weights == "bfloat16" and odd and len(moves) <= tile.rows * vectors:
        # Two k per turn fill whole pairs: gcc renames a chain between its two links.
        moves = []
    found = []
    number = sum(2 if at.name == "ldp" else 1 for at in loads)
    if number > most:
        found.append(f"{number} loads for {steps} k, at most {most}")
    for what, which in (
        ("accesses to the stack: spilled", stack),
        ("stores", [at for at in stores if at not in stack]),
        ("moves between registers", moves),
    ):
        if which:
            first = f"{which[0].name} {which[0].operands}"
            found.append(f"{len(which)} {what}, first `{first}` at {which[0].address:x}")
    return found


def check_tile(tile: Tile, body: list[Instruction], isa: str) -> Iterator[str]:
    # rbp is a register like any other unless the function keeps its frame there.
    framed = any(at.name == "mov" and at.operands == "%rsp,%rbp" for at in body)
    frame = (r"\([^)]*%r[sb]p" if framed else r"\([^)]*%rsp") + r"|\[sp"
    loops = inner_loops(body)
    for vectors in sorted(set(tile.vectors)):
        each = tile.rows * vectors
        wanted = tile.vectors.count(vectors)
        fits = [at for at in loops if (n := multiply_adds(at, isa)) and n % each == 0]
        # Partial vectors and strides make other loops, all far longer than one over k.
        fits = sorted(fits, key=lambda at: len(at) / multiply_adds(at, isa))[:wanted]
        if len(fits) < wanted:
            yield f"{len(fits)} loops over k with {each} multiply-adds, expected {wanted}"
        for loop in fits:
            yield from faults(loop, tile, vectors, frame, isa)


def required(isa: str) -> list[Tile]:
    rows = ROWS[isa]
    if isa == "avx512_bf16":
        names = [
            Tile("fill", shape, (rows, 1), "float", weights="pairs") for shape in SHAPES.values()
        ]
        names += [Tile("product", (), (rows, 1, 4), "float", weights="pairs")]
        return [*names, Tile("outer", (), (rows, 4), "float", weights="pairs")]
    narrow = (NARROW_ROWS[isa], 1)
    names = [Tile("fill", shape, narrow, "float", weights="bfloat16") for shape in SHAPES.values()]
    for type_ in ("float", "double"):
        names += [Tile("fill", shape, (rows, 1), type_) for shape in SHAPES.values()]
        names += [
            Tile("project", SHAPES[cell], (rows,), type_) for cell in ("LSTM, SimpleRNN", "GRU")
        ]
        names += [Tile("product", (), (rows, 1, 4), type_)]
        names += [Tile("outer", (), (rows, 4), type_, packed) for packed in (True, False)]
    return names


def check(listing: str, isa: str) -> tuple[int, list[str]]:
    """How many micro-kernels there are, and what is wrong with them."""
    seen, found = set(), []
    for tile, body in tiles(listing):
        if tile.weights == "pairs" and isa != "avx512_bf16":
            continue  # two multiply-adds and two that widen for each pair: not made for speed
        seen.add(tile)
        found += [f"{tile}: {what}" for what in check_tile(tile, body, isa)]
    found += [f"{tile} is missing" for tile in required(isa) if tile not in seen]
    return len(seen), found


def main(objects: list[str]) -> int:
    failed = False
    listings: dict[str, str] = {}
    for name in objects:
        isa = Path(name).name.split(".")[0].removesuffix("_training")
        if isa in OTHERS:
            continue
        if isa not in ROWS:
            print(f"[disassembly] Objects are those of {', '.join(ROWS)}. Received: {name}")
            return 2
        command = [OBJDUMP.get(isa, "objdump"), "-d", "-C", "--no-show-raw-insn", name]
        listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        listings[isa] = listings.get(isa, "") + listing
    for isa, listing in listings.items():
        number, found = check(listing, isa)
        for line in found:
            print(f"{isa}: {line}")
        print(f"micro-kernels' code, {isa}: {number} tiles, {len(found)} findings")
        failed |= bool(found)
    if failed:
        print("[disassembly] A loop over k is multiply-adds, loads of its operands and a counter.")
        print("Hint: gcc keeps accumulators in registers only in fully unrolled loops and one tile")
        print("per function (cpp/kernels/tile.inl.h). objdump -d -C shows the loop.")
    return 1 if failed or not objects else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

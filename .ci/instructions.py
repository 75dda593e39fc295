"""Counts the instructions of a fixed set of kernels and compares them with `instructions.json`.

`python3 .ci/instructions.py build/release/libtidegate.a [--renew]` compiles
`benchmarks/kernels/instructions.cpp` against a library (and libtidegate_training.a beside it) and
runs it under callgrind, on AVX2 (which
callgrind knows) and on one thread. A time varies by some percent; a count repeats to the last
instruction, so a growth of 3 % is something that a commit did.

Only tidegate's own code counts. What the C library does for it (memset, memcpy) is left out:
glibc chooses those functions by the machine, and the counts have to be the same on all.

Exit status 1 if a case has grown, 2 if nothing could be compared. Standard library only; needs
g++, valgrind and readelf.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "benchmarks" / "kernels" / "instructions.cpp"
BASELINE = ROOT / ".ci" / "instructions.json"
MOST_PERCENT = 3
EQUAL = "equal_step_"  # cases that must be alike

CASE = re.compile(r"^desc: Trigger: Client Request: (\S+)$")
OBJECT = re.compile(r"^ob=\((\d+)\)(?: (.*))?$")
COST = re.compile(r"^(?:[+-]?\d+|\*) (\d+)$")
COMPILER = re.compile(r"(GCC): \(.*\) (\d+)[.\d]*|(clang) version (\d+)")


class NothingToCompareError(Exception):
    """There is nothing to compare; the text says why and what to do."""


def run(command: list[str], **variables: str) -> str:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("TIDEGATE_")}
    done = subprocess.run(command, capture_output=True, text=True, env=clean | variables)
    if done.returncode:
        raise NothingToCompareError(
            f"{command[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        )
    return done.stdout


def compiler_of(comments: str) -> str:
    """Name and major version of whoever compiled it, from `readelf -p .comment`."""
    names = {f"{m[1] or m[3]} {m[2] or m[4]}" for m in COMPILER.finditer(comments)}
    return ", ".join(sorted(names)) or "unknown"


def own_instructions(dump: str, program: str) -> tuple[str, int]:
    """The case of a callgrind dump, and the instructions that the program's own code took."""
    case, total, own, skip = "", 0, False, False
    names: dict[str, str | None] = {}
    for line in dump.splitlines():
        if found := CASE.match(line):
            case = found[1]
        elif found := OBJECT.match(line):
            names.setdefault(found[1], found[2])
            own = Path(names[found[1]] or "").name == program
        elif line.startswith("calls="):
            skip = True  # the next line repeats what the called function took
        elif found := COST.match(line):
            total += int(found[1]) if own and not skip else 0
            skip = False
        elif found := re.match(r"^cob=\((\d+)\) (.*)$", line):
            names.setdefault(found[1], found[2])
    return case, total


def count(library: Path) -> dict[str, int]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        program = folder / "instructions"
        run(
            [
                *(os.environ.get("CXX", "g++"), "-std=c++20", "-O2", "-Wall", "-Wextra", "-Werror"),
                *(f"-I{ROOT / 'cpp'}", f"-I{ROOT / 'cpp' / 'include'}"),
                *(str(SOURCE), str(library.with_name("libtidegate_training.a")), str(library)),
                *("-pthread", "-o", str(program)),
            ]
        )
        output = f"--callgrind-out-file={folder / 'out'}"
        run(
            ["valgrind", "--tool=callgrind", "--instr-atstart=no", output, str(program)],
            TIDEGATE_ISA="avx2",
            OMP_NUM_THREADS="1",
            LD_BIND_NOW="1",
        )
        dumps = sorted(folder.glob("out.*"), key=lambda path: int(path.suffix[1:]))
        cases = [own_instructions(dump.read_text(), program.name) for dump in dumps]
    return {case: total for case, total in cases if case}


def compare(baseline: dict[str, int], counts: dict[str, int]) -> tuple[list[str], list[str]]:
    """What has to change, and what is worth knowing."""
    faults, notes = [], []
    for case, now in counts.items():
        if case not in baseline:
            faults.append(f"{case} has no number in the baseline")
            continue
        before = baseline[case]
        change = now / before - 1
        line = f"{case}: {before:,} -> {now:,} instructions, {100 * change:+.1f} %"
        if 100 * now > (100 + MOST_PERCENT) * before:
            faults.append(line)
        elif 100 * now < (100 - MOST_PERCENT) * before:
            notes.append(line)
    faults += [f"{case} is in the baseline and was not run" for case in baseline.keys() - counts]
    return faults, notes


def take_equals(counts: dict[str, int]) -> list[str]:
    """Takes the cases out that must be alike; what is wrong with them."""
    alike = {case: counts.pop(case) for case in list(counts) if case.startswith(EQUAL)}
    if len(set(alike.values())) <= 1:
        return []
    return [f"steps must all take the same instructions: {sorted(alike.values())}"]


def check(baseline: dict[str, int], counts: dict[str, int], renew: str, unequal: list[str]) -> int:
    faults, notes = compare(baseline, counts)
    faults += unequal
    if notes:
        print(f"[instructions] These shrank by more than {MOST_PERCENT} %; the old numbers hide as")
        print(f"much growth later. Hint: {renew}, and commit the file with the gain.")
        print("Received:", *notes, sep="\n  ")
    if faults:
        print(f"[instructions] A case may grow by at most {MOST_PERCENT} % over its baseline.")
        print("Received:", *faults, sep="\n  ")
        print("Hint: callgrind_annotate shows where. If the growth is the price of something (time")
        print(f"counts, not instructions), {renew},")
        print("and commit the file together with its cause; the message says what it buys.")
    print(f"instruction counts: {len(counts)} cases, {len(faults)} findings")
    return 1 if faults else 0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("library", type=Path, help="libtidegate.a, built as Release")
    parser.add_argument("--renew", action="store_true", help="write the counts to the baseline")
    options = parser.parse_args(arguments)
    renew = f"run `python3 .ci/instructions.py {options.library} --renew`"
    try:
        compiler = compiler_of(run(["readelf", "-p", ".comment", str(options.library)]))
        baseline = json.loads(BASELINE.read_text()) if BASELINE.exists() else {"counts": {}}
        if not options.renew and compiler != baseline.get("compiler"):
            raise NothingToCompareError(
                f"The library was compiled by {compiler}, the baseline by "
                f"{baseline.get('compiler')}: their counts say nothing about each other, so "
                f"nothing was compared.\nHint: build with the baseline's compiler (CI: Debian "
                f"12's g++), or, where CI moves to another one, {renew}."
            )
        counts = count(options.library)
    except NothingToCompareError as reason:
        print(f"[instructions] {reason}")
        return 2
    unequal = take_equals(counts)
    for case, total in counts.items():
        print(f"{case:32} {total:12,}")
    if options.renew:
        BASELINE.write_text(json.dumps({"compiler": compiler, "counts": counts}, indent=2) + "\n")
        print(f"renewed {BASELINE.relative_to(ROOT)}: {len(counts)} cases, {compiler}")
        return 0
    return check(baseline["counts"], counts, renew, unequal)


if __name__ == "__main__":
    sys.exit(main())

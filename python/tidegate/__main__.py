"""The command line: ``tidegate demo | inspect | bench | --cmakedir | --includes | --libs``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from . import _installed
from ._version import __version__

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code: 0 good, 1 failed, 2 wrong usage."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["bench"]:  # has options of its own, --help too
        from tidegate_bench.cli import main as bench

        return bench(words[1:])
    parser = _parser()
    options = parser.parse_args(words)
    for flag, folder in _folders().items():
        if getattr(options, flag):
            return _print_folder(flag, folder)
    if options.command == "demo":
        return _demo(options)
    if options.command == "inspect":
        return _inspect(options.file)
    parser.print_help()
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tidegate", description="Recurrent networks on the CPU, in the words of Keras."
    )
    parser.add_argument("--version", action="version", version=f"tidegate {__version__}")
    parser.add_argument("--cmakedir", action="store_true", help="print the CMake config's folder")
    parser.add_argument("--includes", action="store_true", help="print the C++ headers' folder")
    parser.add_argument("--libs", action="store_true", help="print the folder of libtidegate.a")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    demo = commands.add_parser("demo", help="forecast the weather of Seattle with an LSTM")
    demo.add_argument(
        "--out", type=Path, default=Path("tidegate-demo"), help="folder for its files (%(default)s)"
    )
    demo.add_argument("--epochs", type=_positive, help="passes over the training days")
    demo.add_argument("--seed", type=int, default=0, help="of all random numbers (%(default)s)")
    demo.add_argument("--threads", type=_positive, help="how many to compute with")
    commands.add_parser("bench", help="time tidegate beside its peers, and draw the roofline")
    inspect = commands.add_parser("inspect", help="show what a .tide file contains")
    inspect.add_argument("file", type=Path, help="written by model.export")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1. Received: {number}.")
    return number


def _demo(options: argparse.Namespace) -> int:
    from .demo import run

    if options.threads is not None:
        from . import set_num_threads

        set_num_threads(options.threads)
    return run.main(options.out, epochs=options.epochs or run.EPOCHS, seed=options.seed)


def _inspect(path: Path) -> int:
    from .runtime.inspection import describe

    try:
        print(describe(path))
    except (OSError, ValueError) as error:
        print(f"[tidegate inspect] {error}", file=sys.stderr)
        return 1
    return 0


def _folders() -> dict[str, Path]:
    """What the wheel installs for C++ users."""
    root = _installed.root()
    return {
        "cmakedir": root / "lib" / "cmake" / "tidegate",
        "includes": root / "include",
        "libs": root / "lib",
    }


def _print_folder(flag: str, folder: Path) -> int:
    if folder.is_dir():
        print(folder)
        return 0
    print(
        f"[tidegate --{flag}] the C++ library must be installed with the package. Received: no "
        f"folder {folder}. Hint: it is in a wheel: pip install .",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())

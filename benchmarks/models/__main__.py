"""The command line. `python -m benchmarks.models --help` says what it takes."""

from __future__ import annotations

import sys

from benchmarks.models.cli import main

sys.exit(main())

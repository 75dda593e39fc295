"""``python -m tidegate_bench`` is ``tidegate bench``."""

from __future__ import annotations

import sys

from tidegate_bench.cli import main

sys.exit(main(sys.argv[1:]))

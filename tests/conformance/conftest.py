"""Parity with Keras and torch is collected only when it is asked for by name.

`pytest` alone needs the extra `test`; `pytest tests/conformance/parity` needs the extra `parity`.
Nothing there is ever skipped: it is either not collected or it runs.
"""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    asked = any("parity" in argument for argument in config.args)
    return True if collection_path.name == "parity" and not asked else None

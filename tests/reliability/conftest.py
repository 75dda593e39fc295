"""No test inherits a forced schedule from the shell: each sets what it needs."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _no_forced_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TIDEGATE_SPLIT", raising=False)

"""The path of names belongs to a thread."""

from __future__ import annotations

import threading

from tidegate.layers import Dense
from tidegate.layers.naming import PATH, path_scope


def test_nested_and_per_thread():
    seen = []
    a, b = Dense(1, name="a"), Dense(1, name="b")
    with path_scope(a), path_scope(b), path_scope(b) as path:
        assert path == "a/b"
        thread = threading.Thread(target=lambda: seen.append(PATH.owners))
        thread.start()
        thread.join()
    assert seen == [()]
    assert PATH.owners == ()

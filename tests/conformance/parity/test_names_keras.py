"""Every public name of Keras is there, or says that it is not yet."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Any

import keras
import pytest

import tidegate
from tidegate._lazy import NotYetAttributeError


def _modules(ours: Any, theirs: Any, name: str = "keras") -> Iterator[tuple[str, Any, Any]]:
    """The modules of Keras that exist here too, with their name."""
    yield name, ours, theirs
    for part, inner in list(vars(theirs).items()):
        public = not part.startswith("_") and part != "src"
        here = part in dir(ours) and isinstance(getattr(ours, part), types.ModuleType)
        if isinstance(inner, types.ModuleType) and public and here:
            yield from _modules(getattr(ours, part), inner, f"{name}.{part}")


MODULES = {name: (ours, theirs) for name, ours, theirs in _modules(tidegate, keras)}


def test_the_modules_are_found():
    assert {"keras", "keras.layers", "keras.preprocessing.sequence", "keras.tree"} <= set(MODULES)


@pytest.mark.parametrize("name", MODULES)
def test_no_name_of_keras_looks_like_a_typing_error(name):
    ours, theirs = MODULES[name]
    public = [one for one in dir(theirs) if not one.startswith("_") and one != "src"]
    assert [one for one in public if _looks_like_a_typing_error(ours, one)] == []


def _looks_like_a_typing_error(module, name):
    try:
        getattr(module, name)
    except NotYetAttributeError:
        return False
    except AttributeError:
        return True
    return False

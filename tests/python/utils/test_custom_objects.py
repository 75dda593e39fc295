"""Names that configurations may use beyond the library's own."""

from __future__ import annotations

import pytest

from tidegate.utils import (
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)


def test_registering():
    @register_keras_serializable(package="pack", name="Other")
    class Mine:
        def get_config(self):
            return {}

    assert get_registered_name(Mine) == "pack>Other"
    assert get_registered_object("pack>Other") is Mine
    assert get_custom_objects().pop("pack>Other") is Mine
    assert get_registered_name(int) == "int"
    with pytest.raises(ValueError, match="must have get_config"):
        register_keras_serializable()(int)


def test_scopes_nest():
    with custom_object_scope({"a": 1}):
        with custom_object_scope({"b": 2}):
            assert (get_registered_object("a"), get_registered_object("b")) == (1, 2)
        assert get_registered_object("b") is None
    assert get_registered_object("a") is None
    assert get_registered_object("a", {"a": 3}) == 3

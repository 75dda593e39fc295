"""Names come from a closed table."""

from __future__ import annotations

import pytest

from tidegate.utils import serialization

TABLE = {"Thing": dict}


def test_round_trip_of_a_dict():
    config = {"class_name": "Thing", "config": {"a": 1}}
    assert serialization.deserialize(config, TABLE, (), "thing") == {"a": 1}


def test_a_module_path_is_no_name():
    with pytest.raises(ValueError, match="unknown thing"):
        serialization.deserialize({"class_name": "os.system"}, TABLE, (), "thing")
    with pytest.raises(ValueError, match="a config must be a dict with class_name"):
        serialization.deserialize({"config": {}}, TABLE, (), "thing")
    with pytest.raises(TypeError, match="a config must be a dict"):
        serialization.deserialize([], TABLE, (), "thing")


def test_refused_arguments_are_named():
    with pytest.raises(NotImplementedError, match=r"\[Dense\] the argument lora_rank=4"):
        serialization.refuse_arguments("Dense", lora_rank=4)
    serialization.refuse_arguments("Dense", lora_rank=None, flag=False)

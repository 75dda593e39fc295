"""Dtype policies: names, the global one, configurations; `tidegate.config` and the older names."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import tidegate
from tidegate import DTypePolicy, config, dtype_policies, mixed_precision
from tidegate.dtype_policies import FloatDTypePolicy
from tidegate.errors import NotOfferedError
from tidegate.layers import Dense


@pytest.fixture(autouse=True)
def _restored():
    yield
    dtype_policies.reset()
    config.set_floatx("float32")


@pytest.mark.parametrize(
    ("name", "compute", "variable"),
    [
        ("float32", "float32", "float32"),
        ("float64", "float64", "float64"),
        ("mixed_bfloat16", "bfloat16", "float32"),
        ("int32", "int32", "int32"),
    ],
)
def test_names(name, compute, variable):
    policy = DTypePolicy(name)
    assert (policy.name, policy.compute_dtype, policy.variable_dtype) == (name, compute, variable)
    assert repr(policy) == f'<DTypePolicy "{name}">'
    assert policy.quantization_mode is None
    assert DTypePolicy.from_config(policy.get_config()) == policy


def test_equality():
    assert DTypePolicy("float32") == FloatDTypePolicy("float32")
    assert DTypePolicy("float32") != DTypePolicy("mixed_bfloat16")
    assert DTypePolicy("float32") != "float32"
    with pytest.raises(TypeError, match="unhashable"):
        hash(DTypePolicy("float32"))


@pytest.mark.parametrize("name", ["mixed_float16", "float16", "bfloat16"])
def test_policies_that_are_not_offered(name):
    with pytest.raises(NotOfferedError, match=rf"\[DTypePolicy\].*'{name}'.*mixed_bfloat16"):
        DTypePolicy(name)


@pytest.mark.parametrize("name", ["mixed_float32", "x", "int8_from_float32"])
def test_what_is_no_policy(name):
    with pytest.raises(ValueError, match=r"\[DTypePolicy\] name must be.*Hint:.*mixed_bfloat16"):
        DTypePolicy(name)


def test_a_name_is_a_string():
    with pytest.raises(TypeError, match=r"\[DTypePolicy\] name must be a string. Received: 3"):
        DTypePolicy(3)


@pytest.mark.parametrize(
    ("identifier", "name"),
    [
        (None, "float32"),
        ("mixed_bfloat16", "mixed_bfloat16"),
        (DTypePolicy("float64"), "float64"),
        (np.float64, "float64"),
        (np.dtype("float64"), "float64"),
        ({"class_name": "DTypePolicy", "config": {"name": "mixed_bfloat16"}}, "mixed_bfloat16"),
        (dtype_policies.serialize(FloatDTypePolicy("float64")), "float64"),
    ],
)
def test_get(identifier, name):
    assert dtype_policies.get(identifier).name == name


def test_get_of_anything_else():
    with pytest.raises(ValueError, match=r"\[dtype\] dtype must be a dtype or a policy.*3"):
        dtype_policies.get(3)
    with pytest.raises(ValueError, match="unknown dtype policy"):
        dtype_policies.get({"class_name": "Evil", "config": {"name": "float32"}})
    with pytest.raises(NotOfferedError, match="QuantizedDTypePolicy"):
        dtype_policies.get({"class_name": "QuantizedDTypePolicy", "config": {}})


def test_quantized_policies():
    for call in (dtype_policies.get, config.set_dtype_policy):
        with pytest.raises(NotOfferedError, match="the quantized policy 'int8_from_float32'"):
            call("int8_from_float32")


def test_serialize_is_keras_form():
    assert dtype_policies.serialize(DTypePolicy("mixed_bfloat16")) == {
        "module": "keras",
        "class_name": "DTypePolicy",
        "config": {"name": "mixed_bfloat16"},
        "registered_name": None,
    }


def test_the_global_policy():
    assert config.dtype_policy() == DTypePolicy("float32")
    config.set_dtype_policy("mixed_bfloat16")
    assert config.dtype_policy().name == DTypePolicy().name == "mixed_bfloat16"
    assert Dense(2).dtype_policy == DTypePolicy("mixed_bfloat16")
    assert Dense(2, dtype="float32").compute_dtype == "float32"
    config.set_dtype_policy(DTypePolicy("float64"))
    assert Dense(2).dtype == "float64"


def test_it_holds_in_every_thread():
    config.set_dtype_policy("mixed_bfloat16")
    found = []
    thread = threading.Thread(target=lambda: found.append(config.dtype_policy().name))
    thread.start()
    thread.join()
    assert found == ["mixed_bfloat16"]


def test_without_one_it_follows_floatx():
    assert config.dtype_policy().name == "float32"
    config.set_floatx("float64")
    assert Dense(2).dtype == config.dtype_policy().name == "float64"
    config.set_dtype_policy("mixed_bfloat16")
    assert Dense(2).compute_dtype == "bfloat16"
    tidegate.utils.clear_session()
    assert config.dtype_policy().name == "float64"


@pytest.mark.parametrize("policy", [None, 3, np.float32])
def test_what_cannot_be_the_global_policy(policy):
    with pytest.raises(ValueError, match=r"\[set_dtype_policy\] policy must be a DTypePolicy"):
        config.set_dtype_policy(policy)
    assert config.dtype_policy().name == "float32"


def test_older_names():
    assert mixed_precision.Policy is mixed_precision.DTypePolicy is DTypePolicy
    assert tidegate.dtype_policies.DTypePolicy is DTypePolicy
    mixed_precision.set_global_policy("mixed_bfloat16")
    assert mixed_precision.global_policy() == mixed_precision.dtype_policy() == DTypePolicy()
    mixed_precision.set_dtype_policy("float32")
    with pytest.raises(AttributeError, match="LossScaleOptimizer is a Keras name that tidegate"):
        _ = mixed_precision.LossScaleOptimizer
    with pytest.raises(
        AttributeError, match="DTypePolicyMap is a Keras dtype policy that tidegate"
    ):
        _ = dtype_policies.DTypePolicyMap

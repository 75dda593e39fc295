"""Configuration, dtypes, devices and the text of errors."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from tidegate import config, devices, ops
from tidegate.dtypes import result_type, standardize_dtype
from tidegate.errors import NotOfferedError, message, not_offered


@pytest.fixture
def floatx():
    before = config.floatx()
    yield
    config.set_floatx(before)


@pytest.mark.usefixtures("floatx")
def test_floatx_governs_new_tensors():
    config.set_floatx("float64")
    assert ops.zeros((2,)).dtype == "float64"
    assert ops.convert_to_tensor([1.5]).dtype == "float64"
    assert (ops.convert_to_tensor([1]) / 2).dtype == "float64"
    assert standardize_dtype(float) == standardize_dtype(None) == "float64"


@pytest.mark.parametrize("name", ["float16", "bfloat16", "int32", None, "x"])
def test_floatx_that_is_none(name):
    with pytest.raises(ValueError, match=r"\[set_floatx\] value must be one of"):
        config.set_floatx(name)
    assert config.floatx() == "float32"


def test_epsilon():
    assert config.epsilon() == 1e-7
    try:
        config.set_epsilon(1e-3)
        got = ops.binary_crossentropy([1.0], [0.0]).item()
        assert got == pytest.approx(-np.log(1e-3), rel=1e-5)
    finally:
        config.set_epsilon(1e-7)


def test_names():
    with pytest.raises(AttributeError, match="set_backend is a Keras setting that tidegate does"):
        _ = config.set_backend
    assert config.backend() == "tidegate"
    assert config.image_data_format() == "channels_last"


@pytest.mark.parametrize(
    ("dtype", "name"),
    [
        ("float32", "float32"),
        (np.float64, "float64"),
        (np.dtype(">f4"), "float32"),
        (int, "int32"),
        (bool, "bool"),
        (float, "float32"),
        (None, "float32"),
    ],
)
def test_standardize_dtype(dtype, name):
    assert standardize_dtype(dtype) == name


@pytest.mark.parametrize("dtype", ["float16", np.float16, "int4", "complex64", "string"])
def test_dtypes_of_keras_that_are_not_offered(dtype):
    with pytest.raises(
        NotOfferedError, match=r"\[dtype\] dtype '\w+' is not offered.*Hint:.*float32"
    ):
        standardize_dtype(dtype)


@pytest.mark.parametrize("dtype", ["float33", object, "datetime64[s]", 3])
def test_what_is_no_dtype(dtype):
    with pytest.raises(ValueError, match=r"\[dtype\] dtype must be one of"):
        standardize_dtype(dtype)


def test_result_type_does_not_depend_on_the_order():
    kinds = ["float32", "int64", "bool", int, float]
    for a in kinds:
        for b in kinds:
            assert result_type("op", a, b) == result_type("op", b, a)


def test_devices():
    assert devices.standardize_device("CPU:0") == "cpu:0"
    assert devices.array_module() is np
    for name in ("gpu:0", "cuda:0"):
        with pytest.raises(NotOfferedError, match=f"device '{name}' is not offered"):
            devices.standardize_device(name)
    with pytest.raises(ValueError, match=r"\[device\]"):
        devices.standardize_device("abacus")


def test_a_missing_core_says_what_to_do(monkeypatch):
    monkeypatch.setattr(devices, "_kernels", None)
    monkeypatch.setitem(sys.modules, "tidegate._core", None)
    monkeypatch.delattr("tidegate._core", raising=False)
    with pytest.raises(ImportError, match=r"\[devices\].*cannot be imported.*Hint: install"):
        devices.kernels()


@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 5)])
def test_aligned_empty(shape):
    array = devices.aligned_empty(shape, "float64")
    assert array.shape == shape
    # NumPy gives an empty array's address as it likes.
    assert array.size == 0 or array.ctypes.data % devices.ALIGNMENT == 0
    assert array.flags.c_contiguous
    assert array.flags.writeable


def test_errors():
    assert message("op", "rule.", 3, "hint.") == "[op] rule. Received: 3. Hint: hint."
    assert message("op", "rule") == "[op] rule."
    error = not_offered("op", "thing", "other thing")
    assert isinstance(error, NotImplementedError)
    assert str(error) == "[op] thing is not offered by tidegate yet. Hint: other thing."

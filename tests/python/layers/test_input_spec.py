"""InputSpec."""

from __future__ import annotations

import pytest

from tidegate import ops
from tidegate.layers import InputSpec
from tidegate.layers.input_spec import check_inputs


@pytest.mark.parametrize(
    ("spec", "shape", "fits"),
    [
        (InputSpec(ndim=2), (1, 2), True),
        (InputSpec(ndim=2), (1, 2, 3), False),
        (InputSpec(min_ndim=2), (1,), False),
        (InputSpec(max_ndim=2), (1, 2, 3), False),
        (InputSpec(axes={-1: 3}), (5, 3), True),
        (InputSpec(axes={-1: 3}), (5, 4), False),
        (InputSpec(axes={-1: 3}), (5, None), True),
        (InputSpec(shape=(None, 3)), (7, 3), True),
        (InputSpec(shape=(None, 3)), (7, 2), False),
        (InputSpec(shape=(None, 3, 1), allow_last_axis_squeeze=True), (7, 3), True),
    ],
)
def test_fits(spec, shape, fits):
    assert (spec.fits(shape) is None) == fits


def test_several_inputs_and_names():
    x = ops.zeros((2, 3))
    with pytest.raises(ValueError, match=r"expects 2 input\(s\). Received: 1"):
        check_inputs([InputSpec(ndim=2), InputSpec(ndim=2)], x, "l")
    with pytest.raises(ValueError, match="must have 3 axes"):
        check_inputs([InputSpec(ndim=3, name="a")], {"a": x}, "l")
    with pytest.raises(ValueError, match=r"must have the keys \['a'\]"):
        check_inputs([InputSpec(name="a")], {"b": x}, "l")
    with pytest.raises(ValueError, match="must be tensors"):
        check_inputs(InputSpec(ndim=1), "text", "l")
    with pytest.raises(ValueError, match="must have dtype int32"):
        check_inputs(InputSpec(dtype="int32"), x, "l")


def test_text_and_config():
    spec = InputSpec(shape=(None, 3), axes={1: 3})
    assert repr(spec) == "InputSpec(shape=(None, 3), ndim=2, axes={1: 3})"
    assert InputSpec(ndim=2).get_config()["ndim"] == 2

"""Identity and Wrapper."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.layers import Dense, Identity, Input, Wrapper


class Twice(Wrapper):
    def call(self, inputs):
        return self.layer(self.layer(inputs))


def test_identity_hands_on_any_structure():
    x = np.ones((2, 3), np.float32)
    pair = Identity()([x, {"a": x}])
    assert pair[1]["a"].numpy().tolist() == x.tolist()
    assert Identity()(Input((3,), dtype="int32")).dtype == "int32"


def test_a_wrapper_builds_and_serialises_its_layer():
    layer = Twice(Dense(3, name="inner"), name="outer")
    assert layer(np.ones((2, 3))).shape == (2, 3)
    assert [v.path for v in layer.weights] == ["outer/inner/kernel", "outer/inner/bias"]
    again = Twice.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    with pytest.raises(ValueError, match="layer must be a Layer"):
        Twice("dense")

"""TextVectorization, StringLookup, IntegerLookup and Hashing against what Keras 3.15.1 gave.

Keras' own need TensorFlow; `tests/conformance/parity/make_text_cases.py` wrote the file.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tidegate import layers

CASES = json.loads((Path(__file__).parent / "text_cases.json").read_text())


def made(case):
    arguments = dict(case["arguments"])
    if isinstance(arguments.get("ngrams"), list):
        arguments["ngrams"] = tuple(arguments["ngrams"])
    layer = getattr(layers, case["class"])(**arguments, name="it")
    if case["data"] is not None:
        layer.adapt(np.array(case["data"]))
    return layer


@pytest.mark.parametrize("case", CASES, ids=[f"{c['class']}-{i}" for i, c in enumerate(CASES)])
def test_as_keras(case, tmp_path):
    layer = made(case)
    if case["class"] != "Hashing":
        assert layer.get_vocabulary() == case["vocabulary"]
    output = layer(case["inputs"])
    assert output.dtype == case["dtype"]
    np.testing.assert_allclose(output.numpy(), case["output"], rtol=1e-6)
    assert json.loads(json.dumps(layer.get_config())) == case["config"]
    # An adapted vocabulary goes through its file, a given one through the configuration.
    again = type(layer).from_config(json.loads(json.dumps(layer.get_config())))
    if case["class"] == "Hashing":
        np.testing.assert_array_equal(again(case["inputs"]).numpy(), output.numpy())
        return
    if any("\n" in str(token) for token in layer.get_vocabulary()):
        with pytest.raises(ValueError, match="line break"):
            layer.save_assets(tmp_path)
        return
    layer.save_assets(tmp_path)
    if case["data"] is not None and case["arguments"]["output_mode"] != "tf_idf":
        again.load_assets(tmp_path)
    if case["arguments"]["output_mode"] != "tf_idf":
        np.testing.assert_array_equal(again(case["inputs"]).numpy(), output.numpy())

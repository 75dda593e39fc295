"""Write what Keras 3.15.1 gives for random texts; its text layers need TensorFlow.

    KERAS_BACKEND=tensorflow python make_text_cases.py > ../../python/layers/text_cases.json

Each entry: class, constructor arguments, data to adapt to, input, then Keras' vocabulary, output
and configuration.
"""

from __future__ import annotations

import json
import random
import sys
from typing import Any

import keras
import numpy as np

WORDS = ["The", "the", "cat", "Sat,", "sat.", "on", "\u00c4\u00d6", "\u00e4\u00f6", "mat!"]
WORDS += ["re-do", "it's", "a", "b\u00a0c", "42", "\u65e5\u672c"]


def text(rng: random.Random) -> str:
    spaces = [" ", "  ", "\t", "\n"]
    return "".join(rng.choice(WORDS) + rng.choice(spaces) for _ in range(rng.randint(0, 7)))


def text_case(rng: random.Random) -> dict[str, Any]:
    mode = rng.choice(["int", "int", "int", "multi_hot", "count", "tf_idf"])
    arguments: dict[str, Any] = {
        "max_tokens": rng.choice([None, 6, 12]),
        "standardize": rng.choice(
            ["lower_and_strip_punctuation", "lower", "strip_punctuation", None]
        ),
        "split": rng.choice(["whitespace", "whitespace", "character"]),
        "ngrams": rng.choice([None, None, 2, (2,)]),
        "output_mode": mode,
    }
    if mode == "int":
        arguments["output_sequence_length"] = rng.choice([None, 3, 8])
    elif arguments["max_tokens"]:
        arguments["pad_to_max_tokens"] = rng.random() < 0.5
    data = [text(rng) for _ in range(rng.randint(1, 6))] + ["the cat"]
    return run("TextVectorization", arguments, data, [text(rng) for _ in range(3)] + ["a cat z"])


def lookup_case(rng: random.Random, name: str) -> dict[str, Any]:
    whole = name == "IntegerLookup"
    tokens = [5, 7, -3, 100, 8, 9] if whole else ["a", "b", "cc", "d", "ä", "[UNK]"]
    mode = rng.choice(["int", "int", "one_hot", "multi_hot", "count"])
    arguments: dict[str, Any] = {
        "max_tokens": rng.choice([None, 5]),
        "num_oov_indices": rng.choice([1, 1, 2]),
        "mask_token": rng.choice([None, tokens[0]]),
        "output_mode": mode,
    }
    given = rng.random() < 0.4
    if given:
        arguments["vocabulary"] = tokens[1:4]
    data = None if given else [rng.choice(tokens) for _ in range(rng.randint(3, 20))]
    shape = rng.choice([(4,), (2, 3), (3, 1)])
    values = [rng.choice(tokens) for _ in range(int(np.prod(shape)))]
    return run(name, arguments, data, np.array(values).reshape(shape).tolist())


def hashing_case(rng: random.Random) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "num_bins": rng.choice([1, 3, 10, 23]),
        "salt": rng.choice([None, None, 133, [133, 137]]),
        "output_mode": rng.choice(["int", "int", "one_hot", "multi_hot", "count"]),
    }
    tokens: list[Any] = [rng.randint(-50, 10**9) for _ in range(6)]
    if rng.random() < 0.6:  # of every length that is hashed in a way of its own
        tokens = ["".join(rng.choice("abcäöü 日") for _ in range(n)) for n in (0, 2, 6, 12, 25, 70)]
    arguments["mask_value"] = rng.choice([None, tokens[0]])
    shape = rng.choice([(4,), (2, 3), (3, 1)])
    values = [rng.choice(tokens) for _ in range(int(np.prod(shape)))]
    return run("Hashing", arguments, None, np.array(values).reshape(shape).tolist())


def run(name: str, arguments: dict[str, Any], data: Any, inputs: Any) -> dict[str, Any]:
    layer = getattr(keras.layers, name)(**arguments, name="it")
    if data is not None:
        layer.adapt(np.array(data))
    output = np.asarray(layer(np.array(inputs)))
    return {
        "class": name, "arguments": arguments, "data": data, "inputs": inputs,
        "vocabulary": None if name == "Hashing" else layer.get_vocabulary(),
        "output": output.tolist(), "dtype": output.dtype.name, "config": layer.get_config(),
    }  # fmt: skip


def main() -> None:
    rng = random.Random(0)
    cases = [text_case(rng) for _ in range(20)]
    for name in ("StringLookup", "IntegerLookup"):
        cases += [lookup_case(rng, name) for _ in range(10)]
    cases += [hashing_case(rng) for _ in range(20)]
    lines = [json.dumps(case, default=lambda number: number.item()) for case in cases]
    sys.stdout.write("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main()

"""Write a model with vocabularies as Keras 3.15.1 saves it; its lookup layers need TensorFlow.

    KERAS_BACKEND=tensorflow python make_lookup_file.py ../../python/saving

Writes `lookup.keras` (members deflated, to keep it small) and what the model predicts.
"""

from __future__ import annotations

import json
import sys
import tempfile
import zipfile
from pathlib import Path

import keras
import numpy as np


def main(folder: Path) -> None:
    layers = keras.layers
    keras.utils.set_random_seed(1)
    adapted = layers.IntegerLookup(max_tokens=8, num_oov_indices=2, mask_token=0)
    adapted.adapt(np.array([5, 5, 5, 7, 7, 9, -3]))
    given = layers.IntegerLookup(vocabulary=[1, 2, 3])
    x = keras.Input((4,), dtype="int64")
    both = [layers.Embedding(8, 3)(adapted(x)), layers.Embedding(4, 3)(given(x))]
    y = layers.Dense(2)(layers.Flatten()(layers.Add()(both)))
    model = keras.Model(x, y)
    ids = np.array([[5, 7, 9, 1], [2, 3, -3, 0]])
    with tempfile.TemporaryDirectory() as temporary:
        saved = Path(temporary, "lookup.keras")
        model.save(saved)
        with (
            zipfile.ZipFile(saved) as source,
            zipfile.ZipFile(folder / "lookup.keras", "w", zipfile.ZIP_DEFLATED) as target,
        ):
            for name in source.namelist():
                target.writestr(name, source.read(name))
    prediction = model.predict(ids, verbose=0).tolist()
    text = json.dumps({"x": ids.tolist(), "y": prediction})
    (folder / "lookup.json").write_text(f"{text}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

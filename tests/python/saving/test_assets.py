"""Vocabularies in model files: those of Keras, our own, and what is none.

`tests/conformance/parity/make_lookup_file.py` wrote `lookup.keras` with Keras 3.15.1.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from tidegate import Model, layers
from tidegate.saving import ModelFileError, load_model
from tidegate.saving.errors import WeightsFileError

FOLDER = Path(__file__).parent
VOCABULARY = "assets/layers/integer_lookup/vocabulary.txt"
X = np.ones((2, 3), np.float32)


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(path, change, method=zipfile.ZIP_STORED):
    """The file with the members that ``change`` makes of its own."""
    parts = change(members(path))
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


class Words(Model):
    """Keeps its text layers in attributes and lists; they prepare what goes in."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.text = layers.TextVectorization(output_sequence_length=3)
        self.look = layers.StringLookup()
        self.many = [layers.StringLookup(vocabulary=["given"])]
        self.head = layers.Dense(1)

    def call(self, x):
        return self.head(x)


def words():
    model = Words()
    model.text.adapt(["a b c", "b c d"])
    model.look.adapt(np.array(["x", "y", "y"]))
    model.predict(X, verbose=0)
    return model


def test_a_file_of_keras():
    model = load_model(FOLDER / "lookup.keras")
    wanted = json.loads((FOLDER / "lookup.json").read_text())
    np.testing.assert_allclose(
        model.predict(np.array(wanted["x"]), verbose=0), wanted["y"], rtol=1e-5, atol=1e-6
    )
    assert model.layers[1].get_vocabulary() == [0, -1, -1, 5, 7, 9, -3]


def test_written_where_keras_writes_it(tmp_path):
    model = load_model(FOLDER / "lookup.keras")
    model.save(tmp_path / "m.keras")
    ours, theirs = members(tmp_path / "m.keras"), members(FOLDER / "lookup.keras")
    assert sorted(ours) == sorted(theirs)
    assert ours[VOCABULARY] == theirs[VOCABULARY]
    again = load_model(tmp_path / "m.keras")
    ids = np.array([[5, 9, 100, 0]])
    np.testing.assert_array_equal(again.predict(ids, verbose=0), model.predict(ids, verbose=0))


def test_layers_beside_the_graph(tmp_path):
    """Names and bytes are those that Keras wrote for this model."""
    words().save(tmp_path / "m.keras")
    found = {n: d for n, d in members(tmp_path / "m.keras").items() if n.startswith("assets")}
    assert found == {
        "assets/layers/string_lookup/vocabulary.txt": b"[UNK]\ny\nx",
        "assets/layers/text_vectorization/_lookup_layer/vocabulary.txt": b"\n[UNK]\nc\nb\nd\na",
        "assets/layers/text_vectorization/vocabulary.txt": b"\n[UNK]\nc\nb\nd\na",
    }
    again = load_model(tmp_path / "m.keras", custom_objects={"Words": Words})
    assert again.text(["b z"]).numpy().tolist() == words().text(["b z"]).numpy().tolist()
    assert again.look.get_vocabulary() == ["[UNK]", "y", "x"]
    assert again.many[0].get_vocabulary() == ["[UNK]", "given"]


@pytest.fixture
def saved(tmp_path):
    load_model(FOLDER / "lookup.keras").save(tmp_path / "m.keras")
    return tmp_path / "m.keras"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda m: {k: v for k, v in m.items() if k != VOCABULARY}, "vocabulary of every layer"),
        (lambda m: {**m, "assets/layers/dense/vocabulary.txt": b"a"}, "must be that of a layer"),
        (lambda m: {**m, "assets/../../etc/vocabulary.txt": b"a"}, "must be that of a layer"),
        (lambda m: {**m, "assets/layers/integer_lookup/evil.txt": b"a"}, "members of the archive"),
        (lambda m: {**m, VOCABULARY: b"\xff\xfe"}, "must be the vocabulary of 'integer_lookup'"),
        (lambda m: {**m, VOCABULARY: b"five"}, "must be the vocabulary of"),
        (lambda m: {**m, VOCABULARY: b"5\n5"}, "tokens of a vocabulary must differ"),
        (lambda m: {**m, VOCABULARY: b""}, "must not be empty"),
        (lambda m: {**m, VOCABULARY: str(2**70).encode()}, "must be the vocabulary of"),
        (lambda m: {**m, VOCABULARY: b"\n".join(b"%d" % i for i in range(1, 20))}, "max_tokens=8"),
    ],
)
def test_what_is_no_vocabulary(saved, change, text):
    with pytest.raises(ModelFileError, match=text):
        load_model(rewritten(saved, change))


def test_a_bomb_of_words(saved):
    path = rewritten(saved, lambda m: {**m, VOCABULARY: b"5\n" * 50_000}, zipfile.ZIP_DEFLATED)
    with pytest.raises(ModelFileError, match="vocabularies must not be far larger"):
        load_model(path)


def test_what_cannot_be_written(tmp_path):
    class Own(layers.Layer):
        def save_assets(self, dir_path):
            raise AssertionError

        def call(self, x):
            return x

    x = layers.Input((3,))
    with pytest.raises(NotImplementedError, match="files of a layer of your own"):
        Model(x, Own()(x)).save(tmp_path / "m.keras")
    model = words()
    model.look.set_vocabulary(["a\nb"])
    with pytest.raises(ValueError, match="line break"):
        model.save(tmp_path / "m.keras")
    assert not list(tmp_path.iterdir())


def counted(**more):
    lookup = layers.IntegerLookup(output_mode="tf_idf", **more)
    lookup.adapt(np.array([[5, 5], [5, 7], [5, 9], [7, 7]]))
    x = layers.Input((2,), dtype="int64")
    return Model(x, layers.Dense(1)(lookup(x)))


@pytest.mark.parametrize("more", [{}, {"max_tokens": 7, "pad_to_max_tokens": True}])
def test_weights_of_tokens(tmp_path, more):
    """An array with a name, as in the file that Keras writes for this layer."""
    model = counted(**more)
    model.save(tmp_path / "m.keras")
    model.save_weights(tmp_path / "m.weights.h5")
    with h5py.File(tmp_path / "m.weights.h5") as file:
        found = file["layers/integer_lookup/vars/idf_weights"][()]
    # What Keras 3.15.1 gave.
    kept = [0.8796858, 0.6931472, 0.84729785, 1.0986123]
    np.testing.assert_allclose(found, kept + [0.0] * (len(found) - 4), rtol=1e-6)
    assert len(found) == more.get("max_tokens", 4)
    ids = np.array([[5, 9], [7, 100]])
    wanted = model.predict(ids, verbose=0)
    again = load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again.predict(ids, verbose=0), wanted)
    other = counted(**more)
    other.layers[1].idf_weights = other.layers[1].idf_weights * 2
    other.load_weights(tmp_path / "m.weights.h5")
    np.testing.assert_array_equal(other.predict(ids, verbose=0), wanted)


def test_weights_of_tokens_that_do_not_fit(tmp_path):
    model = counted()
    model.save_weights(tmp_path / "m.weights.h5")
    x = layers.Input((2,), dtype="int64")
    lookup = layers.IntegerLookup(
        vocabulary=range(9), idf_weights=np.ones(9), output_mode="tf_idf", name="integer_lookup"
    )
    with pytest.raises(WeightsFileError, match="a weight for each token"):
        Model(x, layers.Dense(1)(lookup(x))).load_weights(tmp_path / "m.weights.h5")
    model.save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        buffer = io.BytesIO(archive.read("model.weights.h5"))
    with h5py.File(buffer, "r+") as file:
        del file["layers/integer_lookup/vars/idf_weights"]
    with pytest.raises(ModelFileError, match="needs idf_weights"):
        load_model(
            rewritten(tmp_path / "m.keras", lambda m: {**m, "model.weights.h5": buffer.getvalue()})
        )
    model.layers[1].output_mode = "count"
    with pytest.raises(WeightsFileError, match='for "tf_idf" alone'):
        model.load_weights(tmp_path / "m.weights.h5")

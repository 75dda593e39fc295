"""Texts to rows of numbers."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from .. import ops
from ..errors import message, not_offered
from ..tensor import Tensor
from ..utils.custom_objects import function_config, function_from_config
from .index_lookup import StringLookup
from .layer import Layer

__all__ = ["TextVectorization"]

_PUNCTUATION = re.compile(r"""[!"#$%&()*+,\-./:;<=>?@\[\\\]^_`{|}~']""")
_STANDARDS = ("lower_and_strip_punctuation", "lower", "strip_punctuation")
_MODES = ("int", "one_hot", "multi_hot", "count", "tf_idf")
_NAMES = {"binary": "multi_hot", "tf-idf": "tf_idf"}
# As TensorFlow's, which works on bytes: letters beyond ASCII stay as they are.
_LOWER = {code: chr(code).lower() for code in range(ord("A"), ord("Z") + 1)}


class TextVectorization(Layer):
    """Standardizes texts, splits them into tokens, and looks the tokens up.

    Number 0 is padding, 1 an unknown token, then comes the vocabulary, the most frequent first.

    Args:
        max_tokens: size of the vocabulary, padding and unknown token included; None for any.
        standardize: "lower_and_strip_punctuation" (default), "lower", "strip_punctuation", None,
            or a function of an array of str.
        split: "whitespace" (default), "character", None, or a function of an array of str that
            gives a list of tokens for each.
        ngrams: also runs of up to so many tokens; a tuple names the lengths.
        output_mode: "int" (default), "one_hot", "multi_hot", "count" or "tf_idf".
        output_sequence_length: rows are cut or padded to it; default the longest of the batch.
        pad_to_max_tokens: vectors of ``max_tokens`` numbers.
        vocabulary, idf_weights: given in place of adapting.
        sparse, ragged: for Keras' signature; False alone.
        encoding: of texts given as bytes.

    Takes lists and arrays of str [B] or [B, 1]; strings are no tensors here, so the layer stands
    before a model, not in it.

    Raises:
        ValueError: unknown names, lengths in a mode without rows.

    >>> layer = TextVectorization(output_sequence_length=4)
    >>> layer.adapt(["The cat sat.", "The dog."])
    >>> layer.get_vocabulary()[:3]
    ['', '[UNK]', 'the']
    >>> layer(["the bird sat"]).numpy()
    array([[2, 1, 3, 0]])
    """

    def __init__(
        self,
        max_tokens: int | None = None,
        standardize: Any = "lower_and_strip_punctuation",
        split: Any = "whitespace",
        ngrams: Any = None,
        output_mode: str = "int",
        output_sequence_length: int | None = None,
        pad_to_max_tokens: bool = False,
        vocabulary: Any = None,
        idf_weights: Any = None,
        sparse: bool = False,
        ragged: bool = False,
        encoding: str = "utf-8",
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        owner = "TextVectorization"
        output_mode = _NAMES.get(output_mode, output_mode)
        _check(owner, standardize, split, ngrams, output_mode, output_sequence_length)
        for argument, value in (("sparse", sparse), ("ragged", ragged)):
            if value:
                raise not_offered(owner, f"{argument}=True")
        fixed = kwargs.pop("has_input_vocabulary", vocabulary is not None)
        size = kwargs.pop("vocabulary_size", None)
        super().__init__(name=name, **kwargs)
        self.autocast = False
        self._standardize, self._split, self._ngrams = standardize, split, ngrams
        self._output_mode, self._length = output_mode, output_sequence_length
        self._encoding = encoding
        self._lookup_layer = StringLookup(
            max_tokens=max_tokens,
            mask_token="",
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            output_mode=output_mode,
            pad_to_max_tokens=pad_to_max_tokens,
            encoding=encoding,
            has_input_vocabulary=fixed,
            vocabulary_size=size,
        )
        self.built = True

    # The vocabulary

    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Make the vocabulary from texts: an array, a list, or an iterable of batches."""
        self.reset_state()
        if isinstance(data, (list, tuple, np.ndarray, Tensor)):
            self.update_state(data)
        else:
            for number, batch in enumerate(data):
                if steps is not None and number >= steps:
                    break
                self.update_state(batch)
        self.finalize_state()

    def update_state(self, data: Any) -> None:
        """Count the tokens of a batch of texts."""
        self._lookup_layer.update_state(self._tokens(data))

    def finalize_state(self) -> None:
        """Make the vocabulary from what was counted."""
        self._lookup_layer.finalize_state()

    def reset_state(self) -> None:
        """Forget what was counted."""
        self._lookup_layer.reset_state()

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[str]:
        """The tokens in the order of their numbers."""
        return self._lookup_layer.get_vocabulary(include_special_tokens)

    def vocabulary_size(self) -> int:
        """Number of tokens, padding and unknown token included."""
        return self._lookup_layer.vocabulary_size()

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Take these tokens in place of adapting."""
        self._lookup_layer.set_vocabulary(vocabulary, idf_weights)

    @property
    def lookup(self) -> StringLookup:
        """The layer inside that has the vocabulary."""
        return self._lookup_layer

    # Texts to tokens

    def _texts(self, inputs: Any) -> Any:
        """[B] str."""
        if isinstance(inputs, Tensor):
            inputs = inputs.numpy()
        array = np.asarray(inputs)
        if array.dtype.kind not in "SUO":
            raise TypeError(message(self.name, "texts must be strings", array.dtype))
        flat = [v.decode(self._encoding) if isinstance(v, bytes) else str(v) for v in array.flat]
        array = np.array(flat, dtype=np.str_).reshape(array.shape)
        sizes: tuple[int, ...] = array.shape
        if len(sizes) > 1 and sizes[-1] != 1 and self._split is not None:
            raise ValueError(message(self.name, "texts must be [B] or [B, 1]", f"shape {sizes}"))
        return array

    def _standard(self, texts: Any) -> Any:
        if callable(self._standardize):
            return np.asarray(self._standardize(texts))
        flat = texts.reshape(-1).tolist()
        if self._standardize in ("lower", "lower_and_strip_punctuation"):
            flat = [text.translate(_LOWER) for text in flat]
        if self._standardize in ("strip_punctuation", "lower_and_strip_punctuation"):
            flat = [_PUNCTUATION.sub("", text) for text in flat]
        return np.array(flat, dtype=np.str_).reshape(texts.shape)

    def _tokens(self, inputs: Any) -> list[list[str]]:
        """The tokens of each text."""
        texts = self._standard(self._texts(inputs))
        if self._split is None:
            rows = texts.reshape(texts.shape[0], -1).tolist() if texts.ndim else [[texts.item()]]
        else:
            flat = texts.reshape(-1)
            if callable(self._split):
                rows = [list(row) for row in self._split(flat)]
            elif self._split == "character":
                rows = [list(text) for text in flat.tolist()]
            else:  # bytes split at ASCII's white space alone, as TensorFlow does
                rows = [[part.decode() for part in text.encode().split()] for text in flat.tolist()]
        lengths = self._ngrams
        if lengths is None:
            return rows
        if isinstance(lengths, int):
            lengths = tuple(range(1, lengths + 1))
        return [[gram for n in lengths for gram in _runs(row, n)] for row in rows]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Strings are no tensors: texts go straight to ``call``."""
        return self.call(*args, **kwargs)

    def call(self, inputs: Any) -> Any:
        """int64 [B, T], or vectors [B, vocabulary]."""
        lookup = self._lookup_layer
        rows = [[lookup.number_of(token) for token in row] for row in self._tokens(inputs)]
        longest = max(map(len, rows), default=0)
        if self._output_mode != "int":
            # -1 counts nowhere.
            return lookup.encoded(_even(rows, longest, -1))
        length = longest if self._length is None else self._length
        numbers = _even(rows, length, 0)
        if self._split is None and self._length is None:
            numbers = numbers.reshape(np.shape(self._texts(inputs)))
        return ops.convert_to_tensor(numbers)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """(B, output_sequence_length), or (B, vocabulary)."""
        if self._output_mode == "int":
            return (input_shape[0], self._length)
        shape = tuple(input_shape)
        if self._split is not None:
            shape = (*shape, None)
        elif len(shape) <= 1:
            shape = (*shape, 1)
        return self._lookup_layer.compute_output_shape(shape)

    # Configuration, files

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments; a vocabulary that was adapted is not among them."""
        own = self._lookup_layer.get_config()
        functions = {
            name: function_config("TextVectorization", name, value) if callable(value) else value
            for name, value in (("standardize", self._standardize), ("split", self._split))
        }
        return {
            **super().get_config(),
            "max_tokens": own["max_tokens"],
            **functions,
            "ngrams": self._ngrams,
            "output_mode": self._output_mode,
            "output_sequence_length": self._length,
            "pad_to_max_tokens": own["pad_to_max_tokens"],
            "sparse": False,
            "ragged": False,
            "vocabulary": own["vocabulary"],
            "idf_weights": own["idf_weights"],
            "encoding": self._encoding,
            "vocabulary_size": self.vocabulary_size(),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> TextVectorization:
        """The inverse of ``get_config``, with functions that were registered."""
        config = dict(config)
        for name in ("standardize", "split"):
            if isinstance(config.get(name), dict):
                config[name] = function_from_config(cls.__name__, config[name], custom_objects)
        if isinstance(config.get("ngrams"), list):
            config["ngrams"] = tuple(config["ngrams"])
        return cls(**config)

    def get_build_config(self) -> dict[str, Any] | None:
        """Nothing depends on the input's shape."""
        return None

    def save_assets(self, dir_path: Any) -> None:
        """Write an adapted vocabulary to ``vocabulary.txt`` in a folder."""
        self._lookup_layer.save_assets(dir_path)

    def load_assets(self, dir_path: Any) -> None:
        """The inverse of ``save_assets``."""
        self._lookup_layer.load_assets(dir_path)


def _check(
    owner: str, standardize: Any, split: Any, ngrams: Any, output_mode: str, length: Any
) -> None:
    whole = isinstance(ngrams, tuple) and all(isinstance(n, int) for n in ngrams)
    rules = (
        (
            standardize is None or callable(standardize) or standardize in _STANDARDS,
            f"standardize must be one of {_STANDARDS}, None or a function",
            standardize,
        ),
        (
            split is None or callable(split) or split in ("whitespace", "character"),
            'split must be "whitespace", "character", None or a function',
            split,
        ),
        (output_mode in _MODES, f"output_mode must be one of {_MODES}", output_mode),
        (
            ngrams is None or isinstance(ngrams, int) or whole,
            "ngrams must be None, an int or a tuple of ints",
            ngrams,
        ),
        (
            length is None or (isinstance(length, int) and output_mode == "int"),
            'output_sequence_length must be an int, and goes with "int" alone',
            length,
        ),
    )
    for holds, rule, received in rules:
        if not holds:
            raise ValueError(message(owner, rule, repr(received)))


def _runs(row: list[str], length: int) -> list[str]:
    """Runs of that many tokens, joined by spaces."""
    return [" ".join(row[i : i + length]) for i in range(len(row) - length + 1)]


def _even(rows: list[list[int]], length: int, filler: int) -> Any:
    """Rows cut or filled to one length."""
    numbers = np.full((len(rows), length), filler, np.int64)
    for number, row in enumerate(rows):
        numbers[number, : len(row)] = row[:length]
    return numbers

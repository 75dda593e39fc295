"""Tokens to numbers by a vocabulary, and back."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from .. import ops
from ..config import floatx
from ..errors import message, not_offered
from ..symbolic import KerasTensor
from ..tensor import Tensor
from ..utils.fingerprints import farmhash64
from .category_encoding import encode, encoded_shape
from .layer import Layer

__all__ = ["IndexLookup", "IntegerLookup", "StringLookup"]

_MODES = ("int", "one_hot", "multi_hot", "count", "tf_idf")
_FILE = "vocabulary.txt"
_NAMES = {"binary": "multi_hot", "tf-idf": "tf_idf"}


class IndexLookup(Layer):
    """Base of the lookups: vocabulary, adapting, modes of output.

    Number 0 is the mask token (only with ``mask_token`` and output "int"), then come the numbers
    of unknown tokens, then the vocabulary, the most frequent token first.
    """

    vocabulary_dtype = "string"

    def __init__(
        self,
        max_tokens: int | None,
        num_oov_indices: int,
        mask_token: Any,
        oov_token: Any,
        vocabulary: Any,
        idf_weights: Any,
        invert: bool,
        output_mode: str,
        pad_to_max_tokens: bool,
        sparse: bool,
        oov_method: str,
        salt: Any,
        name: str | None,
        kwargs: dict[str, Any],
    ) -> None:
        owner = type(self).__name__
        size = kwargs.pop("vocabulary_size", None)
        fixed = kwargs.pop("has_input_vocabulary", vocabulary is not None)
        for ignored in ("trainable", "dtype"):
            kwargs.pop(ignored, None)
        if kwargs:
            raise ValueError(message(owner, "unrecognized keyword arguments", ", ".join(kwargs)))
        output_mode = _NAMES.get(output_mode, output_mode)
        _check(owner, max_tokens, num_oov_indices, invert, output_mode, pad_to_max_tokens)
        if idf_weights is not None and output_mode != "tf_idf":
            raise ValueError(message(owner, 'idf_weights go with "tf_idf" alone', output_mode))
        for argument, value in (("sparse", sparse), ("salt", salt)):
            if value:
                raise not_offered(owner, f"{argument}={value!r}")
        if oov_method != "floormod":
            raise not_offered(owner, f"oov_method={oov_method!r}")
        super().__init__(name=name)
        self.autocast = False
        self.invert, self.max_tokens, self.num_oov_indices = invert, max_tokens, num_oov_indices
        self.mask_token, self.oov_token = mask_token, oov_token
        self.output_mode, self.pad_to_max_tokens = output_mode, pad_to_max_tokens
        self.sparse, self.oov_method, self.salt = sparse, oov_method, salt
        self.input_vocabulary, self.input_idf_weights = vocabulary, idf_weights
        self.idf_weights: Any = None
        self._fixed_vocabulary = fixed
        self._frozen_size = size
        self._tokens: list[Any] = []
        self._numbers: dict[Any, int] = {}
        self.built = True
        self.reset_state()
        if vocabulary is not None:
            if output_mode == "tf_idf" and idf_weights is None:
                raise ValueError(message(owner, 'a vocabulary for "tf_idf" needs idf_weights'))
            self.set_vocabulary(vocabulary, idf_weights)

    # The vocabulary

    def _first_unknown(self) -> int:
        return int(self.mask_token is not None and self.output_mode == "int")

    def _first_token(self) -> int:
        return self._first_unknown() + self.num_oov_indices

    def vocabulary_size(self) -> int:
        """Number of tokens, those for masked and unknown ones included."""
        return len(self._tokens) + self._first_token()

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[Any]:
        """The tokens in the order of their numbers."""
        if not include_special_tokens:
            return list(self._tokens)
        return [*self._special(), *self._tokens]

    def _special(self) -> list[Any]:
        return [self.mask_token] * self._first_unknown() + [self.oov_token] * self.num_oov_indices

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Take these tokens; those for masked and unknown ones may stand in front.

        Raises:
            ValueError: an empty vocabulary, repeated or too many tokens, special tokens elsewhere
                than in front, weights of another length.
            NotOfferedError: the name of a file.
        """
        owner = self.name
        if isinstance(vocabulary, str):
            raise not_offered(owner, "a vocabulary in a file", "open it, and pass the lines")
        given = _plain(vocabulary, self.vocabulary_dtype)
        if not given:
            raise ValueError(message(owner, "a vocabulary must not be empty", vocabulary))
        special = self._special()
        led = bool(special) and given[: len(special)] == special
        tokens = given[len(special) :] if led else given
        repeated = [token for token, count in Counter(tokens).items() if count > 1]
        if repeated:
            raise ValueError(message(owner, "tokens of a vocabulary must differ", repeated))
        if self.mask_token is not None and self.mask_token in tokens:
            raise ValueError(message(owner, f"special tokens {special} may stand in front alone"))
        if self.invert and self.oov_token in tokens:
            raise ValueError(message(owner, f"special tokens {special} may stand in front alone"))
        if self.max_tokens is not None and len(tokens) + self._first_token() > self.max_tokens:
            raise ValueError(
                message(owner, f"a vocabulary must fit max_tokens={self.max_tokens}", len(tokens))
            )
        self._take(tokens)
        if self.output_mode == "tf_idf" and idf_weights is not None:
            weights = np.asarray(idf_weights, np.float64)
            if weights.shape != (len(given),):
                raise ValueError(
                    message(
                        owner, f"idf_weights must have {len(given)} numbers", list(weights.shape)
                    )
                )
            front = [] if led else [weights.mean()] * self._first_token()
            self._set_idf(np.concatenate([front, weights]))

    def _take(self, tokens: list[Any]) -> None:
        self._tokens = tokens
        first = self._first_token()
        self._numbers = {token: first + i for i, token in enumerate(tokens)}
        size = self.vocabulary_size()
        flexible = self.output_mode == "int" or self.pad_to_max_tokens
        if not flexible and self._frozen_size not in (None, size):
            raise RuntimeError(
                message(
                    self.name,
                    "the vocabulary cannot change its size any more",
                    f"{self._frozen_size} before, {size} now",
                    "pad_to_max_tokens=True keeps the output's size",
                )
            )
        self._frozen_size = size

    def _set_idf(self, weights: Any) -> None:
        self.idf_weights = weights.astype(floatx())

    def padded_idf_weights(self) -> Any:
        """The weights, zeros for tokens that ``pad_to_max_tokens`` leaves room for."""
        # Padded only here: a configuration may say any max_tokens.
        depth = self._depth() or 0
        return np.pad(self.idf_weights, (0, max(0, depth - len(self.idf_weights))))

    # Adapting

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Make the vocabulary from data: the most frequent tokens, of equal ones the last first.

        Args:
            data: an array or a list of tokens, or an iterable of batches.
            steps: number of batches to look at.
        """
        self.reset_state()
        if isinstance(data, (list, tuple, np.ndarray, Tensor)):
            values = _array(data, self.vocabulary_dtype)
            self.update_state(values[:, None] if values.ndim == 1 else values)
        else:
            for number, batch in enumerate(data):
                if steps is not None and number >= steps:
                    break
                self.update_state(batch)
        self.finalize_state()

    def reset_state(self) -> None:
        """Forget what was counted."""
        self._counts: Counter[Any] = Counter()
        self._documents: Counter[Any] = Counter()
        self._document_count = 0

    def update_state(self, data: Any) -> None:
        """Count the tokens of a batch: an array, or a list of rows of any length."""
        if self._fixed_vocabulary:
            raise ValueError(
                message(self.name, "a layer with a given vocabulary cannot adapt", "adapt")
            )
        rows = data if _is_ragged(data) else _rows(_array(data, self.vocabulary_dtype))
        for row in rows:
            self._counts.update(row)
            self._documents.update(set(row))
            self._document_count += 1

    def finalize_state(self) -> None:
        """Make the vocabulary from what was counted."""
        if self._fixed_vocabulary or not self._counts:
            return
        for special in (self.mask_token, self.oov_token):
            self._counts.pop(special, None)
        ranked = sorted(self._counts, key=lambda token: (self._counts[token], token), reverse=True)
        if self.max_tokens:
            ranked = ranked[: self.max_tokens - self._first_token()]
        self._take(ranked)
        if self.output_mode == "tf_idf":
            seen = np.array([self._documents[token] for token in ranked], np.float64)
            weights = np.log(1 + self._document_count / (1 + seen))
            self._set_idf(np.concatenate([[weights.mean()] * self._first_token(), weights]))
        self.reset_state()

    # Looking up

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Strings are no tensors: values go straight to ``call``."""
        if args and isinstance(args[0], KerasTensor):
            return super().__call__(*args, **kwargs)
        return self.call(*args, **kwargs)

    def number_of(self, token: Any) -> int:
        """The number of one token, -1 for one that counts nowhere."""
        if self.mask_token is not None and token == self.mask_token:
            return 0 if self.output_mode == "int" else -1
        found = self._numbers.get(token)
        if found is not None:
            return found
        if self.num_oov_indices == 0:
            raise ValueError(
                message(
                    self.name,
                    "with num_oov_indices=0 every token must be in the vocabulary",
                    repr(token),
                )
            )
        key = token if isinstance(token, int) else farmhash64(token.encode())
        shared = key % self.num_oov_indices
        return self._first_unknown() + shared

    def encoded(self, numbers: Any) -> Any:
        """Numbers in the mode of output."""
        if self.output_mode == "int":
            return ops.convert_to_tensor(np.asarray(numbers, np.int64))
        depth = self._depth()
        if depth is None:
            raise RuntimeError(
                message(
                    self.name,
                    f"output_mode={self.output_mode!r} needs a vocabulary",
                    "none",
                    "adapt the layer, pass vocabulary=, or pad_to_max_tokens=True",
                )
            )
        mode = "count" if self.output_mode == "tf_idf" else self.output_mode
        kind = floatx() if self.output_mode == "tf_idf" else "int64"
        result = encode(numbers, mode, depth, kind)
        if self.output_mode == "tf_idf":
            result = result * self.padded_idf_weights()[:depth]
        return ops.convert_to_tensor(result)

    def _depth(self) -> int | None:
        return self.max_tokens if self.pad_to_max_tokens else self._frozen_size

    def call(self, inputs: Any) -> Any:
        """Look tokens up, or with ``invert`` numbers."""
        if self.invert:
            return self._tokens_of(inputs)
        values = _array(inputs, self.vocabulary_dtype)
        known = {token: self.number_of(token) for token in set(values.reshape(-1).tolist())}
        numbers = [known[token] for token in values.reshape(-1).tolist()]
        return self.encoded(np.array(numbers, np.int64).reshape(values.shape))

    def _tokens_of(self, inputs: Any) -> Any:
        numbers = np.asarray(ops.convert_to_numpy(inputs), np.int64)
        words = dict(enumerate(self.get_vocabulary()))
        found = [words.get(number, self.oov_token) for number in numbers.reshape(-1).tolist()]
        if self.vocabulary_dtype == "string":
            return np.array(found, dtype=np.str_).reshape(numbers.shape)
        return ops.convert_to_tensor(np.array(found, np.int64).reshape(numbers.shape))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape, or that of its vectors."""
        if self.output_mode == "int":
            return tuple(input_shape)
        return encoded_shape(input_shape, self.output_mode, self._depth())

    def symbolic_call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """As the shape rule."""
        dtype = "int64" if self.output_mode != "tf_idf" else floatx()
        return KerasTensor(self.compute_output_shape(args[0].shape), dtype)

    # Configuration, files

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments; a vocabulary that was adapted is not among them."""
        return {
            **super().get_config(),
            "invert": self.invert,
            "max_tokens": self.max_tokens,
            "num_oov_indices": self.num_oov_indices,
            "oov_token": self.oov_token,
            "mask_token": self.mask_token,
            "output_mode": self.output_mode,
            "sparse": self.sparse,
            "pad_to_max_tokens": self.pad_to_max_tokens,
            "vocabulary_dtype": self.vocabulary_dtype,
            "idf_weights": _listed(self.input_idf_weights),
            "vocabulary": _listed(self.input_vocabulary),
            "vocabulary_size": self._frozen_size,
            "oov_method": self.oov_method,
            "salt": self.salt,
        }

    def get_build_config(self) -> dict[str, Any]:
        """Nothing depends on the input's shape."""
        return {}

    def has_given_vocabulary(self) -> bool:
        """Whether the vocabulary stands in the configuration."""
        return self.input_vocabulary is not None

    def vocabulary_text(self) -> str:
        """The vocabulary, one token in a line.

        Raises:
            ValueError: a token with a line break.
        """
        lines = [str(token) for token in self.get_vocabulary()]
        broken = [line for line in lines if "\n" in line]
        if broken:
            raise ValueError(
                message(self.name, "a token with a line break does not fit a line", broken)
            )
        return "\n".join(lines)

    def take_vocabulary_text(self, text: str) -> None:
        """The inverse of ``vocabulary_text``."""
        lines = text.split("\n")
        while lines and not lines[-1]:
            lines.pop()
        whole = self.vocabulary_dtype != "string"
        weights = None if self.idf_weights is None else self.idf_weights[: len(lines)]
        if weights is None and self.output_mode == "tf_idf" and len(lines) > self._first_token():
            raise ValueError(message(self.name, 'a vocabulary for "tf_idf" needs idf_weights'))
        self.set_vocabulary([int(line) for line in lines] if whole else lines, weights)

    def save_assets(self, dir_path: Any) -> None:
        """Write an adapted vocabulary to ``vocabulary.txt`` in a folder, one token in a line."""
        if not self.has_given_vocabulary():
            Path(dir_path, _FILE).write_bytes(self.vocabulary_text().encode())

    def load_assets(self, dir_path: Any) -> None:
        """The inverse of ``save_assets``."""
        if not self.has_given_vocabulary():
            self.take_vocabulary_text(Path(dir_path, _FILE).read_bytes().decode())


def _check(
    owner: str, max_tokens: Any, unknown: int, invert: bool, output_mode: str, padded: bool
) -> None:
    rules = (
        (max_tokens is None or max_tokens > 1, "max_tokens must be above 1", max_tokens),
        (not padded or max_tokens is not None, "pad_to_max_tokens needs max_tokens", max_tokens),
        (unknown >= 0, "num_oov_indices must not be negative", unknown),
        (output_mode in _MODES, f"output_mode must be one of {_MODES}", output_mode),
        (not invert or output_mode == "int", 'invert goes with "int" alone', output_mode),
    )
    for holds, rule, received in rules:
        if not holds:
            raise ValueError(message(owner, rule, received))


def _array(values: Any, kind: str) -> Any:
    """Tokens as an array of str or int64."""
    if isinstance(values, Tensor):
        values = values.numpy()
    array = np.asarray(values)
    if kind != "string":
        return array.astype(np.int64)
    if array.dtype.kind == "S":
        return np.char.decode(array, "utf-8")
    if array.dtype.kind == "O":
        flat = [v.decode("utf-8") if isinstance(v, bytes) else str(v) for v in array.reshape(-1)]
        return np.array(flat, dtype=np.str_).reshape(array.shape)
    if array.dtype.kind != "U":
        raise TypeError(message("StringLookup", "tokens must be strings", array.dtype))
    return array


def _rows(values: Any) -> list[list[Any]]:
    """The documents of a batch."""
    if values.ndim == 0:
        return [[values.item()]]
    if values.ndim == 1:
        return [values.tolist()]
    return values.reshape(values.shape[0], -1).tolist()


def _is_ragged(data: Any) -> bool:
    return isinstance(data, list) and bool(data) and isinstance(data[0], list)


def _plain(vocabulary: Any, kind: str) -> list[Any]:
    return _array(vocabulary, kind).tolist() if len(vocabulary) else []


def _listed(values: Any) -> Any:
    return values.tolist() if hasattr(values, "tolist") else values


class StringLookup(IndexLookup):
    """Strings to numbers, or with ``invert`` back.

    Args:
        max_tokens: size of the vocabulary, special tokens included; None for any.
        num_oov_indices: numbers for unknown strings, which share them by their hash; with 0 they
            are an error.
        mask_token: string that gets number 0.
        oov_token: what ``invert`` gives for an unknown number.
        vocabulary: list of strings; else ``adapt`` makes it.
        idf_weights: of the vocabulary, for "tf_idf".
        invert: numbers to strings; gives an array of str.
        output_mode: "int", "one_hot", "multi_hot", "count" or "tf_idf".
        pad_to_max_tokens: vectors of ``max_tokens`` numbers.
        sparse, salt: for Keras' signature.
        encoding: of strings given as bytes.

    Takes lists and arrays of strings; strings are no tensors here, so the layer cannot stand in a
    model.

    >>> layer = StringLookup(vocabulary=["a", "b"])
    >>> layer(["b", "a", "z"]).numpy()
    array([2, 1, 0])
    """

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: Any = None,
        oov_token: Any = "[UNK]",
        vocabulary: Any = None,
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        pad_to_max_tokens: bool = False,
        sparse: bool = False,
        encoding: str = "utf-8",
        name: str | None = None,
        salt: Any = None,
        **kwargs: Any,
    ) -> None:
        self.encoding = encoding
        method = kwargs.pop("oov_method", "floormod")
        super().__init__(
            max_tokens, num_oov_indices, mask_token, oov_token, vocabulary, idf_weights, invert,
            output_mode, pad_to_max_tokens, sparse, method, salt, name, kwargs,
        )  # fmt: skip

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        config = {**super().get_config(), "encoding": self.encoding}
        del config["vocabulary_dtype"]
        return config


class IntegerLookup(IndexLookup):
    """Integers to numbers without gaps, or with ``invert`` back.

    Args: as ``StringLookup``, with
        oov_token: default -1.
        num_oov_indices: several share unknown integers by their remainder.
        vocabulary_dtype: "int64".

    >>> layer = IntegerLookup(vocabulary=[10, 20])
    >>> layer([20, 10, 99]).numpy()
    array([2, 1, 0])
    """

    vocabulary_dtype = "int64"

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: Any = None,
        oov_token: Any = -1,
        vocabulary: Any = None,
        vocabulary_dtype: str = "int64",
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        sparse: bool = False,
        pad_to_max_tokens: bool = False,
        oov_method: str = "floormod",
        salt: Any = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        if vocabulary_dtype != "int64":
            raise ValueError(
                message("IntegerLookup", 'vocabulary_dtype must be "int64"', vocabulary_dtype)
            )
        super().__init__(
            max_tokens, num_oov_indices, mask_token, oov_token, vocabulary, idf_weights, invert,
            output_mode, pad_to_max_tokens, sparse, oov_method, salt, name, kwargs,
        )  # fmt: skip

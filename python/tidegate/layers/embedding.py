"""Ids to vectors."""

from __future__ import annotations

import warnings
from typing import Any

from .. import initializers, ops, regularizers
from ..errors import message
from ..mask import Mask
from ..symbolic import KerasTensor
from ..tensor import convert_to_tensor
from ..utils.serialization import refuse_arguments
from .layer import Layer
from .weight_rules import rules_config, rules_for, set_rules

__all__ = ["Embedding"]


class Embedding(Layer):
    """One trainable vector per id: ids [B, T] -> [B, T, output_dim].

    Args:
        input_dim: number of ids, largest id + 1.
        output_dim: size of a vector.
        embeddings_initializer: default "uniform", U(-0.05, 0.05).
        embeddings_regularizer, embeddings_constraint: penalty and constraint, names or objects.
        mask_zero: id 0 is padding: the output carries a mask that leaves it out.
        weights: initial values [input_dim, output_dim], in a list or as they are.

    Weights: ``embeddings`` [input_dim, output_dim].

    Raises:
        ValueError: sizes that are not positive integers.
        IndexError: an id that is not in [0, input_dim), at the call.

    >>> import numpy as np
    >>> Embedding(10, 4)(np.array([[1, 2, 0]])).shape
    (1, 3, 4)
    """

    takes_mask_record = True

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        weights: Any = None,
        lora_rank: int | None = None,
        lora_alpha: float | None = None,
        quantization_config: Any = None,
        **kwargs: Any,
    ) -> None:
        input_length = kwargs.pop("input_length", None)
        if input_length is not None:
            warnings.warn("Argument `input_length` is deprecated. Just remove it.", stacklevel=2)
        super().__init__(**kwargs)
        set_rules(
            self,
            embeddings_regularizer=embeddings_regularizer,
            embeddings_constraint=embeddings_constraint,
        )
        refuse_arguments(
            "Embedding",
            lora_rank=lora_rank,
            lora_alpha=lora_alpha,
            quantization_config=quantization_config,
        )
        for argument, value in (("input_dim", input_dim), ("output_dim", output_dim)):
            if not hasattr(value, "__index__") or isinstance(value, bool) or value < 1:
                raise ValueError(
                    message("Embedding", f"{argument} must be a positive int", repr(value))
                )
        self.input_dim = int(input_dim)
        self.output_dim = int(output_dim)
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.mask_zero = mask_zero
        self.supports_masking = mask_zero
        self.autocast = False
        self.embeddings: Any = None
        if weights is not None:
            self.build(None)
            self.set_weights(weights if isinstance(weights, (list, tuple)) else [weights])

    def build(self, input_shape: Any = None) -> None:
        """Make the table."""
        if self.embeddings is None:
            self.embeddings = self.add_weight(
                (self.input_dim, self.output_dim),
                initializer=self.embeddings_initializer,
                name="embeddings",
                **rules_for(self, "embeddings"),
            )

    def call(self, inputs: Any) -> Any:
        """Look the ids up."""
        if inputs.dtype != "int32":
            inputs = ops.cast(inputs, "int32")
        y = ops.embedding(inputs, self.embeddings)
        return convert_to_tensor(y, self._compute) if self._mixed else y

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Where ids are not 0, with ``mask_zero``."""
        if not self.mask_zero:
            return None
        if isinstance(inputs, KerasTensor):
            return ops.not_equal(inputs, 0)
        return Mask(inputs._value != 0)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "input_dim": self.input_dim,
            "output_dim": self.output_dim,
            "embeddings_initializer": initializers.serialize(self.embeddings_initializer),
            **rules_config(self, "embeddings"),
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
            "mask_zero": self.mask_zero,
            "quantization_config": None,
        }

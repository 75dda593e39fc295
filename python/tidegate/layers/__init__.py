"""Layers: ``keras.layers``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._keras_names import LAYERS
from .._lazy import attach

if TYPE_CHECKING:
    from .activation import Activation as Activation
    from .bidirectional import Bidirectional as Bidirectional
    from .dense import Dense as Dense
    from .dropout import Dropout as Dropout
    from .embedding import Embedding as Embedding
    from .input_layer import Input as Input
    from .input_layer import InputLayer as InputLayer
    from .input_spec import InputSpec as InputSpec
    from .layer import Layer as Layer
    from .layer_normalization import LayerNormalization as LayerNormalization
    from .masking import Masking as Masking
    from .merging import Concatenate as Concatenate
    from .merging import concatenate as concatenate
    from .recurrent import GRU as GRU
    from .recurrent import LSTM as LSTM
    from .recurrent import SimpleRNN as SimpleRNN
    from .registry import deserialize as deserialize
    from .registry import serialize as serialize
    from .time_distributed import TimeDistributed as TimeDistributed

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "Layer": ".layer",
        "InputSpec": ".input_spec",
        "Input": ".input_layer",
        "InputLayer": ".input_layer",
        "Embedding": ".embedding",
        "Masking": ".masking",
        "SimpleRNN": ".recurrent",
        "LSTM": ".recurrent",
        "GRU": ".recurrent",
        "Bidirectional": ".bidirectional",
        "TimeDistributed": ".time_distributed",
        "Dense": ".dense",
        "Activation": ".activation",
        "Dropout": ".dropout",
        "LayerNormalization": ".layer_normalization",
        "Concatenate": ".merging",
        "concatenate": ".merging",
        "deserialize": ".registry",
        "serialize": ".registry",
    },
    LAYERS,
    "layer",
)

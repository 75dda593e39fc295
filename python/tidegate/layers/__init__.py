"""Layers: ``keras.layers``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._keras_names import LAYERS
from .._lazy import attach

if TYPE_CHECKING:
    from .activation import Activation as Activation
    from .activation_layers import ELU as ELU
    from .activation_layers import LeakyReLU as LeakyReLU
    from .activation_layers import PReLU as PReLU
    from .activation_layers import ReLU as ReLU
    from .activation_layers import Softmax as Softmax
    from .activity_regularization import ActivityRegularization as ActivityRegularization
    from .attention import AdditiveAttention as AdditiveAttention
    from .attention import Attention as Attention
    from .batch_normalization import BatchNormalization as BatchNormalization
    from .bidirectional import Bidirectional as Bidirectional
    from .category_encoding import CategoryEncoding as CategoryEncoding
    from .cells import GRUCell as GRUCell
    from .cells import LSTMCell as LSTMCell
    from .cells import SimpleRNNCell as SimpleRNNCell
    from .conv1d import Conv1D as Conv1D
    from .conv1d import Convolution1D as Convolution1D
    from .dense import Dense as Dense
    from .discretization import Discretization as Discretization
    from .dot_product import Dot as Dot
    from .dot_product import dot as dot
    from .dropout import Dropout as Dropout
    from .embedding import Embedding as Embedding
    from .hashing import Hashing as Hashing
    from .index_lookup import IntegerLookup as IntegerLookup
    from .index_lookup import StringLookup as StringLookup
    from .input_layer import Input as Input
    from .input_layer import InputLayer as InputLayer
    from .input_spec import InputSpec as InputSpec
    from .joining import Concatenate as Concatenate
    from .joining import concatenate as concatenate
    from .lambda_layer import Lambda as Lambda
    from .layer import Layer as Layer
    from .layer_normalization import LayerNormalization as LayerNormalization
    from .masking import Masking as Masking
    from .merging import Add as Add
    from .merging import Average as Average
    from .merging import Maximum as Maximum
    from .merging import Minimum as Minimum
    from .merging import Multiply as Multiply
    from .merging import Subtract as Subtract
    from .merging import add as add
    from .merging import average as average
    from .merging import maximum as maximum
    from .merging import minimum as minimum
    from .merging import multiply as multiply
    from .merging import subtract as subtract
    from .multi_head_attention import MultiHeadAttention as MultiHeadAttention
    from .noise import AlphaDropout as AlphaDropout
    from .noise import GaussianDropout as GaussianDropout
    from .noise import GaussianNoise as GaussianNoise
    from .noise import SpatialDropout1D as SpatialDropout1D
    from .normalization import Normalization as Normalization
    from .pooling import AveragePooling1D as AveragePooling1D
    from .pooling import AvgPool1D as AvgPool1D
    from .pooling import GlobalAveragePooling1D as GlobalAveragePooling1D
    from .pooling import GlobalAvgPool1D as GlobalAvgPool1D
    from .pooling import GlobalMaxPool1D as GlobalMaxPool1D
    from .pooling import GlobalMaxPooling1D as GlobalMaxPooling1D
    from .pooling import MaxPool1D as MaxPool1D
    from .pooling import MaxPooling1D as MaxPooling1D
    from .recurrent import GRU as GRU
    from .recurrent import LSTM as LSTM
    from .recurrent import SimpleRNN as SimpleRNN
    from .registry import deserialize as deserialize
    from .registry import serialize as serialize
    from .rescaling import Rescaling as Rescaling
    from .reshaping import Flatten as Flatten
    from .reshaping import Permute as Permute
    from .reshaping import RepeatVector as RepeatVector
    from .reshaping import Reshape as Reshape
    from .rnn import RNN as RNN
    from .sine_position_encoding import SinePositionEncoding as SinePositionEncoding
    from .stacked_cells import StackedRNNCells as StackedRNNCells
    from .steps import Cropping1D as Cropping1D
    from .steps import UpSampling1D as UpSampling1D
    from .steps import ZeroPadding1D as ZeroPadding1D
    from .text_vectorization import TextVectorization as TextVectorization
    from .time_distributed import TimeDistributed as TimeDistributed
    from .unit_normalization import UnitNormalization as UnitNormalization
    from .wrapper import Identity as Identity
    from .wrapper import Wrapper as Wrapper

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
        "Concatenate": ".joining",
        "concatenate": ".joining",
        "deserialize": ".registry",
        "serialize": ".registry",
        "ELU": ".activation_layers",
        "LeakyReLU": ".activation_layers",
        "PReLU": ".activation_layers",
        "ReLU": ".activation_layers",
        "Softmax": ".activation_layers",
        "Dot": ".dot_product",
        "dot": ".dot_product",
        "Lambda": ".lambda_layer",
        "Add": ".merging",
        "Average": ".merging",
        "Maximum": ".merging",
        "Minimum": ".merging",
        "Multiply": ".merging",
        "Subtract": ".merging",
        "add": ".merging",
        "average": ".merging",
        "maximum": ".merging",
        "minimum": ".merging",
        "multiply": ".merging",
        "subtract": ".merging",
        "AlphaDropout": ".noise",
        "GaussianDropout": ".noise",
        "GaussianNoise": ".noise",
        "SpatialDropout1D": ".noise",
        "Flatten": ".reshaping",
        "Permute": ".reshaping",
        "RepeatVector": ".reshaping",
        "Reshape": ".reshaping",
        "SinePositionEncoding": ".sine_position_encoding",
        "ActivityRegularization": ".activity_regularization",
        "UnitNormalization": ".unit_normalization",
        "Identity": ".wrapper",
        "Wrapper": ".wrapper",
        "BatchNormalization": ".batch_normalization",
        "Conv1D": ".conv1d",
        "AveragePooling1D": ".pooling",
        "GlobalAveragePooling1D": ".pooling",
        "GlobalMaxPooling1D": ".pooling",
        "MaxPooling1D": ".pooling",
        "Cropping1D": ".steps",
        "UpSampling1D": ".steps",
        "ZeroPadding1D": ".steps",
        "Convolution1D": ".conv1d",
        "MaxPool1D": ".pooling",
        "AvgPool1D": ".pooling",
        "GlobalAvgPool1D": ".pooling",
        "GlobalMaxPool1D": ".pooling",
        "AdditiveAttention": ".attention",
        "Attention": ".attention",
        "MultiHeadAttention": ".multi_head_attention",
        "GRUCell": ".cells",
        "LSTMCell": ".cells",
        "SimpleRNNCell": ".cells",
        "RNN": ".rnn",
        "StackedRNNCells": ".stacked_cells",
        "CategoryEncoding": ".category_encoding",
        "Discretization": ".discretization",
        "Hashing": ".hashing",
        "IntegerLookup": ".index_lookup",
        "StringLookup": ".index_lookup",
        "Normalization": ".normalization",
        "Rescaling": ".rescaling",
        "TextVectorization": ".text_vectorization",
    },
    LAYERS,
    "layer",
)

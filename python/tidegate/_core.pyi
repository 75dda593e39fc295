"""Types of the compiled core. Each section belongs to one file of cpp/bindings."""

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias, TypedDict, TypeVar

import numpy as np
from numpy.typing import NDArray

_Float = TypeVar("_Float", np.float32, np.float64)

# threads.cpp

class _LastRun(TypedDict):
    op: str
    isa: str
    threads: int
    schedule: str

class _PoolStats(TypedDict):
    takes: int
    hits: int
    bytes_in_use: int
    bytes_idle: int

def set_num_threads(n: int | None) -> None: ...
def get_num_threads() -> int: ...
def isa() -> str: ...
def available_isas() -> list[str]: ...
def last_run() -> _LastRun: ...
def pool_stats() -> _PoolStats: ...
def release_pool() -> None: ...

# recurrent.cpp

_Remat: TypeAlias = Literal["full", "bfloat16", "recompute", "checkpoint"]
_Cell: TypeAlias = Literal["lstm", "gru", "simple_rnn"]
_States: TypeAlias = tuple[NDArray[Any]] | tuple[NDArray[Any], NDArray[Any]]  # (h,) or (h, c)
_Wanted: TypeAlias = _States | tuple[()]  # () where nobody wants them
_Mask: TypeAlias = tuple[
    Literal["full", "right", "left", "holes"],
    NDArray[np.bool_],  # values [B, T]
    NDArray[np.int32],  # lengths [B]
    NDArray[np.int32],  # order [B]: rows by length, descending, stable
]

# Packed and immutable: kernel [I, G*H], recurrent_kernel [H, G*H], Keras' gate order; bias [G*H],
# for the reset-after GRU [2, 3H].
class RecurrentWeights:
    def __init__(
        self,
        cell: _Cell,
        kernel: NDArray[Any],
        recurrent_kernel: NDArray[Any],
        bias: NDArray[Any] | None,
        reset_after: bool = True,
        products: Literal["", "float32", "float64", "bfloat16"] = "",  # "": those of the dtype
    ) -> None: ...
    @property
    def cell(self) -> _Cell: ...
    @property
    def input_dim(self) -> int: ...
    @property
    def units(self) -> int: ...
    @property
    def reset_after(self) -> bool: ...
    @property
    def dtype(self) -> Literal["float32", "float64"]: ...
    @property
    def nbytes(self) -> int: ...

# What a training call keeps for its backward pass, which consumes it.
class SavedForBackward:
    @property
    def remat(self) -> _Remat: ...
    @property
    def nbytes(self) -> int: ...
    @property
    def scratch_nbytes(self) -> int: ...  # of the backward pass, for one window of steps
    def shrink(self, remat: _Remat) -> None: ...  # keep less: full > recompute > checkpoint

# What a training call keeps.
def recurrent_saved_bytes(
    weights: tuple[RecurrentWeights, ...], batch: int, steps: int, mask: _Mask | None, remat: _Remat
) -> int: ...

# One direction or two (D = len(weights)). x [B, T, I], dropout masks [1 or G, B, I or H] per
# direction; y [B, T, D*H] or [B, D*H], states per direction, saved if training.
def recurrent_forward(
    x: NDArray[_Float],
    weights: tuple[RecurrentWeights, ...],
    initial_state: tuple[_States | None, ...] | None = None,
    mask: _Mask | None = None,
    go_backwards: Sequence[bool] = ...,
    activation: str = "tanh",
    recurrent_activation: str = "sigmoid",
    return_sequences: bool = False,
    time_order: bool = False,
    zero_output_for_mask: bool = False,
    training: bool = False,
    want_states: bool = True,
    x_dropout: tuple[NDArray[_Float] | None, ...] | None = None,
    h_dropout: tuple[NDArray[_Float] | None, ...] | None = None,
    remat: _Remat | None = None,  # full
    truncate: int = 0,
) -> tuple[NDArray[_Float], tuple[_Wanted, ...], SavedForBackward | None]: ...

# (dx [B, T, I], per direction (dW, dU, db), per direction (dh0,) or (dh0, dc0))
def recurrent_backward(
    saved: SavedForBackward,
    dy: NDArray[Any] | None,
    dstates: tuple[_States | None, ...] | None = None,
    need_dx: bool = True,
    need_dstates: bool = True,
) -> tuple[
    NDArray[Any] | None,
    tuple[tuple[NDArray[Any], NDArray[Any], NDArray[Any] | None], ...],
    tuple[_Wanted, ...],
]: ...

# nn.cpp: one dtype per call, C-contiguous arrays; nothing is converted, but refused.

_Activation: TypeAlias = Literal["linear", "tanh", "sigmoid", "relu", "hard_sigmoid", "exp"]

def matmul(
    a: NDArray[_Float],
    b: NDArray[_Float],
    transpose_a: bool = False,
    transpose_b: bool = False,
) -> NDArray[_Float]: ...  # a [..., N, K], b [..., K, M], equal leading axes: [..., N, M]
def activation(name: _Activation, x: NDArray[_Float]) -> NDArray[_Float]: ...  # any shape
def to_bfloat16(x: NDArray[np.float32]) -> NDArray[np.uint16]: ...  # any shape
def from_bfloat16(x: NDArray[np.uint16]) -> NDArray[np.float32]: ...  # any shape
def softmax(x: NDArray[_Float]) -> NDArray[_Float]: ...  # [N, C]
def softmax_backward(y: NDArray[_Float], dy: NDArray[_Float]) -> NDArray[_Float]: ...  # [N, C]

# Of each row of x [N, C], C > 0: (mean, 1 / sqrt(variance + epsilon)), [N] each.
def layer_moments(
    x: NDArray[_Float], epsilon: float
) -> tuple[NDArray[_Float], NDArray[_Float]]: ...

# logits [N, C]; labels int32 [N] or probabilities [N, C]: loss [N], d loss[n] / d logits[n] [N, C]
def softmax_cross_entropy(
    logits: NDArray[_Float], labels: NDArray[np.int32] | NDArray[_Float], need_grad: bool
) -> tuple[NDArray[_Float], NDArray[_Float] | None]: ...

# nn_dense.cpp

class DenseWeights:
    def __init__(self, kernel: NDArray[Any]) -> None: ...  # [I, O], copied
    @property
    def input_dim(self) -> int: ...
    @property
    def units(self) -> int: ...
    @property
    def dtype(self) -> Literal["float32", "float64"]: ...
    @property
    def nbytes(self) -> int: ...

def dense_forward(
    x: NDArray[_Float], weights: DenseWeights, bias: NDArray[_Float] | None, activation: _Activation
) -> NDArray[_Float]: ...  # x [N, I], bias [O]: [N, O]

# (dx [N, I], dW [I, O], db [O]); y may be None for "linear"
def dense_backward(
    x: NDArray[_Float],
    weights: DenseWeights,
    y: NDArray[_Float] | None,
    dy: NDArray[_Float],
    activation: _Activation,
    need_dx: bool = True,
    use_bias: bool = True,
) -> tuple[NDArray[_Float] | None, NDArray[_Float], NDArray[_Float] | None]: ...

# nn_embedding.cpp

def embedding_forward(
    ids: NDArray[np.int32], embeddings: NDArray[_Float]
) -> NDArray[_Float]: ...  # ids [N], embeddings [V, D]: [N, D]; IndexError
def embedding_backward(
    ids: NDArray[np.int32], dy: NDArray[_Float], input_dim: int
) -> NDArray[_Float]: ...  # dy [N, D]: [input_dim, D]

# nn_optimizer.cpp
#
# Writes variables and slots in place. slots[i] holds what Keras keeps for variable i, in its order:
#   sgd      momentum if momentum != 0
#   rmsprop  velocity, momentum if momentum > 0, average_gradient if centered
#   adam     momentum, velocity, velocity_hat if amsgrad
# hyper holds exactly learning_rate and
#   sgd      momentum nesterov
#   rmsprop  rho momentum epsilon centered
#   adam     beta_1 beta_2 epsilon amsgrad
# iteration: updates made before this one, as Keras' `iterations`.
# weight_decay: decoupled, one number per variable.

def optimizer_step(
    kind: Literal["sgd", "rmsprop", "adam"],
    variables: list[NDArray[Any]],
    gradients: list[NDArray[Any]],
    slots: list[list[NDArray[Any]]],
    hyper: dict[str, float],
    iteration: int,
    clip: tuple[Literal["none", "clipnorm", "clipvalue", "global_clipnorm"], float] = ("none", 0.0),
    weight_decay: list[float] | None = None,
) -> None: ...

# session.cpp, session_step.cpp

class Graph:
    # Of each operation: what Operation.fields() gives.
    def __init__(
        self, operations: list[dict[str, Any]], outputs: list[int], weights: str = "float32"
    ) -> None: ...
    @property
    def step_error(self) -> str: ...  # empty if the graph can run step by step
    @property
    def state_size(self) -> int: ...  # values per row
    @property
    def multiply_adds(self) -> int: ...
    @property
    def nbytes(self) -> int: ...

# ValueError for any bytes that are not a .tide file
def load_graph(data: bytes, check_pair: bool = True) -> Graph: ...

class Session:
    def __init__(self, graph: Graph, batch: int = 1, steps: int = 0) -> None: ...
    @property
    def batch(self) -> int: ...
    @property
    def steps(self) -> int: ...  # the most of a sequence; 0 if the graph can step
    @property
    def nbytes(self) -> int: ...
    # x [B, I] or ids [B], [B, 1]: [B, O]; lists of those for several inputs or outputs
    def step(self, x: Any, out: Any = None) -> Any: ...
    # x [B, T, I] or ids [B, T]: [B, T, O]; lists of those for several inputs or outputs
    def run(self, x: Any) -> Any: ...
    def reset(self) -> None: ...
    def get_state(self) -> NDArray[np.float32]: ...  # [state_size * B]
    def set_state(self, state: NDArray[np.float32]) -> None: ...

"""The recurrent cells, and what surrounds them, written once more in plain NumPy.

This is the oracle: small, slow, readable, in any floating dtype, and independent of the compiled
core, which it never imports. Everything fast in tidegate is tested against it, and it is itself
tested against Keras 3.15.1. Read it when you want to know what a layer computes.

| module | what |
|---|---|
| `activations` | the closed list that the recurrent kernels take, with derivatives |
| `cells` | one step of SimpleRNN, LSTM and GRU, forward |
| `cell_gradients` | the same steps backward |
| `recurrent` | whole sequences: masks, directions, initial states, dropout, return flags |
| `bptt` | backpropagation through time of a whole sequence |
| `nn` | dense, embedding, softmax, cross-entropy |
| `quantized` | dense and the cells on whole numbers of 8 bits |
| `optimizers` | SGD, RMSprop, Adam and the three ways to clip |
"""

from __future__ import annotations

from tidegate.reference.bptt import recurrent_backward
from tidegate.reference.cells import CELLS, Weights
from tidegate.reference.recurrent import Run, recurrent_forward

__all__ = ["CELLS", "Run", "Weights", "recurrent_backward", "recurrent_forward"]

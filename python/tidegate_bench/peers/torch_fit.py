"""A training loop as PyTorch's users write it, on padded batches or on packed sequences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.nn.utils.rnn import pack_padded_sequence

from tidegate_bench.harness.data import FIT_RATE, FIT_STEPS, Data, changes, initial_values
from tidegate_bench.harness.tasks import Task
from tidegate_bench.peers.base import Variant


class Model(torch.nn.Module):
    """Embedding, one recurrent layer, Dense(1) with a sigmoid; `packed` stops at the lengths."""

    def __init__(self, task: Task, data: Data, layer: torch.nn.Module) -> None:
        super().__init__()
        self.task, self.packed = task, task.mask
        self.embedding = torch.nn.Embedding.from_pretrained(
            torch.from_numpy(data["embeddings"].copy()), freeze=False
        )
        self.layer = layer
        kernel, bias = (torch.from_numpy(a) for a in data["dense"])
        self.dense = torch.nn.Linear(kernel.shape[0], 1)
        with torch.no_grad():
            self.dense.weight.copy_(kernel.T)
            self.dense.bias.copy_(bias)

    def last(self, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Each direction's last output [B, D*H]."""
        if self.packed:
            x = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        _, state = self.layer(x)
        h = state[0] if isinstance(state, tuple) else state
        return h[0] if h.shape[0] == 1 else torch.cat([h[0], h[1]], dim=1)

    def forward(self, ids: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.dense(self.last(self.embedding(ids), lengths)))

    def keras_values(self, columns: Callable[[Task, list[torch.Tensor]], list[np.ndarray]]) -> list:
        """The weights as Keras' model has them."""
        cells = columns(self.task, list(self.layer.parameters()))
        dense = [self.dense.weight.detach().numpy().T, self.dense.bias.detach().numpy()]
        return [self.embedding.weight.detach().numpy(), *cells, *dense]


def _freeze_second_bias(task: Task, layer: torch.nn.Module) -> None:
    """Keras' LSTM and SimpleRNN have one bias; torch adds two, which would learn twice as fast."""
    if task.cell != "gru":
        for name, parameter in layer.named_parameters():
            if name.startswith("bias_hh"):
                parameter.requires_grad_(False)


def fit_variants(
    task: Task,
    data: Data,
    layer: torch.nn.Module,
    columns: Callable[[Task, list[torch.Tensor]], list[np.ndarray]],
) -> list[Variant]:
    """One epoch in shuffled batches, Adam with Keras' epsilon."""
    _freeze_second_bias(task, layer)
    model = Model(task, data, layer)
    parameters = [p for p in model.parameters() if p.requires_grad]
    loss = torch.nn.BCELoss()
    ids = torch.from_numpy(data["ids"].astype(np.int64))
    lengths, labels = torch.from_numpy(data["lengths"]), torch.from_numpy(data["labels"])

    def step(rows: Any, optimizer: torch.optim.Optimizer) -> float:
        optimizer.zero_grad()
        value = loss(model(ids[rows], lengths[rows]), labels[rows])
        value.backward()
        optimizer.step()
        return value.item()  # a progress bar shows it

    def check() -> dict[str, np.ndarray]:
        first = slice(0, task.batch)
        with torch.inference_mode():
            before = model(ids[first], lengths[first]).numpy()
        descent = torch.optim.SGD(parameters, lr=FIT_RATE)
        for _ in range(FIT_STEPS):
            step(first, descent)
        return {"before": before, **changes(initial_values(data), model.keras_values(columns))}

    adam = torch.optim.Adam(parameters, lr=1e-3, eps=1e-7)

    def epoch() -> None:
        for rows in torch.randperm(len(ids)).split(task.batch):
            step(rows, adam)

    return [Variant("loop, packed" if task.mask else "loop, padded", epoch, check)]

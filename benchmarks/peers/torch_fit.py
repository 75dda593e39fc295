"""A training loop as PyTorch's users write it, on padded batches or on packed sequences."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.nn.utils.rnn import pack_padded_sequence

from benchmarks.harness.data import FIT_STEPS, Data
from benchmarks.harness.tasks import Task
from benchmarks.peers.base import Variant


class Model(torch.nn.Module):
    """Embedding, one recurrent layer, Dense(1) with a sigmoid; `packed` stops at the lengths."""

    def __init__(self, task: Task, data: Data, layer: torch.nn.Module) -> None:
        super().__init__()
        self.packed = task.mask
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


def fit_variants(task: Task, data: Data, layer: torch.nn.Module) -> list[Variant]:
    """One epoch in shuffled batches, Adam with Keras' epsilon."""
    model = Model(task, data, layer)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-7)
    loss = torch.nn.BCELoss()
    ids = torch.from_numpy(data["ids"].astype(np.int64))
    lengths, labels = torch.from_numpy(data["lengths"]), torch.from_numpy(data["labels"])
    first = slice(0, task.batch)

    def step(rows: Any) -> float:
        optimizer.zero_grad()
        value = loss(model(ids[rows], lengths[rows]), labels[rows])
        value.backward()
        optimizer.step()
        return value.item()  # a progress bar shows it

    def check() -> dict[str, np.ndarray]:
        with torch.inference_mode():
            before = model(ids[first], lengths[first]).numpy()
        for _ in range(FIT_STEPS):
            step(first)
        with torch.inference_mode():
            return {"before": before, "after": model(ids[first], lengths[first]).numpy()}

    def epoch() -> None:
        for rows in torch.randperm(len(ids)).split(task.batch):
            step(rows)

    return [Variant("loop, packed" if task.mask else "loop, padded", epoch, check)]

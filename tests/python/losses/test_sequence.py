"""CTC against a sum over all alignments, written out; lengths from a mask."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from tidegate import GradientTape, losses, ops
from tidegate.losses.loss import LossFunctionWrapper
from tidegate.tensor import Mask, convert_to_tensor

RNG = np.random.default_rng(4)
LOGITS = RNG.normal(size=(2, 5, 3)).astype("float32")
LABELS = np.array([[1, 2, 0], [2, 2, 0]], "int32")


def collapsed(path):
    return [c for c, _ in itertools.groupby(path) if c]


def by_hand(label, logits):
    p = np.exp(logits - np.log(np.exp(logits).sum(-1, keepdims=True)))
    total = sum(
        np.prod([p[t, c] for t, c in enumerate(path)])
        for path in itertools.product(range(3), repeat=len(logits))
        if collapsed(path) == [c for c in label if c]
    )
    return -np.log(total)


def test_all_alignments():
    found = losses.ctc(LABELS, LOGITS).numpy()
    np.testing.assert_allclose(found, [by_hand(*pair) for pair in zip(LABELS, LOGITS)], rtol=1e-5)


@pytest.mark.parametrize("identifier", ["ctc", losses.CTC()])
def test_a_mask_gives_the_lengths(identifier):
    x = convert_to_tensor(LOGITS)
    x.mask = Mask([[True] * 4 + [False], [True] * 5])
    loss = identifier if isinstance(identifier, losses.CTC) else LossFunctionWrapper(
        losses.get(identifier)
    )  # fmt: skip
    expected = np.mean([by_hand(LABELS[0], LOGITS[0, :4]), by_hand(LABELS[1], LOGITS[1])])
    np.testing.assert_allclose(float(loss(LABELS, x)), expected, rtol=1e-5)


def test_masks_with_holes_are_refused():
    x = convert_to_tensor(LOGITS)
    x.mask = Mask([[True, False, True, True, True]] * 2)
    with pytest.raises(ValueError, match="padded ends"):
        losses.CTC()(LABELS, x)


def test_labels_that_do_not_fit():
    assert np.isinf(losses.ctc([[1, 1, 1]], LOGITS[:1, :4]).numpy()).all()
    with pytest.raises(IndexError, match=r"labels must lie in \[0, 3\)"):
        losses.ctc([[3]], LOGITS[:1])
    with pytest.raises(ValueError, match=r"y_true must be \[B, L\]"):
        losses.ctc([1], LOGITS)
    with pytest.raises(ValueError, match="strategy must be"):
        ops.ctc_decode(LOGITS, [5, 5], strategy="guess")


def test_gradient_against_differences():
    x = convert_to_tensor(LOGITS.astype("float64"))
    with GradientTape() as tape:
        tape.watch(x)
        total = ops.sum(ops.ctc_loss(LABELS, x, [2, 2], [5, 4]))
    gradient = tape.gradient(total, x).numpy()
    for at in [(0, 0, 0), (0, 4, 2), (1, 2, 2), (1, 4, 1)]:
        step = np.zeros_like(x.numpy())
        step[at] = 1e-5
        up, down = (
            float(ops.sum(ops.ctc_loss(LABELS, convert_to_tensor(x.numpy() + s * step),
                                       [2, 2], [5, 4])))
            for s in (1, -1)
        )  # fmt: skip
        np.testing.assert_allclose(gradient[at], (up - down) / 2e-5, rtol=1e-6, atol=1e-9)

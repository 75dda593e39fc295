"""SinePositionEncoding."""

from __future__ import annotations

import numpy as np

from tidegate.layers import Input, SinePositionEncoding


def test_formula_and_start():
    x = np.zeros((2, 6, 5), np.float32)
    y = SinePositionEncoding(max_wavelength=100)(x).numpy()
    for t in range(6):
        for i in range(5):
            angle = t / 100 ** (2 * (i // 2) / 5)
            expected = np.cos(angle) if i % 2 else np.sin(angle)
            np.testing.assert_allclose(y[:, t, i], expected, atol=1e-6)
    later = SinePositionEncoding(max_wavelength=100)(x[:, :4], start_index=2).numpy()
    np.testing.assert_array_equal(later, y[:, 2:])


def test_symbolic():
    assert SinePositionEncoding()(Input((None, 4))).shape == (None, None, 4)

"""The error function on arrays, which NumPy does not have."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

# Coefficients of FreeBSD's s_erf.c, Copyright (C) 1993 by Sun Microsystems, Inc. All rights
# reserved. Permission to use, copy, modify, and distribute this software is freely granted,
# provided that this notice is preserved. Lowest power first.
_ERX = 8.45062911510467529297e-01
_PP = (1.28379167095512558561e-01, -3.25042107247001499370e-01, -2.84817495755985104766e-02,
       -5.77027029648944159157e-03, -2.37630166566501626084e-05)  # fmt: skip
_QQ = (1.0, 3.97917223959155352819e-01, 6.50222499887672944485e-02, 5.08130628187576562776e-03,
       1.32494738004321644526e-04, -3.96022827877536812320e-06)  # fmt: skip
_PA = (-2.36211856075265944077e-03, 4.14856118683748331666e-01, -3.72207876035701323847e-01,
       3.18346619901161753674e-01, -1.10894694282396677476e-01, 3.54783043256182359371e-02,
       -2.16637559486879084300e-03)  # fmt: skip
_QA = (1.0, 1.06420880400844228286e-01, 5.40397917702171048937e-01, 7.18286544141962662868e-02,
       1.26171219808761642112e-01, 1.36370839120290507362e-02,
       1.19844998467991074170e-02)  # fmt: skip
_RA = (-9.86494403484714822705e-03, -6.93858572707181764372e-01, -1.05586262253232909814e+01,
       -6.23753324503260060396e+01, -1.62396669462573470355e+02, -1.84605092906711035994e+02,
       -8.12874355063065934246e+01, -9.81432934416914548592e+00)  # fmt: skip
_SA = (1.0, 1.96512716674392571292e+01, 1.37657754143519042600e+02, 4.34565877475229228821e+02,
       6.45387271733267880336e+02, 4.29008140027567833386e+02, 1.08635005541779435134e+02,
       6.57024977031928170135e+00, -6.04244152148580987438e-02)  # fmt: skip
_RB = (-9.86494292470009928597e-03, -7.99283237680523006574e-01, -1.77579549177547519889e+01,
       -1.60636384855821916062e+02, -6.37566443368389627722e+02, -1.02509513161107724954e+03,
       -4.83519191608651397019e+02)  # fmt: skip
_SB = (1.0, 3.03380607434824582924e+01, 3.25792512996573918826e+02, 1.53672958608443695994e+03,
       3.19985821950859553908e+03, 2.55305040643316442583e+03, 4.74528541206955367215e+02,
       -2.24409524465858183362e+01)  # fmt: skip


def _polynomial(coefficients: tuple[float, ...], x: Array) -> Array:
    value = np.full_like(x, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        value = value * x + coefficient
    return value


def erf(x: Array) -> Array:
    """erf of each element, computed in float64, in the dtype of x."""
    wide = np.asarray(x, dtype=np.float64)
    a = np.abs(wide)
    small = np.minimum(a, 0.84375)
    z = small * small
    near = small + small * _polynomial(_PP, z) / _polynomial(_QQ, z)
    s = np.clip(a, 0.84375, 1.25) - 1
    middle = _ERX + _polynomial(_PA, s) / _polynomial(_QA, s)
    far = np.clip(a, 1.25, 6.0)
    r = 1 / (far * far)
    low = far < 1 / 0.35
    exponent = np.where(
        low,
        _polynomial(_RA, r) / _polynomial(_SA, r),
        _polynomial(_RB, r) / _polynomial(_SB, r),
    )
    tail = 1 - np.exp(-far * far - 0.5625 + exponent) / far
    y = np.where(a < 0.84375, near, np.where(a < 1.25, middle, np.where(a < 6.0, tail, 1.0)))
    y = np.where(np.isnan(wide), wide, np.copysign(y, wide))
    return y.astype(x.dtype)

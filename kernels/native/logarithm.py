"""The natural logarithm of a float64, in operations that a compiler can do on many rows at once.

As in ``kernels.native.sigmoid`` each is rounded as IEEE 754 says and none fused, so a result is the
same wherever a row stands and on every machine. With ``x = 2^k m``, ``m`` from ``sqrt(1/2)`` to
``sqrt(2)``, and ``s = (m - 1) / (m + 1)``: ``ln x = k ln 2 + 2 s (1 + s^2/3 + s^4/5 + ...)``, cut
where terms are below 2^-54 of the first; ``s^2`` is at most 0.0295. ``k`` times the first part of
``ln 2`` is exact.
"""

from __future__ import annotations

import numpy as np

from kernels.native import part

_LN2_HIGH = float.fromhex("0x1.62e42feep-1")
_LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
_HALF_ROOT = 0x3FE6A09E667F3BCD  # the bits of sqrt(1/2)
_EXPONENT = 52
_MAGIC = 6755399441055744.0  # 1.5 * 2^52: an integer is in the lowest bits of its sum with it
_MAGIC_BITS = 0x4338000000000000
_BIAS = 1023  # of exponents: the difference stays above 0 and below 2^63
_T1, _T2, _T3, _T4, _T5 = (1.0 / (2 * k + 1) for k in range(1, 6))
_T6, _T7, _T8, _T9, _T10 = (1.0 / (2 * k + 1) for k in range(6, 11))
_LEAST = 2.2250738585072014e-308


@part
def logarithm(x: float) -> float:
    """Point: of ``x`` >= 0. Of what is below 2.2e-308, denormals too, minus infinity; infinity and
    NaN stay."""
    bits = np.float64(x).view(np.int64) - _HALF_ROOT + (_BIAS << _EXPONENT)
    whole = (bits >> _EXPONENT) - _BIAS
    k = np.int64(whole + _MAGIC_BITS).view(np.float64) - _MAGIC
    m = np.int64(np.float64(x).view(np.int64) - (whole << _EXPONENT)).view(np.float64)
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    w = z * z
    low = (_T1 + z * _T2) + w * (_T3 + z * _T4)
    high = (_T5 + z * _T6) + w * (_T7 + z * _T8) + w * w * (_T9 + z * _T10)
    q = z * (low + w * w * high)
    found: float = k * _LN2_HIGH + (2.0 * s + (2.0 * s * q + k * _LN2_LOW))
    found = -np.inf if x < _LEAST else found
    return found if x < np.inf else x

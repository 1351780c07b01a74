"""Adding values to limbs: see ``kernels.exact_sum``."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernels.native import part


@part
def _add(limbs: NDArray[np.int64], bits: np.int64) -> None:
    """Point: add the finite float64 with this bit pattern to ``limbs`` ``(_LIMBS,)``."""
    exponent = (bits >> 52) & 0x7FF
    mantissa = bits & 0xFFFFFFFFFFFFF
    if exponent > 0:  # a denormal has no hidden bit, and the exponent of the least normal number
        mantissa |= 1 << 52
        exponent -= 1
    limb, shift = exponent >> 5, exponent & 31
    low = (mantissa & 0xFFFFFFFF) << shift  # below 2^63
    high = (mantissa >> 32) << shift  # below 2^52
    sign = -1 if bits < 0 else 1
    limbs[limb] += sign * (low & 0xFFFFFFFF)
    limbs[limb + 1] += sign * ((low >> 32) + (high & 0xFFFFFFFF))
    limbs[limb + 2] += sign * (high >> 32)


@part
def add_rows(bits: NDArray[np.int64], groups: NDArray[Any], limbs: NDArray[np.int64]) -> int:
    """Block: add every value to its group; the first row that cannot be added, or -1."""
    for i in range(bits.size):
        group = groups[i]
        if not 0 <= group < limbs.shape[0] or (bits[i] >> 52) & 0x7FF == 0x7FF:
            return i
        _add(limbs[group], bits[i])
    return -1

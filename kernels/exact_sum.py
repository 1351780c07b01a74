"""Exact sums of float64 values by group: no rounding, so no order, chunk or thread can change one.

A float64 is an integer of 53 bits times a power of two from 2^-1074 to 2^971. Counting in units of
2^-1074 makes every finite value an integer of at most 2,098 bits. A group's sum is kept in limbs of
32 bits, each in an int64, so that carries can wait: a value touches three neighbouring limbs, and
2^29 values fit before a limb could overflow. Python's integers collect the limbs at the end.

Source of the idea: R. Neal, Fast exact summation using small and large superaccumulators, 2015.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernels.kernel import Kernel

_add_rows = Kernel("exact_sum", "add_rows")

_LIMBS = 66
"""Of 32 bits: the largest value shifts 53 bits by 2045, so it touches limbs 63, 64 and 65."""
_ROWS = 2**29
"""Rows between two collections: each adds less than 2^33 to a limb of 63 bits."""
_UNIT = 2**1074


def exact_sums(values: NDArray[np.float64], groups: NDArray[Any], n_groups: int) -> list[int]:
    """The exact sum of each group, in units of 2^-1074.

    Parameters
    ----------
    values
        float64 ``(n,)``, finite.
    groups
        int32 or int64 ``(n,)``, each in ``0..n_groups - 1``.

    Returns
    -------
    ``n_groups`` integers, 0 for a group without rows. Sums of parts may be added as they are.

    Raises
    ------
    ValueError
        A value is NaN or infinite, a group is out of range, shapes or dtypes do not fit.
    """
    if values.ndim != 1 or values.dtype != np.float64:
        raise ValueError(f"values must be 1-D float64, not {values.ndim}-D {values.dtype}")
    if groups.shape != values.shape or groups.dtype not in (np.int32, np.int64):
        raise ValueError(f"groups must be int32 or int64 {values.shape}")
    bits, groups = np.ascontiguousarray(values).view(np.int64), np.ascontiguousarray(groups)
    totals = [0] * n_groups
    for lo in range(0, values.size, _ROWS):
        limbs = np.zeros((n_groups, _LIMBS), np.int64)
        bad = _add_rows(bits[lo : lo + _ROWS], groups[lo : lo + _ROWS], limbs)
        if bad >= 0:
            raise ValueError(
                f"row {lo + bad} cannot be added: value {values[lo + bad]}, "
                f"group {groups[lo + bad]} of {n_groups}"
            )
        totals = [total + _collected(row) for total, row in zip(totals, limbs, strict=True)]
    return totals


def _collected(limbs: NDArray[np.int64]) -> int:
    return sum(limb << (32 * i) for i, limb in enumerate(limbs.tolist()))


def rounded(total: int) -> float:
    """The float64 nearest to ``total`` units of 2^-1074, ties to even; an empty sum is 0.0.

    Raises
    ------
    OverflowError
        The sum is beyond the largest float64.
    """
    return total / _UNIT  # Python divides integers with one correct rounding

"""How well one score ranks within each of many groups, from one sort over all of them.

Rows come in ascending order of their score. Each group keeps what it has seen below, and what is
tied at its own latest level, so groups may lie mixed in any way.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.kernel import Kernel

_compare_groups = Kernel("ranks_by_group", "compare_groups")


class Groups(NamedTuple):
    """Of each group, ``(groups,)``: weight of the goods and of the bads, and ``won`` as in
    ``kernels.ranks.Comparison``; while rows are passed, what is tied at its latest ``level``."""

    good: NDArray[np.float64]
    bad: NDArray[np.float64]
    won: NDArray[np.float64]
    tied_good: NDArray[np.float64]
    tied_bad: NDArray[np.float64]
    level: NDArray[np.uint32]


def compare_groups(
    level: NDArray[np.uint32],
    bad: NDArray[np.uint8],
    weight: NDArray[np.float64],
    group: NDArray[np.uint32],
    groups: int,
) -> Groups:
    """Goods against bads of the same group; exact where weights are whole and sums below 2^53.

    Parameters
    ----------
    level
        uint32 ``(n,)``, ascending: equal where scores are.
    bad
        uint8 ``(n,)``: 0 or 1.
    weight
        float64 ``(n,)``.
    group
        uint32 ``(n,)``: below ``groups``.

    Raises
    ------
    ValueError
        Shapes, dtypes or groups that do not fit.
    """
    arrays: dict[str, NDArray[Any]] = {"level": level, "bad": bad, "weight": weight, "group": group}
    wanted = (np.uint32, np.uint8, np.float64, np.uint32)
    for (name, values), dtype in zip(arrays.items(), wanted, strict=True):
        if values.dtype != dtype or values.shape != (level.size,):
            shape = f"{values.dtype} {values.shape}"
            raise ValueError(f"{name} must be {np.dtype(dtype)} ({level.size},), not {shape}")
    if group.max(initial=0) >= groups:
        raise ValueError(f"group {group.max()} is not one of {groups}")
    goods, bads, won, tied_goods, tied_bads = (np.zeros(groups) for _ in range(5))
    made = Groups(goods, bads, won, tied_goods, tied_bads, np.zeros(groups, np.uint32))
    _compare_groups(level, bad, weight, group, made)
    return made

"""Ranking within groups: see ``kernels.ranks_by_group``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kernels.native import part
from kernels.ranks_by_group import Groups


@part
def _close_tie(groups: Groups, group: np.uint64) -> None:
    """Point: what is tied in a group has won against what is below, and ties with itself."""
    good, bad = groups.tied_good[group], groups.tied_bad[group]
    groups.won[group] += bad * (2.0 * groups.good[group] + good)
    groups.good[group] += good
    groups.bad[group] += bad
    groups.tied_good[group] = groups.tied_bad[group] = 0.0


@part
def compare_groups(
    level: NDArray[np.uint32],
    bad: NDArray[np.uint8],
    weight: NDArray[np.float64],
    group: NDArray[np.uint32],
    groups: Groups,
) -> int:
    """Block: rows in ascending order of their score; ``groups`` hold zeros so far."""
    for k in range(level.size):
        i = np.uint64(k)
        mine = np.uint64(group[i])
        if groups.level[mine] != level[i]:
            _close_tie(groups, mine)
            groups.level[mine] = level[i]
        if bad[i]:
            groups.tied_bad[mine] += weight[i]
        else:
            groups.tied_good[mine] += weight[i]
    for k in range(groups.level.size):
        _close_tie(groups, np.uint64(k))
    return 0

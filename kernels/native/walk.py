"""Walking trees: see ``kernels.walk``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kernels.categories import ABSENT
from kernels.native import part
from kernels.scratch import WALKED, Scratch
from kernels.walk import CATEGORICAL, Walks


@part
def add_walks(
    walks: Walks,
    lo: int,
    hi: int,
    target: NDArray[np.int32],
    scratch: Scratch,
    single: bool,
    sums: NDArray[np.float64],
) -> None:
    """Block: add the trees ``lo..hi`` of ``walks`` to ``sums`` ``(classes, rows)``.

    ``single``: sums are rounded to float32 after each tree.
    """
    codes, category, at = scratch.codes, scratch.category, scratch.at
    asked, child, words, bitset = walks.asked, walks.child, walks.words, walks.bitset
    rows, span = sums.shape[1], np.uint64(scratch.stride)
    for first in range(0, rows, WALKED):
        n = min(WALKED, rows - first)
        for tree in range(lo, hi):
            at[:n] = walks.root[tree]
            walking = walks.root[tree] >= 0
            while walking:
                walking = False
                for i in range(n):
                    node = np.uint64(max(at[i], 0))
                    ask = asked[node]
                    if ask & np.uint32(CATEGORICAL):
                        found = category[np.int64(ask) & 0x7FFFFFFF, first + i]
                        word = words[node] + (found >> 5)
                        left = found == ABSENT and walks.nan_left[node]
                        if found >= 0 and word < words[node + np.uint64(1)]:
                            left = (bitset[word] >> np.uint32(found & 31)) & np.uint32(1) != 0
                    else:
                        slot = np.uint64(ask >> np.uint32(8))
                        code = codes[slot * span + np.uint64(first + i)]
                        left = code <= np.uint8(ask & np.uint32(255))
                    below = child[np.uint64(2) * node + np.uint64(not left)]
                    at[i] = below if at[i] >= 0 else at[i]
                    walking |= at[i] >= 0
            for k in range(walks.leaf.shape[1]):
                total = sums[target[walks.tree[tree]] + k]
                for i in range(n):
                    added = total[first + i] + walks.leaf[~at[i], k]
                    total[first + i] = np.float32(added) if single else added

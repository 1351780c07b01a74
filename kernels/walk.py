"""Trees walked from the root, many rows at once: for trees too large for straight programs.

A program evaluates every split of a tree, a walk only those on the way: from some two thousand
leaves on a walk is the faster one, and it can look categories up without limit. The rows of a group
go down a tree together, level by level: one row's walk would wait for memory and mispredict where
it ends, many overlap. A step reads one word of the node and one code.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.categories import ABSENT, Categories
from kernels.compiled import part
from kernels.trees import DEFAULT_LEFT, IS_CATEGORICAL, Trees

GROUP = 64
"""Rows that go down together; their codes of all slots stay in the first cache."""

_CATEGORICAL = 1 << 31


class Walks(NamedTuple):
    """The trees that are walked: ``tree`` int32, which they are; ``root`` int32 of each.

    Per node of the forest: ``asked`` uint32, ``slot << 8 | code`` of a numerical split, or
    ``_CATEGORICAL`` and the feature in ``kernels.categories``; ``child`` int32 ``(2 * nodes,)``:
    left, right, left, ...; ``nan_left`` bool. The rest as in ``Trees``.
    """

    tree: NDArray[np.int32]
    root: NDArray[np.int32]
    asked: NDArray[np.uint32]
    child: NDArray[np.int32]
    nan_left: NDArray[np.bool_]
    words: NDArray[np.int32]
    bitset: NDArray[np.uint32]
    leaf: NDArray[np.float64]


def compile_walks(
    trees: Trees,
    chosen: NDArray[np.int32],
    slot: NDArray[np.uint32],
    code: NDArray[np.uint8],
    categories: Categories,
) -> Walks:
    """The trees ``chosen``; ``slot`` and ``code`` of every node are those of ``kernels.bins``."""
    categorical = (trees.decision & IS_CATEGORICAL) != 0
    asked = np.where(
        categorical, _CATEGORICAL | categories.feature.astype(np.int64), slot.astype(np.int64) << 8
    )
    return Walks(
        tree=chosen,
        root=trees.root[chosen],
        asked=(asked | np.where(categorical, 0, code)).astype(np.uint32),
        child=np.stack([trees.left, trees.right], axis=1).ravel(),
        nan_left=(trees.decision & DEFAULT_LEFT) != 0,
        words=trees.words,
        bitset=trees.bitset,
        leaf=trees.leaf,
    )


@part
def add_walks(
    walks: Walks,
    lo: int,
    hi: int,
    target: NDArray[np.int32],
    codes: NDArray[np.uint8],
    stride: int,
    category: NDArray[np.int32],
    single: bool,
    sums: NDArray[np.float64],
) -> None:
    """Block: add the trees ``lo..hi`` of ``walks`` to ``sums`` ``(classes, rows)``.

    ``codes`` has ``stride`` bytes per slot, ``category`` a row per categorical feature. ``single``:
    sums are rounded to float32 after each tree. The step is written out: as a function of arrays,
    numba counts references to them at every call unless it happens to be inlined (25x slower).
    """
    asked, child, words, bitset = walks.asked, walks.child, walks.words, walks.bitset
    rows, span = sums.shape[1], np.uint64(stride)
    at = np.empty(GROUP, np.int32)
    for first in range(0, rows, GROUP):
        n = min(GROUP, rows - first)
        for tree in range(lo, hi):
            at[:n] = walks.root[tree]
            walking = walks.root[tree] >= 0
            while walking:
                walking = False
                for i in range(n):
                    node = np.uint64(max(at[i], 0))
                    ask = asked[node]
                    if ask & np.uint32(_CATEGORICAL):
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

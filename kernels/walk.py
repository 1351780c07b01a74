"""Trees walked from the root, many rows at once: for trees too large for straight programs.

A program evaluates every split of a tree, a walk only those on the way: from some six thousand
leaves on a walk is the faster one, and it can look categories up without limit. The rows of a group
go down a tree together, level by level: one row's walk would wait for memory and mispredict where
it ends, many overlap. A step reads one word of the node and one code.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.categories import Categories
from kernels.trees import DEFAULT_LEFT, IS_CATEGORICAL, Trees

CATEGORICAL = 1 << 31
"""Bit of ``Walks.asked``."""


class Walks(NamedTuple):
    """The trees that are walked: ``tree`` int32, which they are; ``root`` int32 of each.

    Per node of the forest: ``asked`` uint32, ``slot << 8 | code`` of a numerical split, or
    ``CATEGORICAL`` and the feature in ``kernels.categories``; ``child`` int32 ``(2 * nodes,)``:
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
        categorical, CATEGORICAL | categories.feature.astype(np.int64), slot.astype(np.int64) << 8
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

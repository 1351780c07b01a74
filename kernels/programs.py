"""Compiles trees to straight programs: see ``kernels.native.masks``, which runs them.

A leaf's number is its place from left to right, in Gray code. At a split, each bit of the number is
a selection between the two children's bits, and most selections have nothing to do: where both
children are constant and say the same, so does the split; where they are constant and differ, the
bit is the condition itself (or its opposite, and then the condition is turned). Neighbours in Gray
code differ in one bit, so that happens for one bit of every split. A selection overwrites one of
the children's lanes, which nobody else reads: a program needs no lanes but those of its conditions.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.categories import Categories, join_lanes
from kernels.kernel import Kernel
from kernels.trees import IS_CATEGORICAL, Trees

ZEROS, ONES, FIRST = 0, 1, 2
"""Lanes that are constant, and that of a program's first condition."""

_BITS = 16  # of a leaf's number, at most

_compile_trees = Kernel("programs", "compile_trees")

CONDITION, TURNED, JOINED, SELECTION, BIT, LEAF = range(6)
"""Columns of ``Programs.place``."""


class Programs(NamedTuple):
    """The programs of some trees, one after the other.

    Per program: ``tree`` int32, which tree it is; a row of ``place``, int64: where its numerical
    conditions begin (``CONDITION``) and those that are turned (``TURNED``), its categorical ones
    (``JOINED``), its selections, bits and leaf values; one row more marks the ends. Per numerical
    condition: ``asked`` uint32, ``slot << 8 | code``. Per categorical one: ``joined`` int64
    ``(n + 1,)``: it joins the lanes ``lane[joined[i]:joined[i + 1]]`` (uint64) of
    ``kernels.categories``; ``opposite`` bool, if the condition is what is not joined. Per
    selection: ``select`` uint16 ``(n, 3)``: the lane that is asked, the one taken where it holds,
    the one taken elsewhere; the result is written to the one taken that is not constant. Per bit:
    ``bit`` uint16, its lane. ``leaf`` float64 ``(values, width)``, by number. ``lanes``: how many a
    program needs at most.
    """

    tree: NDArray[np.int32]
    place: NDArray[np.int64]
    asked: NDArray[np.uint32]
    joined: NDArray[np.int64]
    lane: NDArray[np.uint64]
    opposite: NDArray[np.bool_]
    select: NDArray[np.uint16]
    bit: NDArray[np.uint16]
    leaf: NDArray[np.float64]
    lanes: int


def compile_programs(
    trees: Trees,
    chosen: NDArray[np.int32],
    slot: NDArray[np.uint32],
    code: NDArray[np.uint8],
    categories: Categories,
) -> Programs:
    """Programs of the trees ``chosen``, of fewer than 65,000 leaves: lanes have 16-bit numbers.

    ``slot`` and ``code`` of every node are those of ``kernels.bins``.
    """
    first_node, first_leaf = trees.first_nodes(), trees.first_leaves()
    sizes = np.diff(first_node)[chosen]
    bits = np.ceil(np.log2(sizes + 1)).astype(np.int64)
    categorical = (trees.decision & IS_CATEGORICAL) != 0
    place = np.zeros((chosen.size + 1, 6), np.int64)
    place[:, BIT] = _starts(bits)
    place[:, LEAF] = _starts(1 << bits)
    condition = np.zeros(trees.feature.size, np.int64)
    turned = np.zeros(trees.feature.size, np.bool_)
    select = np.zeros(((sizes * bits).sum(), 3), np.uint16)
    bit = np.zeros(place[-1, BIT], np.uint16)
    number = np.zeros(trees.leaf.shape[0], np.int64)
    roots = np.stack([trees.root[chosen], first_node[chosen], first_leaf[chosen], sizes], axis=1)
    child = np.stack([trees.left, trees.right], axis=1)
    numbered = (place, condition, turned, select, bit, number)
    n = _compile_trees(roots, child, categorical, *numbered, _making(int(sizes.max(initial=0))))

    owner = np.repeat(np.arange(chosen.size), sizes)
    own = np.repeat(first_node[chosen] - _starts(sizes)[:-1], sizes) + np.arange(owner.size)
    asked = np.zeros(place[-1, CONDITION], np.uint32)
    numerical = own[~categorical[own]]
    asked[condition[numerical]] = slot[numerical] << 8 | code[numerical]
    joining = own[categorical[own]]
    joining = joining[np.argsort(condition[joining])]
    joined = join_lanes(trees, categories, joining)
    leaf = np.zeros((place[-1, LEAF], trees.leaf.shape[1]))
    leaves = np.repeat(first_leaf[chosen] - _starts(sizes + 1)[:-1], sizes + 1)
    leaves += np.arange(leaves.size)
    base = np.repeat(place[:-1, LEAF], sizes + 1)
    leaf[base + (number[leaves] ^ (number[leaves] >> 1))] = trees.leaf[leaves]
    return Programs(
        tree=chosen,
        place=place,
        asked=asked,
        joined=joined.first,
        lane=joined.lane,
        opposite=turned[joining] != joined.inverted,
        select=select[:n].copy(),
        bit=bit,
        leaf=leaf,
        lanes=FIRST + int(sizes.max(initial=0)),
    )


class Making(NamedTuple):
    """Scratch, int64, to compile one tree; nodes count from its first one.

    ``order``: nodes, low ones first. ``lane`` of each node and bit. ``at``: the lane of each node's
    condition. ``height`` of each node; ``heights``: where those of a height begin; ``stack``.
    """

    order: NDArray[np.int64]
    lane: NDArray[np.int64]
    at: NDArray[np.int64]
    height: NDArray[np.int64]
    heights: NDArray[np.int64]
    stack: NDArray[np.int64]


def _making(nodes: int) -> Making:
    """For trees of up to so many nodes."""
    order, at, height, heights, stack = np.empty((5, nodes + 2), np.int64)
    return Making(order, np.empty((nodes, _BITS), np.int64), at, height, heights, stack)


def _starts(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(sizes)])

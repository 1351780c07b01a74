"""Compiles trees to straight programs: see ``kernels.masks``, which runs them.

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
from kernels.compiled import entry, part
from kernels.trees import IS_CATEGORICAL, Trees

ZEROS, ONES, FIRST = 0, 1, 2
"""Lanes that are constant, and that of a program's first condition."""

MOST_LEAVES = 4096
"""Scratch is made for trees of up to this size."""
_BITS = 12  # of a leaf's number

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
    """Programs of the trees ``chosen``, of up to ``MOST_LEAVES`` leaves each.

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
    n = _compile(roots, child, categorical, place, condition, turned, select, bit, number)

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


def _starts(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(sizes)])


class _Tree(NamedTuple):
    """Scratch to compile one tree; nodes count from its first one.

    ``order``: nodes, low ones first. ``lane`` of each node and bit. ``at``: the lane of each node's
    condition.
    """

    order: NDArray[np.int64]
    lane: NDArray[np.int64]
    at: NDArray[np.int64]


@part
def _visit(
    root: int, node: int, child: NDArray[np.int32], number: NDArray[np.int64], made: _Tree
) -> None:
    """Block: number the leaves from left to right; order the nodes by height, low ones first.

    So a selection seldom waits for the one before it (a chain of dependent stores and loads took
    1.5x the time).
    """
    n = made.order.size
    stack, height = np.empty(n + 2, np.int64), np.zeros(n, np.int64)
    stack[0], depth, seen, n_leaves = root, 1, 0, 0
    while depth:
        depth -= 1
        at = stack[depth]
        if at < 0:
            number[~at] = n_leaves
            n_leaves += 1
        else:
            made.order[seen] = at - node
            seen += 1
            stack[depth], stack[depth + 1] = child[at, 1], child[at, 0]
            depth += 2
    heights = np.zeros(n + 1, np.int64)
    for i in range(n - 1, -1, -1):
        local = made.order[i]
        for side in range(2):
            below = child[node + local, side]
            if below >= 0:
                height[local] = max(height[local], height[below - node] + 1)
        heights[height[local] + 1] += 1
    for i in range(n):
        heights[i + 1] += heights[i]
    for local in range(n):
        made.order[heights[height[local]]] = local
        heights[height[local]] += 1


@part
def _below(child: int, bit: int, node: int, number: NDArray[np.int64], made: _Tree) -> int:
    """The lane of a bit below a split: of a leaf's number it is constant."""
    place: int = number[~child]
    lane: int = made.lane[child - node, bit] if child >= 0 else ((place ^ place >> 1) >> bit) & 1
    return lane


@part
def _select(
    node: int,
    bits: int,
    child: NDArray[np.int32],
    number: NDArray[np.int64],
    made: _Tree,
    turned: NDArray[np.bool_],
    select: NDArray[np.uint16],
) -> int:
    """Block: the selections of one tree, conditions numbered by node; returns how many."""
    n = 0
    for local in made.order:
        for bit in range(bits):
            left = _below(child[node + local, 0], bit, node, number, made)
            right = _below(child[node + local, 1], bit, node, number, made)
            if left == ZEROS and right == ONES:
                turned[node + local] = True
        for bit in range(bits):
            left = _below(child[node + local, 0], bit, node, number, made)
            right = _below(child[node + local, 1], bit, node, number, made)
            if left < FIRST and right < FIRST:
                made.lane[local, bit] = left if left == right else FIRST + local
                continue
            if turned[node + local]:
                left, right = right, left
            made.lane[local, bit] = left if left >= FIRST else right
            select[n, 0], select[n, 1], select[n, 2] = FIRST + local, left, right
            n += 1
    return n


@part
def _place_conditions(
    node: int,
    categorical: NDArray[np.bool_],
    turned: NDArray[np.bool_],
    place: NDArray[np.int64],
    i: int,
    made: _Tree,
    condition: NDArray[np.int64],
) -> None:
    """Block: numerical conditions come first, then those that are turned, then categorical ones."""
    at = 0
    for kind in range(3):
        if kind == 1:
            place[i, TURNED] = place[i, CONDITION] + at
        elif kind == 2:
            place[i + 1, CONDITION] = place[i, CONDITION] + at
        start = at if kind == 2 else 0
        base = place[i, JOINED] if kind == 2 else place[i, CONDITION]
        for local in range(made.order.size):
            own = 2 if categorical[node + local] else np.int64(turned[node + local])
            if own == kind:
                made.at[local] = FIRST + at
                condition[node + local] = base + at - start
                at += 1
        if kind == 2:
            place[i + 1, JOINED] = place[i, JOINED] + at - start


@entry
def _compile(
    roots: NDArray[np.int64],
    child: NDArray[np.int32],
    categorical: NDArray[np.bool_],
    place: NDArray[np.int64],
    condition: NDArray[np.int64],
    turned: NDArray[np.bool_],
    select: NDArray[np.uint16],
    bit: NDArray[np.uint16],
    number: NDArray[np.int64],
) -> int:
    """Block: compile trees; a row of ``roots`` is root, first node, first leaf, nodes.

    Fills ``place``; per node ``condition``, its place among the numerical or the categorical ones,
    and ``turned``; ``number`` of each leaf; returns how many selections there are.
    """
    lane, at = np.empty((MOST_LEAVES, _BITS), np.int64), np.empty(MOST_LEAVES, np.int64)
    order = np.empty(MOST_LEAVES, np.int64)
    n_select = 0
    for i in range(roots.shape[0]):
        root, node, size = roots[i, 0], roots[i, 1], roots[i, 3]
        made = _Tree(order[:size], lane, at)
        _visit(root, node, child, number, made)
        bits = place[i + 1, BIT] - place[i, BIT]
        place[i, SELECTION] = n_select
        own = select[n_select:]
        n = _select(node, bits, child, number, made, turned, own)
        n_select += n
        _place_conditions(node, categorical, turned, place, i, made, condition)
        for k in range(n):
            for j in range(3):
                if own[k, j] >= FIRST:
                    own[k, j] = at[own[k, j] - FIRST]
        for k in range(bits):
            bit[place[i, BIT] + k] = at[lane[root - node, k] - FIRST]
    place[roots.shape[0], SELECTION] = n_select
    return n_select

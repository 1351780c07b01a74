"""Compiling one tree after the other to a straight program: see ``kernels.programs``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kernels.native import part
from kernels.programs import BIT, CONDITION, FIRST, JOINED, ONES, SELECTION, TURNED, ZEROS, Making


@part
def _visit(
    root: int, node: int, child: NDArray[np.int32], number: NDArray[np.int64], made: Making
) -> None:
    """Block: number the leaves from left to right; order the nodes by height, low ones first.

    So a selection seldom waits for the one before it (a chain of dependent stores and loads took
    1.5x the time).
    """
    n = made.order.size
    stack, height, heights = made.stack, made.height, made.heights
    height[:n], heights[: n + 1] = 0, 0
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
def _below(child: int, bit: int, node: int, number: NDArray[np.int64], made: Making) -> int:
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
    made: Making,
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
    made: Making,
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


@part
def compile_trees(
    roots: NDArray[np.int64],
    child: NDArray[np.int32],
    categorical: NDArray[np.bool_],
    place: NDArray[np.int64],
    condition: NDArray[np.int64],
    turned: NDArray[np.bool_],
    select: NDArray[np.uint16],
    bit: NDArray[np.uint16],
    number: NDArray[np.int64],
    scratch: Making,
) -> int:
    """Block: compile trees; a row of ``roots`` is root, first node, first leaf, nodes.

    Fills ``place``; per node ``condition``, its place among the numerical or the categorical ones,
    and ``turned``; ``number`` of each leaf; returns how many selections there are.
    """
    lane, at = scratch.lane, scratch.at
    n_select = 0
    for i in range(roots.shape[0]):
        root, node, size = roots[i, 0], roots[i, 1], roots[i, 3]
        made = Making(
            scratch.order[:size], lane, at, scratch.height, scratch.heights, scratch.stack
        )
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

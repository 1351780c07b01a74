"""Trees as XGBoost and treelite list them, put into the terms of the forest kernel.

Both list the nodes of a tree in any order, leaves among them, and both may hold nodes that hang
below nothing (XGBoost keeps what it has pruned). Both have four comparisons and say per node on
which side the listed categories go; the kernel knows ``<=``, and listed goes left.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.errors import ModelError
from engine.score.readers.category_bits import bits_of
from kernels.trees import DEFAULT_LEFT, IS_CATEGORICAL, MISSING_NAN, SINGLE, Trees

LESS, AT_MOST, MORE, AT_LEAST = 2, 3, 4, 5
"""``Nodes.operator`` of a numerical split; treelite's numbers."""
_SIGNS = {0: "no operator", 1: "==", LESS: "<", AT_MOST: "<=", MORE: ">", AT_LEAST: ">="}


class Nodes(NamedTuple):
    """The nodes of all trees end to end; the first of a tree is its root. Not yet trusted.

    ``size`` int64 ``(trees,)``: nodes of each tree. Per node: ``left`` and ``right`` int64 (counted
    from the root; left is -1 at a leaf), ``feature`` int32, ``threshold`` float64, ``operator``
    int8 (x operator threshold goes left), ``categorical``, ``default_left`` and ``listed_right``
    bool, ``first`` and ``last`` int64 (which of ``listed`` it lists), ``leaf`` float64
    ``(nodes, width)``, of leaves only. ``listed`` int64: categories.
    """

    size: NDArray[np.int64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    operator: NDArray[np.int8]
    categorical: NDArray[np.bool_]
    default_left: NDArray[np.bool_]
    listed_right: NDArray[np.bool_]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    leaf: NDArray[np.float64]
    listed: NDArray[np.int64]


class _Reached(NamedTuple):
    """What hangs below the roots, tree by tree: splits, leaves, and per node its new number."""

    split: NDArray[np.int64]
    leaf: NDArray[np.int64]
    number: NDArray[np.int32]


def starts(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where parts of these sizes begin, laid end to end, and where the last ends."""
    return np.concatenate([[0], np.cumsum(sizes)])


def to_trees(nodes: Nodes, target: NDArray[np.int32], dialect: int) -> Trees:
    """The nodes that hang below a root, level by level; the same trees give the same arrays.

    ``target`` int32 ``(trees,)`` and ``dialect`` as in ``Trees``. In ``SINGLE``, thresholds are
    float32 values. Features, leaves and targets are not checked here.

    Raises
    ------
    ModelError
        A child out of range, a node below two nodes or below itself, a comparison that ``<=``
        cannot say, category sets that would fill the memory.
    """
    tree = np.repeat(np.arange(nodes.size.size), nodes.size)
    root = starts(nodes.size)[:-1]
    left, right = _children(nodes, root[tree], tree)
    reached = _reached(root, left, right, tree)
    at, number = reached.split, reached.number
    categorical, operator = nodes.categorical[at], nodes.operator[at]
    swap = np.where(categorical, nodes.listed_right[at], np.isin(operator, (MORE, AT_LEAST)))
    words, bitset = bits_of(nodes.first[at], nodes.last[at], nodes.listed, categorical)
    decision = IS_CATEGORICAL * categorical + DEFAULT_LEFT * (nodes.default_left[at] ^ swap)
    return Trees(
        root=number[root],
        target=target,
        feature=nodes.feature[at],
        threshold=_thresholds(nodes, at, tree, dialect),
        decision=(decision + (MISSING_NAN << 2)).astype(np.uint8),
        left=number[np.where(swap, right[at], left[at])],
        right=number[np.where(swap, left[at], right[at])],
        words=words,
        bitset=bitset,
        leaf=nodes.leaf[reached.leaf],
        dialect=dialect,
    )


def _children(
    nodes: Nodes, root: NDArray[np.int64], tree: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Left and right, counted over all trees; -1 at a leaf. ``root`` and ``tree`` per node."""
    if not nodes.size.all():
        raise ModelError(f"tree {np.argmin(nodes.size)}: it has no nodes")
    leaf = nodes.left == -1
    least, most = np.minimum(nodes.left, nodes.right), np.maximum(nodes.left, nodes.right)
    wrong = ~leaf & ((least <= 0) | (most >= nodes.size[tree]))
    if wrong.any():
        raise ModelError(f"tree {tree[np.argmax(wrong)]}: a node has a child that is not in it")
    return np.where(leaf, -1, nodes.left + root), np.where(leaf, -1, nodes.right + root)


def _reached(
    root: NDArray[np.int64],
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    tree: NDArray[np.int64],
) -> _Reached:
    """Level by level, all trees at once; then tree by tree."""
    seen = np.zeros(left.size, np.bool_)
    levels, level = [], root
    while level.size:
        levels.append(level)
        again = np.sort(level)
        again = np.concatenate([level[seen[level]], again[1:][np.diff(again) == 0]])
        if again.size:
            raise ModelError(f"tree {tree[again[0]]}: a node hangs below two, or below itself")
        seen[level] = True
        split = level[left[level] >= 0]
        level = np.concatenate([left[split], right[split]])
    order = np.concatenate(levels)
    order = order[np.argsort(tree[order], kind="stable")]
    split, leaf = order[left[order] >= 0], order[left[order] < 0]
    number = np.zeros(left.size, np.int32)
    number[split], number[leaf] = np.arange(split.size), ~np.arange(leaf.size)
    return _Reached(split, leaf, number)


def _thresholds(
    nodes: Nodes, at: NDArray[np.int64], tree: NDArray[np.int64], dialect: int
) -> NDArray[np.float64]:
    """What ``<=`` compares with at the nodes ``at``: ``x < t`` is ``x <=`` the number below t."""
    operator, threshold = nodes.operator[at], nodes.threshold[at]
    strict = np.isin(operator, (LESS, AT_LEAST))
    known = np.isin(operator, (LESS, AT_MOST, MORE, AT_LEAST)) & ~np.isnan(threshold)
    wrong = ~nodes.categorical[at] & (~known | (strict & np.isneginf(threshold)))
    if wrong.any():
        node = at[np.argmax(wrong)]
        sign = _SIGNS.get(int(nodes.operator[node]), "an unknown operator")
        raise ModelError(
            f"tree {tree[node]}: a split by '{sign}' {nodes.threshold[node]} is not supported"
        )
    if dialect == SINGLE:
        below = np.nextafter(threshold.astype(np.float32), np.float32(-np.inf)).astype(np.float64)
    else:
        below = np.nextafter(threshold, -np.inf)
    chosen = np.where(strict, below, threshold)
    return np.where(nodes.categorical[at], 0.0, chosen)

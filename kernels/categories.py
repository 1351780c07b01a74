"""Categories of a block of rows: as numbers for a walk, and as lanes for straight programs.

A value becomes the category it is truncated to, once per block. Every category that some split
lists has a lane (``kernels.native.masks``): the bits of the rows that have it. A categorical
condition is then the lanes of its categories joined, 64 rows at a time, where a look-up row by row
took as long as sixty numerical conditions.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.trees import DEFAULT_LEFT, IS_CATEGORICAL, LIGHTGBM, Trees

NO_CATEGORY, ABSENT = -1, -2
"""What a value is that is no category (negative, too large), and what NaN is."""

MOST_LANES = 4096
"""More listed categories than this, or one above ``MOST_CATEGORY``, are left to the walk."""
MOST_CATEGORY = 65_535

JOINED_AT_ONCE = 4
"""Lanes that a condition joins in one step."""

_EMPTY = 0  # a lane that is never written


class Categories(NamedTuple):
    """The features that are split by category, and the lanes of what the splits list.

    Per feature: ``source`` int32 (which of the used features), ``first`` int64 ``(features + 1,)``:
    category ``c`` has lane ``lane[first + c]`` (int32) if that lies before the next feature's;
    ``listed`` and ``other`` int32: lanes of listed categories begin at the one and end before the
    other, which is that of all that is not listed; behind it is that of NaN. ``lanes``: how many
    there are, or 0 if there are too many.
    ``feature`` int32 per node of the forest: which of these features it reads. ``fractions``:
    values in (-1, 0) are category 0.
    """

    source: NDArray[np.int32]
    first: NDArray[np.int64]
    lane: NDArray[np.int32]
    listed: NDArray[np.int32]
    other: NDArray[np.int32]
    lanes: int
    feature: NDArray[np.int32]
    fractions: bool


def prepare_categories(trees: Trees) -> Categories:
    """Number the features and the categories that splits list."""
    nodes = np.flatnonzero(trees.decision & IS_CATEGORICAL)
    features, which = np.unique(trees.feature[nodes], return_inverse=True)
    node_feature = np.zeros(trees.feature.size, np.int32)
    node_feature[nodes] = which
    owner, category = listed_categories(trees, nodes)
    size = np.zeros(features.size, np.int64)
    np.maximum.at(size, which[owner], category + 1)
    first = np.concatenate([[0], np.cumsum(size)])
    numbers = np.unique(first[which[owner]] + category)
    counts = np.diff(np.searchsorted(numbers, first))
    listed = 1 + np.concatenate([[0], np.cumsum(counts + 2)])  # with other and absent
    lanes = int(listed[-1]) if features.size else 0
    if lanes > MOST_LANES or category.max(initial=0) > MOST_CATEGORY:
        lanes, first, numbers = 0, np.zeros_like(first), numbers[:0]
    lane = np.repeat(listed[:-1] + counts, np.diff(first))
    of_number = np.searchsorted(first, numbers, side="right") - 1
    lane[numbers] = np.arange(numbers.size) + 1 + 2 * of_number
    return Categories(
        source=np.searchsorted(trees.used_features(), features).astype(np.int32),
        first=first,
        lane=lane.astype(np.int32),
        listed=listed[:-1].astype(np.int32),
        other=(listed[:-1] + counts).astype(np.int32),
        lanes=lanes,
        feature=node_feature,
        fractions=trees.dialect == LIGHTGBM,
    )


def listed_categories(
    trees: Trees, nodes: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All categories that ``nodes`` list, one after the other: index into ``nodes``, category."""
    words = trees.words.astype(np.int64)
    counts = words[nodes + 1] - words[nodes]
    owner = np.repeat(np.arange(nodes.size), counts)
    place = np.arange(owner.size) - np.repeat(np.cumsum(counts) - counts, counts)
    word = trees.bitset[words[nodes[owner]] + place]
    bits = np.flatnonzero(np.unpackbits(word.astype("<u4").view(np.uint8), bitorder="little"))
    return owner[bits // 32], 32 * place[bits // 32] + bits % 32


class Joined(NamedTuple):
    """What categorical conditions join: ``lane[first[i]:first[i + 1]]`` (uint64), a multiple of
    ``JOINED_AT_ONCE``; or, where ``inverted``, what goes right, if that is less."""

    first: NDArray[np.int64]
    lane: NDArray[np.uint64]
    inverted: NDArray[np.bool_]


def join_lanes(trees: Trees, categories: Categories, nodes: NDArray[np.int64]) -> Joined:
    """The lanes of the splits ``nodes``, in their order."""
    feature = categories.feature[nodes]
    owner, category = listed_categories(trees, nodes)
    lane = categories.lane[categories.first[feature[owner]] + category].astype(np.int64)
    start, other = categories.listed[feature].astype(np.int64), categories.other[feature]
    own = np.bincount(owner, minlength=nodes.size)
    inverted = 2 * own > other - start
    # All lanes of the features whose splits are inverted, with ``other``; less those listed.
    size = np.where(inverted, other + 1 - start, 0)
    base = np.cumsum(size) - size
    every = np.repeat(np.arange(nodes.size), size)
    kept = np.ones(every.size, np.bool_)
    listed = inverted[owner]
    kept[(base[owner] + lane - start[owner])[listed]] = False
    every_lane = np.arange(every.size) - base[every] + start[every]
    default_left = (trees.decision[nodes] & DEFAULT_LEFT) != 0
    nan = np.flatnonzero(default_left != inverted)
    owner = np.concatenate([owner[~listed], every[kept], nan])
    lane = np.concatenate([lane[~listed], every_lane[kept], other[nan] + 1])
    counts = np.bincount(owner, minlength=nodes.size)
    missing = -counts % JOINED_AT_ONCE
    owner = np.concatenate([owner, np.repeat(np.arange(nodes.size), missing)])
    lane = np.concatenate([lane, np.full(missing.sum(), _EMPTY)])
    first = np.concatenate([[0], np.cumsum(counts + missing)])
    return Joined(first, lane[np.argsort(owner, kind="stable")].astype(np.uint64), inverted)

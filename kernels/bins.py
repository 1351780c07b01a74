"""Values to codes: a split then compares one byte, whatever it compared before.

All that a forest asks of a number is which of a feature's thresholds lie below it, so a block of
rows is coded once: ``code(x) = #{thresholds < x}``, and ``x <= t[k]`` is ``code(x) <= k``.

* A **coder** is a feature and up to ``MOST`` of its thresholds; a feature with more has several.
* A **slot** is one column of codes that nodes read: a coder's codes, with what is missing coded as
  0 (always left) or 255 (always right). Only the slots that some node reads are written.
* LightGBM reads ``|x| <= ZERO`` as 0. That is put into the thresholds: those in ``[0, ZERO)``
  become ``ZERO``, those in ``[-ZERO, 0)`` the next number below ``-ZERO``. Where 0 counts as
  missing, both are thresholds of the coder, so that 0 has a code of its own.
* float32 values are compared with thresholds rounded down to float32: no decision changes.

A coder finds a code in a table: a growing function of the value picks a bucket, the bucket knows
how many thresholds lie in the buckets below it, and ``steps`` comparisons place the value among
those inside. The function is linear around the middle threshold and logarithmic far from it; where
one turns into the other is chosen so that thresholds crowd least. Few thresholds are counted one by
one. Measured per value, 254 thresholds, AVX-512: table 3 to 5 ns, binary search over all thresholds
42 ns, counting 18 (float32) to 33 ns.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.kernel import Kernel
from kernels.trees import (
    DEFAULT_LEFT,
    IS_CATEGORICAL,
    LIGHTGBM,
    MISSING_NONE,
    MISSING_ZERO,
    ZERO,
    Trees,
)

MOST = 254
"""Thresholds of a coder: codes 0..254, and 255 for missing."""
MISSING = 255

_OWN = MOST - 2  # leaves room for the two thresholds around 0
COUNTED = 12
"""Up to here counting is as fast as a table."""
SIZES = (256, 1024, 4096)
"""Of a table."""
CURVES = (0, 2, 4, 7, 10, 15, 20)
"""Doublings of a bucket function that are tried."""

_make_tables = Kernel("bin_tables", "make_tables")

NAN_RIGHT, NAN_LEFT, NAN_IS_ZERO, ZERO_RIGHT, ZERO_LEFT = range(5)
"""Variants of a slot: what its nodes do with NaN, and with 0 where that is missing too."""


SOURCE, THRESHOLD, SIZE, BUCKET, STEPS, SHIFT, ORIGIN, ZERO_CODE, SLOT = range(9)
"""Columns of ``Bins.place``."""
LOW, HIGH, MIDDLE, SLOPE = range(4)
"""Columns of ``Bins.curve``."""


class Bins(NamedTuple):
    """Coders and slots of a forest.

    Per coder a row of ``place``, int64: ``SOURCE`` (which of the used features), ``THRESHOLD`` and
    ``SIZE`` (where its thresholds begin, how many), ``BUCKET`` (where its buckets begin), ``STEPS``
    (0: thresholds are counted), ``SHIFT`` and ``ORIGIN`` (of the bucket function), ``ZERO_CODE``
    (the code of 0), ``SLOT`` (its first one); one row more marks the ends. Per coder a row of
    ``curve``, float32: the rest of the bucket function. ``double`` float64 and ``single`` float32,
    the same rounded down: thresholds, infinities behind those of a coder. ``below`` uint8: per
    bucket, the thresholds in the buckets below it. ``variant`` uint8 per slot.
    """

    place: NDArray[np.int64]
    curve: NDArray[np.float32]
    double: NDArray[np.float64]
    single: NDArray[np.float32]
    below: NDArray[np.uint8]
    variant: NDArray[np.uint8]


def prepare_bins(trees: Trees) -> tuple[Bins, NDArray[np.uint32], NDArray[np.uint8]]:
    """Coders for all numerical splits, and each node's slot and code (0 at categorical splits)."""
    nodes = np.flatnonzero((trees.decision & IS_CATEGORICAL) == 0)
    feature, variant = trees.feature[nodes], _variants(trees, nodes)
    threshold = _as_compared(trees.threshold[nodes], trees.dialect)
    coder, coder_feature = _coders(feature, threshold)
    owner, values = _with_zeros(coder, threshold, variant)
    first = np.searchsorted(owner, np.arange(coder_feature.size + 1))
    slots, slot = np.unique(coder * 5 + variant, return_inverse=True)

    place = np.zeros((coder_feature.size + 1, 9), np.int64)
    place[:-1, SOURCE] = np.searchsorted(trees.used_features(), coder_feature)
    place[:-1, SIZE] = np.diff(first)
    below_zero = np.concatenate([[0], np.cumsum(values < 0.0)])
    place[:-1, ZERO_CODE] = np.diff(below_zero[first])
    place[:, SLOT] = np.searchsorted(slots, 5 * np.arange(coder_feature.size + 1))
    bins = _with_tables(values, first, place, (slots % 5).astype(np.uint8))

    all_slots = np.zeros(trees.feature.size, np.uint32)
    all_codes = np.zeros(trees.feature.size, np.uint8)
    all_slots[nodes] = slot
    all_codes[nodes] = _find(owner, values, coder, threshold) - first[coder]
    return bins, all_slots, all_codes


def _variants(trees: Trees, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
    decision = trees.decision[nodes]
    left = (decision & DEFAULT_LEFT) != 0
    missing = decision >> 2
    as_nan = np.where(left, NAN_LEFT, NAN_RIGHT)
    as_zero = np.where(left, ZERO_LEFT, ZERO_RIGHT)
    return np.where(
        missing == MISSING_NONE, NAN_IS_ZERO, np.where(missing == MISSING_ZERO, as_zero, as_nan)
    )


_BELOW_ZERO = np.nextafter(-ZERO, -np.inf)


def _as_compared(threshold: NDArray[np.float64], dialect: int) -> NDArray[np.float64]:
    """Thresholds that decide alike when nothing near 0 is read as 0; no -0.0, which is below 0."""
    if dialect == LIGHTGBM:
        threshold = np.where((threshold >= 0.0) & (threshold < ZERO), ZERO, threshold)
        threshold = np.where((threshold < 0.0) & (threshold >= -ZERO), _BELOW_ZERO, threshold)
    return threshold + 0.0


def _coders(
    feature: NDArray[np.int32], threshold: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The coder of each node, and the feature of each coder: thresholds cut into runs."""
    order = np.lexsort((threshold, feature))
    f, t = feature[order], threshold[order]
    new_feature = _changes(f)
    new = new_feature | _changes(t)
    rank = np.cumsum(new) - 1
    start = np.maximum.accumulate(np.where(new_feature, rank, 0))
    new_coder = new & ((rank - start) % _OWN == 0)
    coder = np.empty(feature.size, np.int64)
    coder[order] = np.cumsum(new_coder) - 1
    return coder, f[new_coder]


def _with_zeros(
    coder: NDArray[np.int64],
    threshold: NDArray[np.float64],
    variant: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Sorted, distinct (coder, threshold); with those around 0 where 0 is missing."""
    zeros = np.unique(coder[variant >= ZERO_RIGHT])
    owner = np.concatenate([coder, zeros, zeros])
    values = np.concatenate(
        [threshold, np.full(zeros.size, ZERO), np.full(zeros.size, _BELOW_ZERO)]
    )
    order = np.lexsort((values, owner))
    owner, values = owner[order], values[order]
    new = _changes(owner) | _changes(values)
    return owner[new], values[new]


def _changes(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Where a value is not the one before it."""
    changes = np.ones(values.size, np.bool_)
    changes[1:] = values[1:] != values[:-1]
    return changes


def _find(
    owners: NDArray[np.int64],
    values: NDArray[np.float64],
    owner: NDArray[np.int64],
    value: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Where each (owner, value) is among the sorted (owners, values)."""
    distinct, rank = np.unique(values, return_inverse=True)
    keys = owners * distinct.size + rank
    return np.searchsorted(keys, owner * distinct.size + np.searchsorted(distinct, value))


def _rounded_down(values: NDArray[np.float64]) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):
        single = values.astype(np.float32)
    return np.where(single > values, np.nextafter(single, np.float32(-np.inf)), single)


def _with_tables(
    values: NDArray[np.float64],
    first: NDArray[np.int64],
    place: NDArray[np.int64],
    variant: NDArray[np.uint8],
) -> Bins:
    """Bins whose coder ``c`` has the thresholds ``values[first[c]:first[c + 1]]``, ascending."""
    with np.errstate(over="ignore"):
        single = values.astype(np.float32)
    curve = np.zeros((first.size - 1, 4), np.float32)
    below = np.empty((first.size - 1) * SIZES[-1], np.uint8)
    _make_tables(single, first, place, curve, below, np.empty(MOST, np.int32))
    behind = (1 << place[:-1, STEPS]) - 1  # a search looks so far
    place[:, THRESHOLD] = np.concatenate([[0], np.cumsum(np.diff(first) + behind)])
    double = np.full(place[-1, THRESHOLD], np.inf)
    shift = place[:-1, THRESHOLD] - first[:-1]
    double[np.arange(values.size) + np.repeat(shift, np.diff(first))] = values
    rounded_down = _rounded_down(double)
    return Bins(place, curve, double, rounded_down, below[: place[-1, BUCKET]].copy(), variant)

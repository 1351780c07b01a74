"""What the segment kernel is told: customers by eights, and a column's asks by window."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, reduce
from itertools import groupby
from operator import or_
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.lines import LINE, lines
from kernels.segment_types import Ask, Segments, Statistic
from kernels.words import Bound

Integers = NDArray[np.int64]

TOGETHER = LINE
"""Customers that are treated at once: a byte of a bitmap, a cache line of float64."""


class Eights(NamedTuple):
    """Customers by eights; the last eight are filled up with customers without rows.

    ``stop``, ``length`` int64 ``(eights, 8)``. ``width`` float64 ``(windows, eights, 8)``: rows of
    each window. ``reach`` int64 ``(windows, eights)``: the widest of eight, at least 1. ``even``
    bool of the same shape: each of the eight has all its rows in the window, or ``reach`` of them.
    """

    stop: Integers
    length: Integers
    width: NDArray[np.float64]
    reach: Integers
    even: NDArray[np.bool_]


class Plan(NamedTuple):
    """A column's asks, those of one view together; a view is a window of values or differences.

    Of views: ``window`` int64, ``diff`` bool, ``wanted`` int64 (a bit for each ``Statistic``),
    ``first`` int64 ``(views + 1,)``: where its asks begin. Of asks: ``statistic``, ``lag``, ``to``
    int64: the row of the results.
    """

    window: Integers
    diff: NDArray[np.bool_]
    wanted: Integers
    first: Integers
    statistic: Integers
    lag: Integers
    to: Integers


class Scratch(NamedTuple):
    """Of one thread, float64 with a column for each of eight customers. ``values``, ``changes``,
    ``window``, ``order``: a row for each row of the longest customer, and some more. ``made``: a
    row for each ``Statistic``."""

    values: NDArray[np.float64]
    changes: NDArray[np.float64]
    window: NDArray[np.float64]
    order: NDArray[np.float64]
    made: NDArray[np.float64]


def eights_of(segments: Segments) -> Eights:
    """The same customers, by eights."""
    customers, windows = segments.start.size, len(segments.first)
    eights = -(-customers // TOGETHER)
    ends = np.zeros((2 + windows, eights * TOGETHER), np.int64)
    ends[0, :customers] = segments.stop
    ends[1, :customers] = segments.stop - segments.start
    ends[2:, :customers] = segments.stop - segments.first
    stop, length = ends[:2].reshape(2, eights, TOGETHER)
    width = ends[2:].reshape(windows, eights, TOGETHER)
    reach = np.maximum(width.max(axis=2), 1)
    even = (width == np.minimum(length, reach[:, :, None])).all(axis=2)
    return Eights(stop, length, width.astype(np.float64), reach, even)


@lru_cache(maxsize=256)
def plan_of(asks: tuple[Ask, ...]) -> Bound[Plan]:
    """The plan of a column; many columns have the same."""
    order = sorted(range(len(asks)), key=lambda k: (asks[k].window, asks[k].diff))
    views = [
        (view, [asks[k] for k in places])
        for view, places in groupby(order, lambda k: (asks[k].window, asks[k].diff))
    ]
    plan = Plan(
        np.array([window for (window, _), _ in views], np.int64),
        np.array([diff for (_, diff), _ in views], np.bool_),
        np.array([_bits(of) for _, of in views], np.int64),
        np.cumsum([0, *(len(of) for _, of in views)], dtype=np.int64),
        np.array([asks[k].statistic for k in order], np.int64),
        np.array([asks[k].lag for k in order], np.int64),
        np.array(order, np.int64),
    )
    return Bound(plan)


def _bits(asks: Sequence[Ask]) -> int:
    """A bit for each statistic that is asked for."""
    return reduce(or_, (1 << ask.statistic for ask in asks))


def scratch_for(eights: Eights, plans: Sequence[Plan]) -> Scratch:
    """For columns with these plans. What no plan needs has no rows."""
    rows = int(eights.reach.max(initial=1)) + 1 + TOGETHER
    even = bool(eights.even.all())
    diff = any(plan.diff.any() for plan in plans)
    distinct = any(((plan.wanted >> Statistic.NUNIQUE) & 1).any() for plan in plans)

    def room(needed: bool) -> NDArray[np.float64]:
        return lines(rows if needed else 0)

    return Scratch(
        values=room(True),
        changes=room(diff),
        window=room(not even),
        order=room(distinct),
        made=lines(len(Statistic)),
    )

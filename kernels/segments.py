"""Statistics of contiguous customer segments of columns: one pass per column and set of windows.

A customer is a range of rows; a window is the end of that range. A value is missing where the
validity bitmap says so or where it is NaN; every statistic skips missing values unless it is about
a row (``first``, ``last``, ``lag``). Without values ``count``, ``sum`` and ``nunique`` are 0, all
else is missing; ``std`` needs two values. Formulas: ``kernels.reference_segments``.

Sums are float64, added one after the other in the order of the rows. Eight customers are added side
by side (``kernels.native.segments``), so the order costs nothing and the bits of a customer depend
on its own rows alone. A std is made in two passes, corrected for the rounding of the mean, so that
it is 0 of equal values: they deviate by few bits, which are added exactly. Source: T. F. Chan,
G. H. Golub, R. J. LeVeque, Algorithms for computing the sample variance: analysis and
recommendations, 1983. A minimum, maximum or range of zero is +0.0.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kernels.kernel import Kernel
from kernels.lines import Room
from kernels.segment_plan import TOGETHER, Eights, Plan, eights_of, plan_of, scratch_for
from kernels.segment_types import Ask, Codes, Column, Results, Segments, Statistic
from kernels.threads import at_once
from kernels.words import Bound

__all__ = [
    "Ask",
    "Codes",
    "Column",
    "Results",
    "Room",
    "Segments",
    "Statistic",
    "last_rows",
    "segment_statistics",
]

Given: TypeAlias = Column | Codes
"""A column, whose bits of results are the same as codes and as any numbers."""

_column_statistics = Kernel("segments", "column_statistics")


def last_rows(start: NDArray[np.int64], stop: NDArray[np.int64], rows: int) -> NDArray[np.int64]:
    """``Segments.first`` of the window of each customer's last ``rows`` rows."""
    return np.maximum(start, stop - rows)


def segment_statistics(
    columns: Sequence[Given | Callable[[], Given]],
    segments: Segments,
    asks: Sequence[Sequence[Ask]],
    *,
    threads: int,
    room: Room | None = None,
) -> list[Results]:
    """For each column the statistics it is asked for; bits do not depend on ``threads``.

    Whoever calls again and again, and drops the results meanwhile, hands in the same ``room``: see
    there. A column is worked on by one thread, which makes it first if it is given as a function,
    and drops it: what is copied for it is still in the cache. An infinite value counts as any
    other; what is infinity minus infinity is missing.

    Raises
    ------
    ValueError
        Shapes, dtypes, rows or windows that do not fit; ``threads`` below 1.
    """
    _check(len(columns), segments, asks, threads)
    customers = segments.start.size
    eights = eights_of(segments)
    first = np.cumsum([0, *map(len, asks)]).tolist()
    values = (room or Room()).lines(first[-1], len(eights.stop))
    valid = np.empty(values.shape[:2], np.uint8)
    out = [(values[lo:hi], valid[lo:hi]) for lo, hi in pairwise(first)]
    _over_columns(columns, eights, [plan_of(tuple(of)) for of in asks], out, threads)
    if customers % TOGETHER:
        valid[:, -1] &= (1 << customers % TOGETHER) - 1
    missing = customers - np.bitwise_count(valid).sum(axis=1, dtype=np.int64)
    rows = values.reshape(len(values), eights.stop.size)
    return [
        Results(rows[lo:hi, :customers], valid[lo:hi], missing[lo:hi]) for lo, hi in pairwise(first)
    ]


def _over_columns(
    columns: Sequence[Given | Callable[[], Given]],
    eights: Eights,
    plans: Sequence[Bound[Plan]],
    out: Sequence[tuple[NDArray[np.float64], NDArray[np.uint8]]],
    threads: int,
) -> None:
    """Threads, this one among them, take columns until none is left."""
    left = iter(list(zip(columns, plans, out, strict=True)))
    customers = Bound(eights)
    rows = int(eights.stop.max(initial=0))

    def take_columns() -> None:
        scratch = Bound(scratch_for(eights, [plan.value for plan in plans]))
        try:
            for column, plan, to in left:
                made = column() if callable(column) else column
                numbers, below = made if isinstance(made, Codes) else (made, 0)
                _check_column(numbers, rows)
                seen = np.zeros(below, np.int64)
                _column_statistics(*numbers, seen, customers, plan, scratch, *to)
                del made, numbers
        except BaseException:
            deque(left, maxlen=0)
            raise

    at_once(take_columns, min(threads, len(columns)))


def _check(columns: int, segments: Segments, asks: Sequence[Sequence[Ask]], threads: int) -> None:
    if threads < 1:
        raise ValueError(f"threads must be at least 1, not {threads}")
    if columns != len(asks):
        raise ValueError(f"{columns} columns, but {len(asks)} sequences of asks")
    _check_segments(segments)
    for ask in {ask for of in asks for ask in of}:
        if not 0 <= ask.window < len(segments.first) or ask.lag < 0:
            raise ValueError(f"window and lag must be there, not {ask.window} and {ask.lag}")


def _check_segments(segments: Segments) -> None:
    start, stop, first = segments
    shape = (len(first), start.size)
    if stop.shape != start.shape or first.shape != shape or start.ndim != 1:
        raise ValueError(f"start {start.shape}, stop {stop.shape} and first {first.shape} differ")
    if any(x.dtype != np.int64 for x in segments):
        raise ValueError("start, stop and first must be int64")
    if (start < 0).any() or (first < start).any() or (first > stop).any() or (stop < start).any():
        raise ValueError("0 <= start <= first <= stop does not hold everywhere")


def _check_column(column: Column, rows: int) -> None:
    values, valid, offset = column
    if values.ndim != 1 or values.dtype not in (np.float32, np.float64) or values.size < rows:
        raise ValueError(
            f"a column must be float32 or float64 with {rows} rows, not {values.dtype} "
            f"{values.shape}"
        )
    bits = valid.size * 8
    if valid.dtype != np.uint8 or offset < 0 or (bits and bits < offset + rows):
        raise ValueError(f"valid must be uint8 of at least {offset + rows} bits, not {bits}")

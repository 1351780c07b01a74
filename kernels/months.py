"""Values of a column by month: all of them, and of each customer the last one.

Of all values, whole numbers in a narrow range are counted (``kernels.counted``); the others are
brought into the order of the months. Rows of a customer are contiguous. A value is missing where
the validity bitmap says so or where it is NaN; a missing value is in no month, nor is one in a row
without a month.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.counted import Counted
from kernels.kernel import Kernel
from kernels.radix import COUNTS
from kernels.segment_types import Column
from kernels.words import Bound

_by_month = Kernel("months", "by_month")
_narrow = Kernel("months", "narrow")
_last_values = Kernel("months", "last_values")


class Rows(NamedTuple):
    """What all columns of a table have in common.

    ``month`` int32 ``(rows,)``: 0 to ``months``, the last of which is for rows without a month.
    ``begin`` int64 ``(months + 1,)``: how many rows have an earlier month. ``start``, ``stop``
    int64 ``(customers,)``: the rows of each, at least one.
    """

    month: NDArray[np.int32]
    begin: NDArray[np.int64]
    start: NDArray[np.int64]
    stop: NDArray[np.int64]


class Room(NamedTuple):
    """Memory of one thread: a place for each row (``narrow``, ``wide``) or each customer, and what
    ``kernels.radix`` counts with."""

    narrow: NDArray[np.float32]
    wide: NDArray[np.float64]
    bits: NDArray[np.int64]
    customer: NDArray[np.uint32]
    month: NDArray[np.int32]
    other_bits: NDArray[np.int64]
    other_customer: NDArray[np.uint32]
    ordered: NDArray[np.float64]
    counts: NDArray[np.int64]


class ByMonth(NamedTuple):
    """``values``, month after month; month ``m`` ends at ``ends[m]``, int64 ``(months,)``."""

    values: NDArray[Any]
    ends: NDArray[np.int64]


class LastByMonth(NamedTuple):
    """``values`` float64, month after month, ascending within a month, of ``customer`` uint32."""

    values: NDArray[np.float64]
    customer: NDArray[np.uint32]
    ends: NDArray[np.int64]


def rows_of(
    month: NDArray[np.int32], months: int, start: NDArray[np.int64], stop: NDArray[np.int64]
) -> Bound[Rows]:
    """See ``Rows``.

    Raises
    ------
    ValueError
        A month that is not 0 to ``months``; customers that are not of rows that are there.
    """
    if month.size and not 0 <= month.min() <= month.max() <= months:
        raise ValueError(f"months must be 0 to {months}, not {month.min()} to {month.max()}")
    if (start < 0).any() or (stop <= start).any() or (stop > month.size).any():
        raise ValueError(f"customers must have rows of 0 to {month.size}")
    counts = np.bincount(month, minlength=months + 1)
    return Bound(Rows(month, np.cumsum(counts) - counts, start, stop))


def room_for(rows: Rows) -> Bound[Room]:
    """For the columns of these rows."""
    size, customers = rows.month.size, rows.start.size
    room = Room(
        np.empty(size, np.float32),
        np.empty(size),
        np.empty(customers, np.int64),
        np.empty(customers, np.uint32),
        np.empty(customers, np.int32),
        np.empty(customers, np.int64),
        np.empty(customers, np.uint32),
        np.empty(customers),
        np.empty(COUNTS, np.int64),
    )
    return Bound(room)


def by_month(column: Column, rows: Bound[Rows], room: Bound[Room], counted: Counted) -> ByMonth:
    """Adds whole numbers to ``counted``; all other values, in the order of the rows of a month.

    These are float32 where that loses nothing, else float64; they lie in ``room``.
    """
    _check(column, rows.value)
    ends = np.empty_like(rows.value.begin)
    narrow, wide = room.value.narrow, room.value.wide
    stored = narrow if column.values.dtype == np.float32 else wide
    size = _by_month(*column, rows, counted, ends, stored)
    if size and stored is wide and _narrow(wide, size, narrow):
        stored = narrow
    return ByMonth(stored[:size], ends[:-1])


def last_by_month(
    column: Column, rows: Bound[Rows], room: Bound[Room], *, valid: bool
) -> LastByMonth:
    """The value of each customer's last row, or with ``valid`` of the last that is not missing.

    They lie in ``room``.
    """
    _check(column, rows.value)
    ends = np.empty_like(rows.value.begin)
    count = _last_values(*column, rows, valid, room, ends)
    return LastByMonth(room.value.ordered[:count], room.value.other_customer[:count], ends[:-1])


def _check(column: Column, rows: Rows) -> None:
    values, valid, offset = column
    size = rows.month.size
    if values.shape != (size,) or values.dtype not in (np.float32, np.float64):
        raise ValueError(
            f"a column must be float32 or float64 ({size},), not {values.dtype} {values.shape}"
        )
    if valid.size and valid.size * 8 < offset + size:
        raise ValueError(f"valid must have at least {offset + size} bits, not {valid.size * 8}")

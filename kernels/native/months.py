"""Values of a column by month: see ``kernels.months``."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernels.counted import FIRST, SIZE, Counted
from kernels.months import Room, Rows
from kernels.native import part
from kernels.native.radix import sort

_ROWS = 1024
"""After so many rows it is looked whether the values fit what they are written to."""


@part
def _known(values: NDArray[Any], valid: NDArray[np.uint8], offset: int, row: int) -> bool:
    """Point: whether a value is not missing."""
    x = values[np.uint64(row)]
    known: bool = x == x
    if valid.size:
        bit = np.uint64(offset + row)
        known &= (valid[bit >> np.uint64(3)] >> (bit & np.uint64(7))) & 1 != 0
    return known


@part
def _count_or_scatter(
    values: NDArray[Any],
    valid: NDArray[np.uint8],
    offset: int,
    rows: Rows,
    counted: Counted,
    ends: NDArray[np.int64],
    to: NDArray[Any],
) -> None:
    """Block: a whole number is counted, another value goes to the end of its month.

    What is missing is counted, too, where nobody looks: a branch for it would often be guessed
    wrongly (twice the time with half of all values missing). A column is whole or is not.
    """
    nowhere = len(counted.times) - 1
    for row in range(rows.month.size):
        month = np.uint64(rows.month[np.uint64(row)])
        place = counted.place[month]
        known = _known(values, valid, offset, row)
        x = np.float64(values[np.uint64(row)]) if known else np.float64(FIRST)
        number = np.int64(x) - FIRST  # far out of range where x is
        if (place < nowhere) & (number >= 0) & (number < SIZE) & (x == number + FIRST):
            counted.times[np.uint64(place if known else nowhere), np.uint64(number)] += 1
        else:
            to[np.uint64(ends[month])] = x
            ends[month] += known


@part
def _close_up(rows: Rows, ends: NDArray[np.int64], to: NDArray[Any]) -> int:
    """Block: months but the last one after the other, without room for others; how many values."""
    at = 0
    for month in range(ends.size - 1):
        begin, end = rows.begin[month], ends[month]
        if begin == at:
            at = end
        else:
            for place in range(begin, end):
                to[np.uint64(at)] = to[np.uint64(place)]
                at += 1
        ends[month] = at
    return at


@part
def by_month(
    values: NDArray[Any],
    valid: NDArray[np.uint8],
    offset: int,
    rows: Rows,
    counted: Counted,
    ends: NDArray[np.int64],
    to: NDArray[Any],
) -> int:
    """Block: all values; how many are not counted."""
    for month in range(ends.size):
        ends[month] = rows.begin[month]
    _count_or_scatter(values, valid, offset, rows, counted, ends, to)
    return _close_up(rows, ends, to)


@part
def narrow(values: NDArray[np.float64], size: int, to: NDArray[np.float32]) -> int:
    """Block: the first ``size`` values as float32; 0 if that would change one, else 1."""
    for lo in range(0, size, _ROWS):
        same = True
        for row in range(lo, min(lo + _ROWS, size)):
            to[np.uint64(row)] = values[np.uint64(row)]
            same &= to[np.uint64(row)] == values[np.uint64(row)]
        if not same:
            return 0
    return 1


@part
def _last(
    values: NDArray[Any],
    valid: NDArray[np.uint8],
    offset: int,
    start: int,
    stop: int,
    or_before: bool,
) -> int:
    """Point: the last row (that has a value, if ``or_before``) of a customer; -1 if it has none."""
    row = stop - 1
    while not _known(values, valid, offset, row):
        row -= 1
        if row < start or not or_before:
            return -1
    return row


@part
def _find(
    values: NDArray[Any],
    valid: NDArray[np.uint8],
    offset: int,
    rows: Rows,
    or_before: bool,
    room: Room,
    ends: NDArray[np.int64],
) -> int:
    """Block: last values and their customers, in the order of these; how many each month has."""
    ends[:] = 0
    count = 0
    for customer in range(rows.start.size):
        row = _last(values, valid, offset, rows.start[customer], rows.stop[customer], or_before)
        if row >= 0 and rows.month[row] < ends.size - 1:
            room.bits[count] = np.float64(values[row]).view(np.int64)
            room.customer[count] = customer
            room.month[customer] = rows.month[row]
            ends[rows.month[row]] += 1
            count += 1
    return count


@part
def last_values(
    values: NDArray[Any],
    valid: NDArray[np.uint8],
    offset: int,
    rows: Rows,
    or_before: bool,
    room: Room,
    ends: NDArray[np.int64],
) -> int:
    """Block: last values into ``room.ordered``, by month, then by value; how many."""
    count = _find(values, valid, offset, rows, or_before, room, ends)
    bits, customer = room.bits[:count], room.customer[:count]
    sort(bits, customer, room.other_bits[:count], room.other_customer[:count], room.counts)
    begin = 0
    for month in range(ends.size):
        begin, ends[month] = begin + ends[month], begin
    for k in range(count):
        month = room.month[customer[k]]
        place = ends[month]
        ends[month] = place + 1
        room.ordered[place] = np.int64(bits[k]).view(np.float64)
        room.other_customer[place] = customer[k]
    return count

"""Readable NumPy twin of ``months``."""

from __future__ import annotations

import math

import numpy as np

from kernels.counted import FIRST, SIZE
from kernels.months import Rows
from kernels.reference_segments import values_of
from kernels.segment_types import Column


def by_month(
    column: Column, rows: Rows, places: list[int | None]
) -> tuple[list[list[float]], dict[int, dict[float, int]]]:
    """Values of each month that are not counted, in the order of the rows; how often the others
    are in each place. ``places``: of each month, None if it is not counted."""
    x = values_of(*column)
    kept: list[list[float]] = [[] for _ in places]
    times: dict[int, dict[float, int]] = {}
    for month, place in enumerate(places):
        for value in x[(rows.month == month) & ~np.isnan(x)].tolist():
            if place is not None and FIRST <= value < FIRST + SIZE and value == round(value):
                here = times.setdefault(place, {})
                here[value] = here.get(value, 0) + 1
            else:
                kept[month].append(value)
    return kept, times


def last_by_month(column: Column, rows: Rows, *, valid: bool) -> list[list[tuple[float, int]]]:
    """Last values and whose they are, of each month, ascending, equal ones by customer.

    -0.0 comes before 0.0.
    """
    x = values_of(*column)
    found: list[list[tuple[float, int]]] = [[] for _ in rows.begin]
    for customer, (start, stop) in enumerate(zip(rows.start, rows.stop, strict=True)):
        known = [row for row in range(start, stop) if not np.isnan(x[row])]
        row = known[-1] if valid and known else stop - 1
        if not np.isnan(x[row]):
            found[rows.month[row]].append((float(x[row]), customer))
    return [sorted(month, key=_place) for month in found[:-1]]


def _place(found: tuple[float, int]) -> tuple[float, float, int]:
    value, customer = found
    return value, math.copysign(1, value), customer

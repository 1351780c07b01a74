"""Rows of customers and windows as segments: ranges of rows, and where that fails chosen rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.aggregate.config import Window
from engine.aggregate.derived import conditions
from engine.expressions import AS_OF
from kernels.segments import Segments

_Rows = NDArray[np.int64]


class Ranges(NamedTuple):
    """``start``, ``stop`` int64 ``(customers,)``: the rows of each customer."""

    start: _Rows
    stop: _Rows


class Pass(NamedTuple):
    """Windows that one pass over a column serves.

    ``windows`` are those of ``segments.first``, in order. ``chosen``: boolean, the rows of the
    table that are gathered first and that ``segments`` counts; None: all.
    """

    windows: tuple[Window, ...]
    segments: Segments
    chosen: pl.Series | None = None


def customer_ranges(keys: pl.Series, customers: pl.Series) -> Ranges:
    """Where the rows of ``customers`` lie; an empty range for one without rows.

    ``keys``: of all rows, those of a customer contiguous. Only the first of each run is compared
    with ``customers``: keys are often strings of 64 characters.
    """
    begin = keys.ne_missing(keys.shift(1)).arg_true()
    start = begin.to_numpy().astype(np.int64)
    stop = np.append(start[1:], len(keys))[: len(start)]
    runs = pl.DataFrame({"key": keys.gather(begin), "start": start, "stop": stop})
    if not runs["key"].equals(customers):
        wanted = customers.alias("key").to_frame()
        found = wanted.join(runs, on="key", how="left", maintain_order="left")
        start, stop = (found[name].fill_null(0).to_numpy() for name in ("start", "stop"))
    return Ranges(start, stop)


def chosen_rows(
    frame: pl.DataFrame,
    windows: Collection[Window],
    filters: Mapping[str, str],
    *,
    table: str,
    date: str | None,
    keep: Collection[str],
) -> dict[str, pl.Series]:
    """By window, the rows that a row filter or a number of days takes; booleans without null."""
    named = {w.name: filters[w.name] for w in windows if w.is_row_filter}
    chosen = {}
    if named:
        made = conditions(frame, named, place=f"tables.{table}.windows", keep=keep)
        chosen = {name: made[name] for name in named}
    for window in windows:
        if window.days is not None and date is not None:
            first = pl.col(AS_OF) - timedelta(days=window.days - 1)
            within = pl.col(date).cast(pl.Date).is_between(first, pl.col(AS_OF))
            chosen[window.name] = frame.select(within.fill_null(False)).to_series()
    return chosen


def passes(rows: Ranges, windows: Sequence[Window], chosen: Mapping[str, pl.Series]) -> list[Pass]:
    """How few passes serve ``windows``.

    Windows of rows end where the customer ends and share one pass. So does a window of chosen rows
    that are the end of every customer's; where they are some other range the pass has ends of its
    own, and where they are none, they are gathered.
    """
    shared: dict[Window, _Rows] = {}
    own = []
    for window in windows:
        if window.name not in chosen:
            shared[window] = _last_rows(rows, window)
            continue
        within = _within(rows, chosen[window.name])
        if within is None:
            own.append(_gathered(rows, window, chosen[window.name]))
        elif np.array_equal(within.stop, rows.stop):
            shared[window] = within.start
        else:
            segments = Segments(rows.start, within.stop, within.start[None])
            own.append(Pass((window,), segments))
    if shared:
        firsts = np.stack(list(shared.values()))
        own.insert(0, Pass(tuple(shared), Segments(*rows, firsts)))
    return own


def _last_rows(rows: Ranges, window: Window) -> _Rows:
    return rows.start if window.rows is None else np.maximum(rows.start, rows.stop - window.rows)


def _within(rows: Ranges, chosen: pl.Series) -> Ranges | None:
    """The chosen rows of each customer, if they are contiguous; none lie at the customer's end."""
    before = _count_before(chosen)
    first, end = before[rows.start], before[rows.stop]
    positions = np.append(chosen.arg_true().to_numpy().astype(np.int64), 0)
    some = end > first
    start = np.where(some, positions[first], rows.stop)
    stop = np.where(some, positions[end - 1] + 1, rows.stop)
    return Ranges(start, stop) if np.array_equal(stop - start, end - first) else None


def _gathered(rows: Ranges, window: Window, chosen: pl.Series) -> Pass:
    before = _count_before(chosen)
    start, stop = before[rows.start], before[rows.stop]
    return Pass((window,), Segments(start, stop, start[None]), chosen)


def _count_before(chosen: pl.Series) -> _Rows:
    """How many rows before each are chosen, and before the end."""
    return np.append(0, np.cumsum(chosen.to_numpy(), dtype=np.int64))

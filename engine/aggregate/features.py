"""Rows of one table to one row per customer: a column is passed over once for all its windows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple, TypeAlias

import polars as pl

from engine.aggregate.asked import asked
from engine.aggregate.columns import result_series
from engine.aggregate.config import ShapeConfig
from engine.aggregate.numbers import as_numbers
from engine.aggregate.recipe import Feature, cross_sectional
from engine.aggregate.statistics import is_count, needs_numbers
from engine.aggregate.windows import Pass, chosen_rows, customer_ranges, passes
from engine.errors import BookError
from kernels.segments import Ask, Codes, Column, Room, Statistic, segment_statistics

_Back: TypeAlias = dict[str, Callable[[pl.Series], pl.Series]]
"""Of columns that are no numbers: from results of the kernel to values."""


class EventTable(NamedTuple):
    """How one table with many rows per customer is aggregated.

    ``keep``: columns that expressions read as they are. ``date``: what windows in days refer to.
    """

    name: str
    shape: ShapeConfig
    keep: tuple[str, ...]
    date: str | None
    features: tuple[Feature, ...]


class Rooms:
    """Memory of results, by table and pass, which is used again from chunk to chunk."""

    def __init__(self) -> None:
        self._rooms: dict[tuple[str, int], Room] = {}

    def of(self, table: str, number: int) -> Room:
        return self._rooms.setdefault((table, number), Room())


def table_features(
    frame: pl.DataFrame,
    table: EventTable,
    features: Sequence[Feature],
    customers: pl.Series,
    *,
    threads: int,
    ranks: Mapping[str, pl.Series] | None = None,
    rooms: Rooms | None = None,
) -> pl.DataFrame:
    """Aggregates of one table, a row for each of ``customers``, in their order.

    Parameters
    ----------
    frame : shaped rows, sorted by key and order, a customer's contiguous; with ``AS_OF``.
    features : of this table. Every statistic skips null and NaN;
        ``std`` has ddof 1; ``first``, ``last`` and ``lag_<k>`` are the value in a row of the
        window, missing or not. See ``kernels.reference_segments`` for the formulas.
    customers : keys; named as the key.
    ranks : by name, those of ``features`` that are cross-sectional.
    rooms : for whoever calls chunk after chunk and drops the features of one before the next.

    Returns
    -------
    A column per feature, float64 unless it is a string or a date. A customer without rows has 0
    for count, sum and nunique and null for the others. The bits do not depend on ``threads``.

    Raises
    ------
    BookError
        A difference, or a statistic of numbers, is asked of a column that holds none; a row filter
        is no condition.
    """
    own = tuple(feature for feature in features if not cross_sectional(feature))
    _check_types(frame.schema, own)
    windows = tuple(dict.fromkeys(feature.window for feature in own))
    chosen = chosen_rows(
        frame,
        windows,
        table.shape.windows,
        table=table.name,
        date=table.date,
        keep=table.keep,
    )
    keys = frame[customers.name]
    by_name = dict(ranks or {})
    rooms = rooms or Rooms()
    for number, each in enumerate(passes(customer_ranges(keys, customers), windows, chosen)):
        by_name |= _of_pass(each, own, frame, keys, threads, rooms.of(table.name, number))
    return pl.DataFrame([by_name[feature.name] for feature in features])


def _check_types(schema: pl.Schema, features: Sequence[Feature]) -> None:
    for feature in features:
        dtype = schema[feature.column]
        if dtype.is_numeric() or dtype in (pl.Boolean, pl.Null):
            continue
        if feature.of == "diff" or needs_numbers(feature.statistic):
            what = "diff" if feature.of == "diff" else feature.statistic
            raise BookError(
                f"recipe: {what} of '{feature.table}.{feature.column}', which is {dtype}"
            )


def _of_pass(
    each: Pass,
    features: tuple[Feature, ...],
    frame: pl.DataFrame,
    keys: pl.Series,
    threads: int,
    room: Room,
) -> dict[str, pl.Series]:
    """The features of its windows by name."""
    wanted = asked(features, each.windows, each.chosen is not None)
    back: _Back = {}
    results = segment_statistics(
        [
            partial(_column, frame[name], diff, _in_order(asks), each.chosen, keys, back)
            for (name, diff), asks in zip(wanted.series, wanted.asks, strict=True)
        ],
        each.segments,
        wanted.asks,
        threads=threads,
        room=room,
    )
    made = {
        name: series.alias(name)
        for names, result in zip(wanted.names, results, strict=True)
        for name, series in zip(names, result_series(result), strict=True)
    }
    for feature in features:
        if feature.name in made and feature.column in back and not is_count(feature.statistic):
            made[feature.name] = back[feature.column](made[feature.name]).alias(feature.name)
    return made


def _in_order(asks: Sequence[Ask]) -> bool:
    """Whether it matters which of two values is less, not only whether they are equal."""
    return any(ask.statistic in (Statistic.MIN, Statistic.MAX) for ask in asks)


def _column(
    values: pl.Series,
    differences: bool,
    in_order: bool,
    chosen: pl.Series | None,
    keys: pl.Series,
    back: _Back,
) -> Column | Codes:
    """What the kernel passes over; ``back`` gets the way back if it is no column of numbers."""
    if differences:
        values = _differences(values, keys)
    rows = values if chosen is None else values.filter(chosen)
    column, way = as_numbers(rows, in_order=in_order)
    if way is not None:
        back[values.name] = way
    return column


def _differences(values: pl.Series, keys: pl.Series) -> pl.Series:
    """Row-to-row differences, null in a customer's first row."""
    value = values.cast(pl.Float64)
    return (value - value.shift(1)).set(keys.ne_missing(keys.shift(1)), None)

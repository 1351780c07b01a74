"""Rows of one table to one row per customer: a column is passed over once for all its windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

import polars as pl

from engine.aggregate.asked import asked
from engine.aggregate.columns import (
    Numbers,
    as_numbers,
    from_positions,
    kernel_column,
    result_series,
)
from engine.aggregate.config import ShapeConfig
from engine.aggregate.recipe import Feature, cross_sectional
from engine.aggregate.statistics import is_count, needs_numbers
from engine.aggregate.windows import Pass, chosen_rows, customer_ranges, passes
from engine.errors import BookError
from kernels.segments import Column, Room, segment_statistics


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
    columns = {name: as_numbers(frame[name]) for name in dict.fromkeys(f.column for f in own)}
    by_name = dict(ranks or {})
    rooms = rooms or Rooms()
    for number, each in enumerate(passes(customer_ranges(keys, customers), windows, chosen)):
        by_name |= _of_pass(each, own, columns, keys, threads, rooms.of(table.name, number))
    made = pl.DataFrame([by_name[feature.name] for feature in features])
    return made.with_columns(_from_positions(made, own, columns))


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
    columns: Mapping[str, Numbers],
    keys: pl.Series,
    threads: int,
    room: Room,
) -> dict[str, pl.Series]:
    """The features of its windows by name, as numbers."""
    wanted = asked(features, each.windows, each.chosen is not None)
    results = segment_statistics(
        [partial(_column, columns[name], diff, each.chosen, keys) for name, diff in wanted.series],
        each.segments,
        wanted.asks,
        threads=threads,
        room=room,
    )
    return {
        name: series.alias(name)
        for names, result in zip(wanted.names, results, strict=True)
        for name, series in zip(names, result_series(result), strict=True)
    }


def _column(
    numbers: Numbers, differences: bool, chosen: pl.Series | None, keys: pl.Series
) -> Column:
    values = numbers.values
    if differences:
        values = _differences(values, keys)
    return kernel_column(values if chosen is None else values.filter(chosen))


def _differences(values: pl.Series, keys: pl.Series) -> pl.Series:
    """Row-to-row differences, null in a customer's first row."""
    value = values.cast(pl.Float64)
    return (value - value.shift(1)).set(keys.ne_missing(keys.shift(1)), None)


def _from_positions(
    made: pl.DataFrame, features: Sequence[Feature], columns: Mapping[str, Numbers]
) -> list[pl.Series]:
    """Features that are values of a column of strings or dates."""
    return [
        from_positions(made[feature.name], known)
        for feature in features
        if (known := columns[feature.column].known) is not None and not is_count(feature.statistic)
    ]

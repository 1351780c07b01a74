"""From frames and a book to features, and a plain Python twin of the statistics."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
from builders import AS_OF, KEY, Raw, batches, load, prepared, write

from engine.aggregate import EventTable, Feature, ShapeConfig
from engine.aggregate.features import table_features
from engine.book import Book
from engine.chunk_work import features_of
from engine.ingest import read_lookups
from engine.needs import whole


def aggregated(
    folder: Path,
    book: Mapping[str, Any],
    frames: Mapping[str, pl.DataFrame],
    *,
    size: int = 1_000,
    threads: int | None = None,
) -> pl.DataFrame:
    """Features of all customers of ``book``, whose tables are ``frames``."""
    write(folder, {f"{name}.parquet": frame for name, frame in frames.items()})
    loaded = load(folder, book)
    tables = {n: Raw({}, t) for n, t in (loaded.run_tables | loaded.lookup_tables).items()}
    made = prepared(folder, tables)
    lookups = read_lookups({n: made.pop(n) for n in loaded.lookup_tables})
    parts = batches(made, size=size, as_of=_as_of(loaded))
    wanted = whole(loaded)
    return pl.concat([features_of(wanted, part, lookups, threads=threads) for part in parts])


def _as_of(book: Book) -> date | str:
    return book.book.as_of or str(book.book.as_of_column)


def event_table(
    features: Sequence[Feature], *, date: str | None = "day", filters: Mapping[str, str] = {}
) -> EventTable:
    """A table ``t`` with these features and row filters."""
    shape = ShapeConfig(windows=dict(filters))
    return EventTable("t", shape, (KEY, "day", "as_of"), date, tuple(features))


def table_of(
    frame: pl.DataFrame,
    features: Sequence[Feature],
    *,
    customers: Sequence[int] | None = None,
    threads: int = 1,
    **settings: Any,
) -> pl.DataFrame:
    """Features of the customers in ``frame``, or of ``customers``; see ``event_table``."""
    keys = frame[KEY].unique(maintain_order=True)
    if customers is not None:
        keys = pl.Series(KEY, customers, dtype=pl.Int64)
    event = event_table(features, **settings)
    return table_features(frame, event, features, keys, threads=threads)


class Row(NamedTuple):
    """One row of a customer; ``value`` is a number, a string or a date."""

    day: date
    value: Any
    chosen: bool = False


def twin(rows: Sequence[Row], feature: Feature, as_of: date = AS_OF) -> Any:
    """The feature of one customer, whose rows are in order; a row filter takes what is chosen."""
    values = [row.value for row in rows]
    if feature.of == "diff":
        values = [None, *(_difference(b, a) for a, b in pairwise(values))][: len(rows)]
    window = feature.window
    if window.rows is not None:
        values = values[-window.rows :]
    if window.is_row_filter:
        values = [value for row, value in zip(rows, values, strict=True) if row.chosen]
    if window.days is not None:
        first = as_of - timedelta(days=window.days)
        values = [v for row, v in zip(rows, values, strict=True) if first < row.day <= as_of]
    return _statistic(values, feature.statistic)


def _rank(value: float, known: list[float]) -> float:
    less = sum(other < value for other in known)
    return (less + (known.count(value) + 1) / 2) / len(known)


def _difference(later: Any, earlier: Any) -> Any:
    return None if later is None or earlier is None else later - earlier


def _statistic(values: list[Any], statistic: str) -> Any:
    known = [value for value in values if value is not None]
    match statistic:
        case "count":
            return float(len(known))
        case "nunique":
            return float(len(set(known)))
        case "sum":
            return math.fsum(known)
        case "first":
            return values[0] if values else None
        case "last":
            return values[-1] if values else None
        case "last_valid":
            return known[-1] if known else None
        case "min":
            return min(known, default=None)
        case "max":
            return max(known, default=None)
    if statistic.startswith("lag_"):
        back = int(statistic.removeprefix("lag_"))
        return values[-1 - back] if back < len(values) else None
    return _of_numbers(values, known, statistic)


def _of_numbers(values: list[Any], known: list[float], statistic: str) -> float | None:
    last = values[-1] if values else None
    mean = math.fsum(known) / len(known) if known else None
    match statistic:
        case "mean":
            return mean
        case "std":
            if len(known) < 2 or mean is None:
                return None
            return math.sqrt(math.fsum((v - mean) ** 2 for v in known) / (len(known) - 1))
        case "range":
            return max(known) - min(known) if known else None
        case "last_minus_mean":
            return None if last is None or mean is None else last - mean
        case "last_minus_first":
            return _difference(last, values[0]) if values else None
        case "last_rank":
            return None if last is None else _rank(last, known)
        case "last_valid_rank":
            return _rank(known[-1], known) if known else None
    raise AssertionError(statistic)

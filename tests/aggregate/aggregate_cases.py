"""From frames and a book to features, and a plain Python twin of the statistics."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
from builders import AS_OF, Raw, batches, load, prepared, write

from engine.aggregate import Feature
from engine.book import Book
from engine.chunk_work import features_of
from engine.ingest import read_lookups


def aggregated(
    folder: Path,
    book: Mapping[str, Any],
    frames: Mapping[str, pl.DataFrame],
    *,
    size: int = 1_000,
) -> pl.DataFrame:
    """Features of all customers of ``book``, whose tables are ``frames``."""
    write(folder, {f"{name}.parquet": frame for name, frame in frames.items()})
    loaded = load(folder, book)
    tables = {n: Raw({}, t) for n, t in (loaded.run_tables | loaded.lookup_tables).items()}
    made = prepared(folder, tables)
    lookups = read_lookups({n: made.pop(n) for n in loaded.lookup_tables})
    parts = batches(made, size=size, as_of=_as_of(loaded))
    return pl.concat([features_of(loaded, part, lookups) for part in parts])


def _as_of(book: Book) -> date | str:
    return book.book.as_of or str(book.book.as_of_column)


class Row(NamedTuple):
    """One row of a customer; ``value`` is a number, a string or a date."""

    day: date
    value: Any


def twin(rows: Sequence[Row], feature: Feature, as_of: date = AS_OF) -> Any:
    """The feature of one customer, whose rows are in order."""
    values = [row.value for row in rows]
    if feature.of == "diff":
        values = [None, *(_difference(b, a) for a, b in pairwise(values))][: len(rows)]
    window = feature.window
    if window.rows is not None:
        values = values[-window.rows :]
    if window.days is not None:
        first = as_of - timedelta(days=window.days)
        values = [v for row, v in zip(rows, values, strict=True) if first < row.day <= as_of]
    return _statistic(values, feature.statistic)


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
    return _of_numbers(values, known, statistic)


def _of_numbers(values: list[Any], known: list[float], statistic: str) -> float | None:
    mean = math.fsum(known) / len(known) if known else None
    match statistic:
        case "mean":
            return mean
        case "std":
            if len(known) < 2 or mean is None:
                return None
            return math.sqrt(math.fsum((v - mean) ** 2 for v in known) / (len(known) - 1))
        case "last_minus_mean":
            return values[-1] - mean if known and values[-1] is not None else None  # type: ignore[operator]
    raise AssertionError(statistic)

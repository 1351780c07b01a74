"""One column of a table: what the table tells of it, else what its type, suffix and name suggest.

A amounts are lognormal and follow income where the name says income; P are mostly 0, else days, and
follow risk; D lie before the decision, births and ends of contracts apart; counts (L) are skewed.

A column with the null rate r may describe something (a contract, an approval) that a share a of the
rows has not: it is null there, and elsewhere with probability max(0, (r - a) / (1 - a)).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bench_data.home_credit.categories import categories_of
from bench_data.home_credit.columns import Column
from bench_data.home_credit.days import day_text
from bench_data.home_credit.rows import Rows

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]


class Told(NamedTuple):
    """What a table says of its rows, by column name.

    ``values``: numbers as they are, dates as days since 1970, strings as codes of `categories_of`.
    ``absent``: the rows that have not what the column describes.
    """

    values: Mapping[str, NDArray[Any]]
    absent: Mapping[str, Mask]


def column_array(column: Column, rows: Rows, told: Told, rng: np.random.Generator) -> pa.Array:
    """``column`` for ``rows``, in its physical type."""
    absent, values = told.absent.get(column.name), told.values.get(column.name)
    hidden = None if column.is_masked else _nulls(column.null_rate, rows.count, rng, absent)
    if values is None:
        values = _suggested(column, rows, rng, hidden)
    if column.is_date:
        return day_text(values, hidden)
    if column.is_masked and absent is not None:
        values = np.where(absent, np.int16(0), values)
    if column.type == "string":
        return categories_of(column).text(values, hidden)
    return pa.array(values, mask=hidden)


def _suggested(
    column: Column, rows: Rows, rng: np.random.Generator, hidden: Mask | None
) -> NDArray[Any]:
    """Values in the manner of `Told`; 0 for numbers that are hidden."""
    if column.is_date:
        return rows.day + _lags(column.name, rows, rng)
    if column.type == "string":
        return categories_of(column).draw(rng, rows.count)
    if column.type == "bool":
        return rng.random(rows.count, dtype=np.float32) < 0.05 + 0.4 * _unit(column.name)
    return _numbers(column, rows, rng, hidden)


def _nulls(rate: float, count: int, rng: np.random.Generator, absent: Mask | None) -> Mask | None:
    if absent is None and rate == 0:
        return None
    share = float(absent.mean()) if absent is not None and count else 0.0
    elsewhere = max(rate - share, 0) / (1 - share) if share < 1 else 0.0
    drawn = rng.integers(0, 1 << 16, count, dtype=np.uint16) < elsewhere * (1 << 16)
    return drawn if absent is None else drawn | absent


def _numbers(column: Column, rows: Rows, rng: np.random.Generator, hidden: Mask | None) -> Floats:
    """Only what is shown is drawn: most columns are mostly null."""
    shown = np.arange(rows.count) if hidden is None else np.flatnonzero(~hidden)
    values = np.zeros(rows.count)
    values[shown] = _drawn(column, rows, rng, shown)
    return values


def _drawn(column: Column, rows: Rows, rng: np.random.Generator, at: NDArray[np.int64]) -> Floats:
    name, size = column.name, len(at)
    if column.suffix == "A":
        return amounts(rng, 6 + 4 * _unit(name), 0.9, 0.4 * ("inc" in name) * rows.income[at])
    if column.suffix == "P":
        return _past_due(name, rows.risk[at], rng)
    if "month" in name and column.suffix == "T":
        return rng.integers(1, 13, size).astype(np.float64)
    if "year" in name and column.suffix == "T":
        return np.floor(1970 + rows.day[at] / 365.25 - rng.integers(0, 5, size))
    if any(word in name for word in ("rate", "pct", "eir")):
        return np.round(rng.random(size) * 0.45, 4)
    counts: Floats = np.floor(rng.exponential(1 + 9 * _unit(name), size))
    return counts


def amounts(rng: np.random.Generator, middle: float, spread: float, shift: NDArray[Any]) -> Floats:
    """Lognormal amounts in steps of 0.2; ``shift`` (one per amount) moves the logarithm."""
    logarithms = middle + spread * rng.standard_normal(len(shift)) + shift
    rounded: Floats = np.round(np.exp(logarithms) * 5) / 5
    return rounded


def _past_due(name: str, risk: NDArray[np.float32], rng: np.random.Generator) -> Floats:
    """Days past due, mostly 0; averages and minima are signed days before or after the due date."""
    if name.startswith("pos"):
        return np.round(rng.random(len(risk)) ** 6, 4)
    if name.startswith(("avgdb", "mindb", "maxdb")):
        return np.round(rng.normal(2 * risk - 5, 10))
    late = rng.random(len(risk), dtype=np.float32) < 0.15 * np.exp(0.4 * risk)
    days: Floats = late * (1 + np.floor(rng.exponential(15, len(risk)) * np.exp(0.2 * risk)))
    return days


def _lags(name: str, rows: Rows, rng: np.random.Generator) -> NDArray[np.int32]:
    """Days from the decision to the date of the column, negative before it."""
    if "birth" in name:
        return -rng.integers(20 * 365, 72 * 365, rows.count, dtype=np.int32)
    drawn = rng.exponential(_scale_of_lag(name), rows.count).clip(0, 5_000).astype(np.int32)
    return drawn if any(word in name for word in ("end", "maturity")) else -1 - drawn


def _scale_of_lag(name: str) -> float:
    if any(word in name for word in ("refresh", "update", "response", "assignment", "record")):
        return 10.0
    return 2_000.0 if "employed" in name else 500.0


def _unit(name: str) -> float:
    """A number in [0, 1) that depends on the name only."""
    return crc32(name.encode()) % 1_000 / 1_000

"""Reads one chunk: frames of whole customers that hold the contract, and those that do not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import polars as pl
import polars.selectors as cs

from engine.expressions import AS_OF
from engine.ingest.chunks import Chunk, Ranges
from engine.ingest.contract import violations
from engine.ingest.late import without_late
from engine.ingest.marks import FILE, UNREADABLE
from engine.ingest.merge import together
from engine.ingest.rules import KNOWN, NO_SUCH_CUSTOMER
from engine.ingest.runs import Runs, runs_of
from engine.ingest.schema import plain_floats
from engine.ingest.table import Table

_HELPERS = (FILE, UNREADABLE, KNOWN)


class RowCounts(NamedTuple):
    """Rows of one table in one chunk: ``read = used + after_as_of + quarantined``."""

    read: int
    used: int
    after_as_of: int
    quarantined: int


class Batch(NamedTuple):
    """One chunk after the contract check.

    Attributes
    ----------
    customers : one row per customer: key, ``as_of`` and the other columns of the customers table
        (none where that table itself has many rows per customer).
    tables : rows of the other tables, with ``as_of``: a customer's side by side, by order and tie;
        customers ascend, but for those of several files that were not sorted together. Floats of
        tables with many rows per customer are as stored (Float32 or Float64, missing as null or
        NaN), save those that order rows; all others are Float64, missing as null. A column is as
        many Arrow chunks as row groups were read: to make it one is a copy, best made of a column
        at a time, when it is used.
    violations : key, table, column, reason, file, value, rows; one row each.
    quarantined_rows : by table, the rows of the customers that were sent to quarantine.
    read, quarantined : customers.
    """

    customers: pl.DataFrame
    tables: dict[str, pl.DataFrame]
    violations: pl.DataFrame
    quarantined_rows: dict[str, pl.DataFrame]
    read: int
    quarantined: int
    row_counts: dict[str, RowCounts]


class AsOf(NamedTuple):
    """The book's as-of date, or the column of the customers table that has each customer's."""

    date: date | None
    column: str | None

    def expression(self) -> pl.Expr:
        """The as-of date of a row of the customers table."""
        if self.column is not None:
            return pl.col(self.column).cast(pl.Date).alias(AS_OF)
        return pl.lit(self.date, dtype=pl.Date).alias(AS_OF)


class _Rows(NamedTuple):
    """Rows of one table, a customer's side by side, by order and tie; where customers begin.

    ``repeats``: a row may equal the one before it in key, order and tie.
    """

    frame: pl.DataFrame
    runs: Runs
    repeats: bool


def read_batch(
    chunk: Chunk,
    tables: Mapping[str, Table],
    *,
    customers: str,
    key: str,
    as_of: AsOf,
    future: frozenset[str] = frozenset(),
) -> Batch:
    """Reads and checks the rows of ``chunk``.

    ``future`` names tables that describe what happened after the as-of date (a target's); their
    dates are not checked against it, nor is when they were known.
    """
    rows = {name: _sorted(tables[name], chunk.rows[name], key) for name in chunk.rows}
    known = _customers(rows[customers], key, as_of)
    found, late = [], {}
    for name in rows:
        table = tables[name]
        rows[name], late[name] = _with_customer(rows[name], known, key, table, name in future)
        found.append(
            violations(
                rows[name].frame,
                name,
                table.config,
                key=key,
                origins=table.origins,
                as_of=as_of.column if name == customers else None,
                check_future=name not in future,
                repeats=rows[name].repeats,
            )
        )
    return _divide(
        rows,
        pl.concat(found),
        known,
        late,
        customers=customers,
        key=key,
        one_row_each=tables[customers].config.order is None,
    )


def _sorted(table: Table, where: Ranges, key: str) -> _Rows:
    """The rows of a chunk: a customer's side by side, by order and tie."""
    frame = table.read_ranges(where)
    runs = runs_of(frame[key])
    if runs.come_back():  # never within one range
        frame = together(frame, runs)
        runs = runs_of(frame[key])
    within = [name for name in (table.config.order, table.config.tie) if name]
    falls, repeats = _compare(frame, runs, within)
    if falls:
        run = runs.per_row(pl.int_range(len(runs.keys), eager=True)).alias("__run")
        frame = frame.with_columns(run).sort("__run", *within, maintain_order=True).drop("__run")
    return _Rows(frame, runs, falls or repeats)


def _compare(frame: pl.DataFrame, runs: Runs, within: list[str]) -> tuple[bool, bool]:
    """Whether some row comes after a later one of its customer, and after one that is equal.

    Much cheaper than a sort. Where a value is missing, both may be.
    """
    if len(runs.keys) == runs.rows:
        return False, False
    if any(frame[name].null_count() for name in within):
        return True, True
    equal, smaller = runs.continues(), pl.Series([False])
    for name in within:
        before = frame[name].shift(1)
        smaller = smaller | (equal & (frame[name] < before))
        equal = equal & (frame[name] == before)
    return bool(smaller.any()), bool(equal.any())


def _customers(base: _Rows, key: str, as_of: AsOf) -> pl.DataFrame:
    """``key``, ``AS_OF`` and ``KNOWN`` of every customer, by its first row."""
    about = base.frame.select(key, as_of.expression())[base.runs.starts]
    return about.with_columns(pl.lit(True).alias(KNOWN))


def _with_customer(
    rows: _Rows, known: pl.DataFrame, key: str, table: Table, future: bool
) -> tuple[_Rows, int]:
    """With ``AS_OF`` and ``KNOWN``, without late rows, and how many of those there were.

    A customer is looked up once, not for each row: keys may be long text.
    """
    about = rows.runs.keys.to_frame().join(known, on=key, how="left", maintain_order="left")
    about = about.select(AS_OF, pl.col(KNOWN).fill_null(False))
    frame = rows.frame.with_columns(rows.runs.per_row(column) for column in about)
    kept = frame if future else without_late(frame, table.config)
    if kept.height == frame.height:
        return rows._replace(frame=frame), 0
    return _Rows(kept, runs_of(kept[key]), rows.repeats), frame.height - kept.height


def _divide(
    rows: dict[str, _Rows],
    found: pl.DataFrame,
    known: pl.DataFrame,
    late: Mapping[str, int],
    *,
    customers: str,
    key: str,
    one_row_each: bool,
) -> Batch:
    """Takes the frames out of ``rows`` one by one, so that no two copies of them last."""
    bad = found[key].unique(maintain_order=True)
    keyless = int(rows[customers].frame[key].null_count())
    strangers = found.filter(pl.col("reason") == NO_SUCH_CUSTOMER)[key].n_unique()
    good, quarantined, counts = {}, {}, {}
    for name in tuple(rows):
        height = rows[name].frame.height
        good[name], lost = _without_bad(rows.pop(name), bad)
        if not lost.is_empty():
            quarantined[name] = lost
        counts[name] = RowCounts(height + late[name], good[name].height, late[name], lost.height)
    is_good = ~pl.col(key).is_in(bad.implode(), nulls_equal=True)
    return Batch(
        customers=good.pop(customers) if one_row_each else known.drop(KNOWN).filter(is_good),
        tables=good,
        violations=found,
        quarantined_rows=quarantined,
        read=known[key].drop_nulls().len() + keyless + strangers,
        quarantined=bad.drop_nulls().len() + keyless,
        row_counts=counts,
    )


def _without_bad(rows: _Rows, bad: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of good customers and those of the ``bad`` ones."""
    # not by drop, which copies a frame whose columns are not cut alike
    frame = pl.DataFrame([column for column in rows.frame if column.name not in _HELPERS])
    is_bad = rows.runs.keys.is_in(bad.implode(), nulls_equal=True)
    if not is_bad.any():  # a filter copies what it keeps
        return frame, frame.clear()
    aside = pl.lit(rows.runs.per_row(is_bad))
    floats = frame.select(cs.float()).columns
    lost = frame.filter(aside).drop(AS_OF).with_columns(plain_floats(floats))
    return frame.filter(~aside), lost

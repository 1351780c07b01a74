"""Reads one chunk: frames of whole customers that hold the contract, and those that do not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import polars as pl

from engine.expressions import AS_OF
from engine.ingest.chunks import Chunk
from engine.ingest.contract import KNOWN, NO_SUCH_CUSTOMER, violations
from engine.ingest.table import FILE, UNREADABLE, Table

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
    tables : rows of the tables with many rows per customer, with ``as_of``, sorted by key, order
        and tie.
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
    dates are not checked against it.
    """
    frames = {name: _sorted(tables[name], chunk.rows[name], key) for name in chunk.rows}
    base = frames[customers]
    known = base.select(key, as_of.expression(), pl.lit(True).alias(KNOWN)).unique(
        key, keep="first", maintain_order=True
    )
    checked, found, late = {}, [], {}
    for name, frame in frames.items():
        config = tables[name].config
        frame = _with_customer(frame, known, key)
        if name not in future:
            frame, late[name] = _without_late(frame, tables[name])
        found.append(
            violations(
                frame,
                name,
                config,
                key=key,
                origins=tables[name].origins,
                as_of=as_of.column if name == customers else None,
                check_future=name not in future,
            )
        )
        checked[name] = frame
    return _divide(
        checked,
        pl.concat(found),
        known,
        late,
        customers=customers,
        key=key,
        one_row_each=tables[customers].config.order is None,
    )


def _with_customer(frame: pl.DataFrame, known: pl.DataFrame, key: str) -> pl.DataFrame:
    """Adds ``AS_OF`` and ``KNOWN``. Only the key is joined: a join copies all that it carries."""
    about = frame.select(key).join(known, on=key, how="left", maintain_order="left")
    return frame.hstack(about.select(AS_OF, pl.col(KNOWN).fill_null(False)))


def _sorted(table: Table, rows: tuple[int, int], key: str) -> pl.DataFrame:
    """The rows of a chunk, by key, order and tie. Customers keep the order they have."""
    frame = table.read(*rows)
    within = [name for name in (table.config.order, table.config.tie) if name]
    if not within or not _falls_back(frame, key, within):
        return frame
    run = pl.col(key).ne_missing(pl.col(key).shift(1)).cum_sum().alias("__run")
    return frame.with_columns(run).sort("__run", *within, maintain_order=True).drop("__run")


def _falls_back(frame: pl.DataFrame, key: str, within: list[str]) -> bool:
    """Whether some row comes after a later one of its customer (much cheaper than a sort)."""
    smaller, equal = pl.lit(False), pl.col(key) == pl.col(key).shift(1)
    for name in within:
        smaller = smaller | (equal & (pl.col(name) < pl.col(name).shift(1)))
        equal = equal & (pl.col(name) == pl.col(name).shift(1))
    unsorted = smaller | pl.any_horizontal(pl.col(name).is_null() for name in within)
    return bool(frame.select(unsorted.any()).item())


def _without_late(frame: pl.DataFrame, table: Table) -> tuple[pl.DataFrame, int]:
    """Drops rows after the as-of date where the book says so; how many."""
    config = table.config
    if config.event_date is None or config.after_as_of != "drop":
        return frame, 0
    when = pl.col(config.event_date).cast(pl.Date)
    late = when >= pl.col(AS_OF) if config.cutoff == "before" else when > pl.col(AS_OF)
    kept = frame.filter(~late.fill_null(False))
    return kept, frame.height - kept.height


def _divide(
    frames: Mapping[str, pl.DataFrame],
    found: pl.DataFrame,
    known: pl.DataFrame,
    late: Mapping[str, int],
    *,
    customers: str,
    key: str,
    one_row_each: bool,
) -> Batch:
    bad = found[key].unique(maintain_order=True)
    good, quarantined, counts = {}, {}, {}
    for name, frame in frames.items():
        is_bad = pl.col(key).is_in(bad.implode(), nulls_equal=True)
        rows = frame.drop(_HELPERS, strict=False)
        good[name] = rows if bad.is_empty() else rows.filter(~is_bad)
        if good[name].height < rows.height:
            quarantined[name] = rows.filter(is_bad).drop(AS_OF)
        after = late.get(name, 0)
        counts[name] = RowCounts(
            rows.height + after, good[name].height, after, rows.height - good[name].height
        )
    base = good.pop(customers) if one_row_each else known.drop(KNOWN)
    keyless = int(frames[customers][key].null_count())
    strangers = found.filter(pl.col("reason") == NO_SUCH_CUSTOMER)[key].n_unique()
    return Batch(
        customers=base.filter(~pl.col(key).is_in(bad.implode(), nulls_equal=True)),
        tables=good,
        violations=found,
        quarantined_rows=quarantined,
        read=known[key].drop_nulls().len() + keyless + strangers,
        quarantined=bad.drop_nulls().len() + keyless,
        row_counts=counts,
    )

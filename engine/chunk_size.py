"""How many customers a chunk has where the book does not say, and what memory a run then takes.

One estimate of the peak serves both: ``nightbook run --dry-run`` shows it, and the chosen size is
the largest that keeps it below ``_TARGET``. It rests on the book and the inputs alone, never on
threads or on what memory is free, so that the same inputs are cut in the same way everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from engine.book import Book
from engine.ingest import Table, TableConfig
from engine.needs import Needs

_BASE = 320 << 20
_RAW_COPIES = 3
_FEATURE_COPIES = 1.5
"""The libraries; a chunk that is read, one that is worked on and what is made of it; features.

Measured on 100 columns of float64 and 188 of float32, 12 rows a customer, 51 to 5,641 features,
chunks of 2,000 to 50,000 customers, two cores: peaks were 0.79 to 1.17 times the estimate.
"""
_TARGET = 1200 << 20
"""Of a run of average chunks. Below 2 GiB by as much as a chunk of long histories can be above."""
_LEAST, _MOST = 1_000, 50_000
_CHUNKS = 4
"""The next chunk is read while one is worked on: 100,000 customers of 10 columns took 1.2 s as one
chunk, 0.8 s as five. Not many more: 40,000 customers of 188 columns took 0.6 s as four, 0.7 s as
eight, 1.3 s as twenty, since a part of a row group costs as much to read as more of it."""
_TEXT = 32
"""Bytes of a string: a view of 16 and, of those longer than 12 characters, the characters."""
_PUBLISHED = 20
"""Columns of a published row, at 8 bytes."""


class Load(NamedTuple):
    """``customers``; ``raw``: bytes of the rows of all tables with customers, as they are read;
    ``features``: columns of a customer's row of features."""

    customers: int
    raw: int
    features: int


def chunk_customers_of(book: Book, needs: Needs, tables: Mapping[str, Table]) -> int:
    """The book's chunk size, else the one chosen for ``tables``."""
    if book.output.chunk_customers is not None:
        return book.output.chunk_customers
    base = tables[book.book.customers]
    customers = base.index(needs.key).runs
    raw = sum(
        table.rows * row_bytes(table.config, stored_types(table.files)) for table in tables.values()
    )
    return chosen_size(Load(customers, raw, needs.features))


def chosen_size(load: Load) -> int:
    """1, 2 or 5 times a power of ten: the largest that makes at least ``_CHUNKS`` chunks, each with
    a peak below ``_TARGET``, within 1,000 to 50,000 customers."""
    most = min(_MOST, load.customers // _CHUNKS)
    sizes = [step * 10**power for power in range(6) for step in (1, 2, 5)]
    fitting = [s for s in sizes if _LEAST <= s <= most and peak_bytes(load, s) <= _TARGET]
    return max(fitting, default=_LEAST)


def peak_bytes(load: Load, size: int) -> int:
    """The peak of resident memory with chunks of ``size`` customers."""
    share = min(1.0, size / max(load.customers, 1))
    customers = load.customers * share
    raw = _RAW_COPIES * load.raw * share
    rows = 8 * customers * (_FEATURE_COPIES * load.features + _PUBLISHED)
    return int(_BASE + raw + rows)


def row_bytes(config: TableConfig, stored: Mapping[str, pl.DataType]) -> int:
    """Bytes of a row in memory, whose columns are ``stored`` so (a column may be left out)."""

    def of_value(name: str) -> int:
        if config.columns[name].type == "string":
            return _TEXT
        as_it_is = config.order is not None and stored.get(name) == pl.Float32
        return 4 if as_it_is else 8

    return sum(of_value(name) for name in config.columns)


def stored_types(files: Sequence[Path]) -> Mapping[str, pl.DataType]:
    """The columns of the first of ``files``, Parquet; none where there is no file."""
    # not read_parquet_schema, which takes brackets in a path for a pattern
    return pl.scan_parquet(files[0], glob=False).collect_schema() if files else {}

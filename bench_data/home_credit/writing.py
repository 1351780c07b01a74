"""Writes the tables: part by part, batch by batch, one row group per batch.

Every batch of (seed, split, table, part, batch) has random numbers of its own, so the same options
give the same bytes and a table does not depend on which others are written.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench_data.home_credit.columns import columns_of, table_names
from bench_data.home_credit.layout import FULL, Split, file_names, part_of
from bench_data.home_credit.null_columns import other_types
from bench_data.home_credit.population import Cases, draw_cases
from bench_data.home_credit.tables import TABLES, batches_of
from engine.errors import BookError, OutputError, did_you_mean

LEAST, MOST_TEST = 1_000, 1_000_000


class Written(NamedTuple):
    """What was written of one table: rows, bytes on disk, seconds."""

    split: str
    table: str
    rows: int
    bytes: int
    seconds: float


def write_home_credit(
    folder: Path,
    *,
    cases: int = 20_000,
    test_cases: int | None = None,
    seed: int = 1,
    tables: Sequence[str] | None = None,
) -> Iterator[Written]:
    """Writes ``parquet_files/{train,test}/*.parquet`` into the new ``folder``, table by table.

    ``test_cases`` is a tenth of ``cases`` if left out; 0 writes no test files. ``tables`` names the
    logical tables besides ``base``; all 17 if left out. The whole is written as the result is read.

    Raises
    ------
    BookError
        ``cases`` outside 1,000 to 1,526,659, ``test_cases`` outside 0 to 1,000,000, ``seed`` below
        0, or a table that there is not.
    OutputError
        ``folder`` is not empty or cannot be written.
    """
    test_cases = cases // 10 if test_cases is None else test_cases
    _check(cases, test_cases, seed)
    chosen = _chosen(tables)
    sizes: dict[Split, int] = {"train": cases, "test": test_cases}
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise OutputError(f"{folder} is not empty; name a new folder or empty it")
        for split in (split for split, size in sizes.items() if size):
            target = folder / "parquet_files" / split
            target.mkdir(parents=True)
            drawn = draw_cases(split, sizes[split], seed)
            for table in chosen:
                yield _write_table(target, table, split, drawn, seed)
    except OSError as exc:
        raise OutputError(f"cannot write to {folder}: {exc.strerror or exc}") from exc


def _check(cases: int, test_cases: int, seed: int) -> None:
    if not LEAST <= cases <= FULL:
        raise BookError(f"cases must be {LEAST:,} to {FULL:,}, not {cases:,}")
    if not 0 <= test_cases <= MOST_TEST:
        raise BookError(f"test cases must be 0 to {MOST_TEST:,}, not {test_cases:,}")
    if seed < 0:
        raise BookError(f"seed must be 0 or more, not {seed}")


def _chosen(tables: Sequence[str] | None) -> list[str]:
    known = table_names()
    for table in tables or ():
        if table not in known:
            raise BookError(f"there is no table '{table}'{did_you_mean(table, known)}")
    return [name for name in known if tables is None or name == "base" or name in tables]


def _write_table(target: Path, table: str, split: Split, cases: Cases, seed: int) -> Written:
    started, rows, size = time.perf_counter(), 0, 0
    part = part_of(table, split, cases.week)
    for number, name in enumerate(file_names(table, split)):
        own = cases.take(np.flatnonzero(part == number))
        key = [seed, split == "test", list(TABLES).index(table), number]
        rows += _write_part(target / name, table, split, number, own, key)
        size += (target / name).stat().st_size
    return Written(split, table, rows, size, time.perf_counter() - started)


def _write_part(
    file: Path, table: str, split: Split, number: int, cases: Cases, key: list[int]
) -> int:
    columns = [c for c in columns_of(table) if split == "train" or c.name != "target"]
    others = other_types(table, number) if split == "test" else {}
    rows = 0
    with ExitStack() as stack:
        writer: pq.ParquetWriter | None = None
        for batch in batches_of(table, columns, cases, key):
            stored = _with_nulls(batch, others)
            writer = writer or stack.enter_context(_writer(file, stored.schema))
            writer.write_table(stored, row_group_size=max(len(stored), 1))
            rows += len(stored)
    return rows


def _writer(file: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """Without the Arrow schema in the footer, dictionary arrays are strings to every reader."""
    return pq.ParquetWriter(
        file, schema, compression="zstd", compression_level=1, store_schema=False
    )


def _with_nulls(batch: pa.Table, others: Mapping[str, pa.DataType]) -> pa.Table:
    for name, kind in others.items():
        place = batch.schema.get_field_index(name)
        batch = batch.set_column(place, name, pa.nulls(len(batch), kind))
    return batch

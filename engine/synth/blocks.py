"""Blocks of customers: how a book of any size is drawn and written in bounded memory.

A book is drawn block by block, ``BLOCK`` customers at a time. Each (seed, block, stream) has a
generator of its own, and a block is always drawn whole and cut afterwards, so a customer's figures
depend on the seed and the block only: a smaller book is the beginning of a larger one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from enum import IntEnum
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from engine.errors import BookError, OutputError

BLOCK = 10_000
FIRST_ID = 1_000_001


class Stream(IntEnum):
    """One independent stream of random numbers per purpose; the numbers are part of the data."""

    POPULATION = 0
    ARREARS = 1
    ACCOUNTS = 2
    CUSTOMERS = 3
    STATEMENTS = 4
    OPERATIONS = 5
    FEES = 6
    PERFORMANCE = 7
    WIDE = 8
    HOLDERS = 9
    CARD_OPERATIONS = 10
    CHARGES = 11
    PUBLISHED_LABELS = 12


class Block(NamedTuple):
    """Block ``number`` of a book drawn with ``seed``; ``rows`` of its customers are kept."""

    seed: int
    number: int
    rows: int

    def generator(self, stream: Stream) -> np.random.Generator:
        return np.random.default_rng([self.seed, self.number, stream])

    @property
    def first_id(self) -> int:
        return FIRST_ID + self.number * BLOCK

    def cut(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows of customers that are kept, rechunked."""
        kept = frame if self.rows == BLOCK else frame.filter(
            pl.col("customer_id") < self.first_id + self.rows
        )  # fmt: skip
        return kept.rechunk()


def blocks(customers: int, seed: int) -> Iterator[Block]:
    """The blocks of a book of so many customers; the last one may keep fewer rows."""
    for number, first in enumerate(range(0, customers, BLOCK)):
        yield Block(seed, number, min(BLOCK, customers - first))


def empty_folder(folder: Path, *, customers: int, seed: int) -> Path:
    """Makes ``folder``; files of an earlier, larger book must not stay between ours.

    Raises BookError for a size or seed that makes no book, OutputError where the folder is in use.
    """
    if customers < 1 or seed < 0:
        raise BookError(f"a book needs customers >= 1 and seed >= 0, not {customers} and {seed}")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError(f"{folder} is not empty; name a new folder or empty it")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def write_parquet(path: Path, frame: pl.DataFrame) -> None:
    """One file, one row group."""
    with ParquetTable(path) as table:
        table.append(frame)


class ParquetTable(AbstractContextManager["ParquetTable"]):
    """A Parquet file that grows by one row group per frame; bytes depend on the frames only."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: pq.ParquetWriter | None = None

    def append(self, frame: pl.DataFrame) -> None:
        table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        if self._writer is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = pq.ParquetWriter(self._path, table.schema, compression="zstd")
        self._writer.write_table(table, row_group_size=max(len(frame), 1))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._writer is not None:
            self._writer.close()

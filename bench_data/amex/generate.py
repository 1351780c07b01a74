"""The files of both splits, block by block, drawn by two threads and written in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Literal

from bench_data.amex.blocks import MOST_CUSTOMERS, TEST, TRAIN, Block, Split, blocks
from bench_data.amex.files import CsvFile, ParquetFile
from bench_data.amex.tables import Tables, draw_tables
from engine.errors import BookError, OutputError
from engine.synth.blocks import empty_folder

Format = Literal["parquet", "csv"]

_FILES = {TRAIN: ("train_data", "train_labels"), TEST: ("test_data", "sample_submission")}


def write_amex(
    folder: Path,
    *,
    customers: int,
    test_customers: int = 0,
    seed: int = 7,
    form: Format = "parquet",
    threads: int = 2,
) -> Path:
    """Writes the files of the competition into a new folder and returns it.

    ``train_data`` and ``train_labels``; with ``test_customers`` also ``test_data`` and
    ``sample_submission``. The ending is ``form``. The same customers and seed give the same bytes
    for any number of threads; memory does not depend on the number of customers.

    Raises
    ------
    BookError
        A number of customers that makes no book, or a negative seed.
    OutputError
        ``folder`` is not empty or cannot be written.
    """
    if max(customers, test_customers) > MOST_CUSTOMERS or test_customers < 0:
        raise BookError(
            f"customers must be 1 to {MOST_CUSTOMERS:,} and test customers 0 to as many, "
            f"not {customers:,} and {test_customers:,}"
        )
    try:
        empty_folder(folder, customers=customers, seed=seed)
        with ThreadPoolExecutor(threads) as pool:
            for split, count in ((TRAIN, customers), (TEST, test_customers)):
                if count:
                    drawn = _in_order(pool, blocks(split, count, seed), threads)
                    _write_split(folder, split, drawn, form)
    except OSError as exc:
        raise OutputError(f"cannot write to {folder}: {exc.strerror or exc}") from exc
    return folder


def _write_split(folder: Path, split: Split, drawn: Iterable[Tables], form: Format) -> None:
    kind = ParquetFile if form == "parquet" else CsvFile
    data, outcome = (folder / f"{name}.{form}" for name in _FILES[split])
    with kind(data) as statements, kind(outcome) as customers:
        for tables in drawn:
            statements.append(tables.statements)
            customers.append(tables.customers)


def _in_order(pool: ThreadPoolExecutor, waiting: Iterable[Block], ahead: int) -> Iterator[Tables]:
    """Tables of the blocks, at most ``ahead`` of them drawn before they are wanted."""
    drawn: deque[Future[Tables]] = deque()
    for block in waiting:
        drawn.append(pool.submit(draw_tables, block))
        if len(drawn) > ahead:
            yield drawn.popleft().result()
    while drawn:
        yield drawn.popleft().result()

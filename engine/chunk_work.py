"""What is done with one chunk of whole customers: cut, read ahead, fee income, features, scores,
offers."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import polars as pl

from engine.aggregate import EventTable, Rooms, aggregate
from engine.aggregate.cross_section import CrossSections
from engine.book import Book
from engine.chunk_size import chunk_customers_of
from engine.evaluate import Pricing, evaluate
from engine.expressions import AS_OF
from engine.fee_income import FeeIncome, fee_income, read_tariffs
from engine.ingest import Batch, Chunk, Table, plan_chunks, read_batch, set_aside
from engine.inputs import Inputs, as_of
from engine.needs import Needs
from engine.score import Models, score


class Work(NamedTuple):
    """What chunks are worked with. ``pricing``: None where a book prices nothing."""

    models: Models
    pricing: Pricing | None
    threads: int


class Chunked(NamedTuple):
    """The prepared tables of a book, cut into ``chunks`` of ``size`` customers.

    ``rooms``: memory for the features of one chunk after the other. ``fees``: what fee income is
    made with, None where nothing needs it. ``sections``: ranks over all customers, once
    ``engine.first_pass`` has made them.
    """

    book: Book
    needs: Needs
    tables: Mapping[str, Table]
    lookups: Mapping[str, pl.DataFrame]
    size: int
    chunks: Sequence[Chunk]
    rooms: Rooms
    fees: FeeIncome | None = None
    sections: CrossSections | None = None

    def ranks_of(self, chunk: Chunk) -> dict[str, pl.DataFrame]:
        """Ranks over all customers of those in ``chunk``, by table."""
        return self.sections.ranks(chunk.number) if self.sections else {}


def chunked(inputs: Inputs, needs: Needs, work: Path) -> Chunked:
    """Brings the inputs into customer order, staging below ``work``, and cuts them."""
    book = inputs.book
    tables, lookups = inputs.prepare(work)
    size = chunk_customers_of(book, needs, tables)
    chunks = plan_chunks(tables, customers=book.book.customers, key=needs.key, size=size)
    fees = _fee_income(inputs, needs, lookups)
    return Chunked(book, needs, tables, lookups, size, chunks, Rooms(), fees)


def _fee_income(
    inputs: Inputs, needs: Needs, lookups: Mapping[str, pl.DataFrame]
) -> FeeIncome | None:
    """What fee income is made with, once its tariffs are read and checked."""
    config = needs.fee_income
    if config is None:
        return None
    files = ", ".join(str(file) for file in inputs.sources[config.tariffs].files[:3])
    return FeeIncome(
        config,
        read_tariffs(lookups[config.tariffs], config, file=files),
        key=needs.key,
        customers=inputs.book.book.customers,
        date=str(needs.tables[config.events].event_date),
    )


def read_ahead(
    data: Chunked, chunks: Iterable[Chunk], future: frozenset[str] = frozenset()
) -> Iterator[tuple[Chunk, Batch]]:
    """Batches in order, their customers with fee income where that is needed; the next one is read
    while the caller works on this one."""

    def read(chunk: Chunk) -> Batch:
        batch = read_batch(
            chunk,
            data.tables,
            customers=data.book.book.customers,
            key=data.needs.key,
            as_of=as_of(data.book),
            future=future,
        )
        return _with_fee_income(batch, data)

    with ThreadPoolExecutor(max_workers=1) as reader:
        waiting: deque[tuple[Chunk, Future[Batch]]] = deque()
        for chunk in chunks:
            waiting.append((chunk, reader.submit(read, chunk)))
            if len(waiting) > 1:
                yield _done(waiting)
        while waiting:
            yield _done(waiting)


def _done(waiting: deque[tuple[Chunk, Future[Batch]]]) -> tuple[Chunk, Batch]:
    """The next batch; nothing here holds on to it, so that two are in memory and not three."""
    chunk, batch = waiting.popleft()
    return chunk, batch.result()


def _with_fee_income(batch: Batch, data: Chunked) -> Batch:
    """The customers with their fee income; without those for whom there can be none."""
    using = data.fees
    if using is None:
        return batch
    made = fee_income(using, batch.customers, batch.tables)
    batch = set_aside(batch, made.violations, data.tables, customers=using.customers, key=using.key)
    rows = batch.customers.join(made.columns, on=using.key, how="left", maintain_order="left")
    return batch._replace(customers=rows)


def work(data: Chunked, using: Work, chunk: Chunk, batch: Batch) -> pl.DataFrame:
    """One chunk from checked rows to published rows."""
    features = features_of(
        data.needs,
        batch,
        data.lookups,
        threads=using.threads,
        ranks=data.ranks_of(chunk),
        rooms=data.rooms,
    )
    return published_rows(data.book, using, features)


def published_rows(book: Book, using: Work, features: pl.DataFrame) -> pl.DataFrame:
    """Scores, offers and what else a run publishes of customers with these features."""
    return evaluate(
        features,
        score(using.models, features, using.threads),
        key=book.book.key,
        segment=book.book.segment,
        pricing=using.pricing,
        profit=book.economics.customer_profit if book.economics else None,
        others=book.fee_income.columns if book.fee_income else (),
    )


def features_of(
    needs: Needs,
    batch: Batch,
    lookups: Mapping[str, pl.DataFrame],
    *,
    threads: int | None = None,
    ranks: Mapping[str, pl.DataFrame] | None = None,
    rooms: Rooms | None = None,
) -> pl.DataFrame:
    """One row of features per customer of the chunk: those that ``needs`` names.

    ``threads``: default all cores. ``ranks`` of this chunk, ``rooms``: see ``aggregate``.
    """
    return aggregate(
        batch.customers,
        batch.tables,
        lookups,
        key=needs.key,
        single=needs.one_row_tables,
        events=event_tables(needs),
        expressions=needs.expressions,
        threads=threads or cores(),
        ranks=ranks,
        rooms=rooms,
    )


def event_tables(needs: Needs) -> tuple[EventTable, ...]:
    """How the tables with many rows per customer are aggregated."""
    return tuple(
        EventTable(
            name=name,
            shape=table,
            keep=(needs.key, *table.ordering, AS_OF),
            date=table.event_date,
            features=tuple(f for f in needs.aggregates if f.table == name),
        )
        for name, table in needs.event_tables.items()
    )


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0))


def quarantine(batch: Batch) -> dict[str, pl.DataFrame]:
    """Files beside the part: the reasons, and the rows of each table."""
    rows = {f"quarantine-{name}": frame for name, frame in batch.quarantined_rows.items()}
    return {"quarantine": batch.violations, **rows}

"""What is done with one chunk of whole customers: cut, read ahead, features, scores, offers."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import polars as pl

from engine.aggregate import EventTable, aggregate
from engine.book import Book
from engine.evaluate import Pricing, evaluate
from engine.expressions import AS_OF
from engine.ingest import Batch, Chunk, Table, plan_chunks, read_batch
from engine.inputs import as_of
from engine.score import Models, score


def cut(book: Book, tables: Mapping[str, Table]) -> tuple[Chunk, ...]:
    """The chunks of the book."""
    return plan_chunks(
        tables,
        customers=book.book.customers,
        key=book.book.key,
        size=book.output.chunk_customers,
    )


def read_ahead(
    book: Book,
    tables: Mapping[str, Table],
    chunks: Iterable[Chunk],
    future: frozenset[str] = frozenset(),
) -> Iterator[tuple[Chunk, Batch]]:
    """Batches in order; the next one is read while the caller works on this one."""

    def read(chunk: Chunk) -> Batch:
        return read_batch(
            chunk,
            tables,
            customers=book.book.customers,
            key=book.book.key,
            as_of=as_of(book),
            future=future,
        )

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


def work(
    book: Book,
    models: Models,
    pricing: Pricing,
    batch: Batch,
    lookups: Mapping[str, pl.DataFrame],
    threads: int,
) -> pl.DataFrame:
    """One chunk from checked rows to published rows."""
    features = features_of(book, batch, lookups)
    return evaluate(
        features,
        score(models, features, threads),
        key=book.book.key,
        segment=book.book.segment,
        pricing=pricing,
    )


def features_of(book: Book, batch: Batch, lookups: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """One row of features per customer of the chunk."""
    key = book.book.key
    events = {
        name: EventTable(
            shape=table,
            keep=tuple(filter(None, (key, table.order, table.tie, table.event_date, AS_OF))),
            date=table.event_date,
            features=tuple(f for f in book.aggregates if f.table == name),
        )
        for name, table in book.event_tables.items()
    }
    single = {n: table for n, table in book.run_tables.items() if table.order is None}
    return aggregate(
        batch.customers,
        batch.tables,
        lookups,
        key=key,
        single=single,
        events=events,
        expressions=book.features,
    )


def quarantine(batch: Batch) -> dict[str, pl.DataFrame]:
    """Files beside the part: the reasons, and the rows of each table."""
    rows = {f"quarantine-{name}": frame for name, frame in batch.quarantined_rows.items()}
    return {"quarantine": batch.violations, **rows}

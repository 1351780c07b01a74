"""What a model is trained on: a book's customers, labelled, and their features as in a run.

Two passes over the chunks: the first labels customers, from the tables that say what became of
them; the second computes features, only of those who are trained or judged on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import polars as pl

from engine.accounts import Accounts
from engine.book import Book, Table
from engine.chunk_work import Chunked, chunked, features_of, read_ahead
from engine.expressions import AS_OF
from engine.fee_income import FeeIncome
from engine.first_pass import ranked
from engine.fit import FitConfig, Target, TargetConfig, build_target, draw_sample, merge_targets
from engine.ingest import Batch, Chunk
from engine.inputs import Inputs, open_inputs
from engine.needs import whole
from engine.pipeline import output_folder
from engine.progress import Progress
from engine.scratch import scratch_folder


class TrainingRows(NamedTuple):
    """``features``: one row per drawn customer, by key; ``target``: of all who can be judged.

    ``quarantined``: customers that broke the contract while labels, and while features were made.
    """

    features: pl.DataFrame
    target: Target
    quarantined: dict[str, int]


@dataclass(frozen=True)
class _Data:
    """The open tables of a book, cut into chunks."""

    chunks: Chunked
    inputs: Inputs
    work: Path
    threads: int
    progress: Progress


def training_rows(
    book: Book, config: TargetConfig, fit: FitConfig, *, threads: int, progress: Progress
) -> TrainingRows:
    """The customers of ``book`` labelled as ``config`` says, and the features of those drawn.

    Raises
    ------
    BookError, DataError
        What the target or the tables say does not hold.
    """
    with _opened(book, config, threads, progress) as data:
        target, unlabelled = _label(data, config)
        drawn = draw_sample(target.frame, key=target.key, config=fit)
        features, unscored = _features(data, drawn[target.key])
        data.inputs.check_unchanged()
    features = features.drop(book.outcome_features(config))
    return TrainingRows(features, target, {"labels": unlabelled, "features": unscored})


def split_config(book: Book) -> FitConfig:
    """Out of time by the customers' own as-of dates, where the book says nothing else."""
    if book.fit.split_column is None and book.fit.split == "auto" and book.book.as_of_column:
        return book.fit.model_copy(update={"split_column": book.book.as_of_column})
    return book.fit


def candidates(book: Book, config: TargetConfig) -> list[str]:
    """The features that may be trained on: all that the book makes, unless they are the outcome."""
    outcome = {book.book.key, *book.outcome_features(config)}
    return [name for name in book.feature_columns if name not in outcome]


@contextmanager
def _opened(book: Book, config: TargetConfig, threads: int, progress: Progress) -> Iterator[_Data]:
    out, needs = output_folder(book, None), whole(book)
    tables = needs.read | _outcome_tables(book, config)
    with (
        scratch_folder(out) as work,
        open_inputs(book, tables, out=out, whole=False, progress=progress) as inputs,
    ):
        yield _Data(chunked(inputs, needs, work), inputs, work, threads, progress)


def _outcome_tables(book: Book, config: TargetConfig) -> dict[str, Table]:
    """Where the outcome lies, besides what features are made of: the customers table with all its
    columns, and the target's table."""
    raw_customers = {book.book.customers: book.tables[book.book.customers]}
    return raw_customers | ({config.table: book.tables[config.table]} if config.table else {})


def _tables_of_outcome(book: Book, config: TargetConfig) -> frozenset[str]:
    """Tables whose rows after the as-of date say what became of the customers."""
    if config.by_fees and book.fee_income is not None and not config.same_window:
        return frozenset({book.fee_income.events})
    return frozenset({config.table} if config.table else ())


def _outcome_fees(data: Chunked, config: TargetConfig) -> FeeIncome | None:
    """How the fee income is made that says who is good."""
    if not config.by_fees or data.fees is None:
        return None
    return data.fees._replace(after=config.window_days)


def _label(data: _Data, config: TargetConfig) -> tuple[Target, int]:
    """Good or bad for every customer that can be judged; how many were quarantined."""
    book = data.chunks.book
    fees, later = _outcome_fees(data.chunks, config), _tables_of_outcome(book, config)
    same = book.fee_tables if config.same_window else ()
    narrow = _only(data.chunks._replace(fees=fees), {book.book.customers, *later, *same})
    parts = []
    accounts = Accounts.begin(book.ingest.max_quarantine_share, narrow.chunks)
    for _, batch in _batches(narrow, accounts, future=later):
        performance = batch.tables[config.table] if config.table else None
        parts.append(
            build_target(config, batch.customers, performance, key=book.book.key, as_of=AS_OF)
        )
    return merge_targets(parts), accounts.quarantined


def _features(data: _Data, keys: pl.Series) -> tuple[pl.DataFrame, int]:
    """Features of the customers in ``keys``, by key; how many of all were quarantined."""
    book, needs, threads = data.chunks.book, data.chunks.needs, data.threads
    chunks = _only(data.chunks, needs.tables)
    chunks = ranked(chunks, data.work, threads=threads, progress=data.progress)
    accounts = Accounts.begin(book.ingest.max_quarantine_share, chunks.chunks)
    outcomes = {target.column for target in book.targets if target.column}
    data.progress.start(len(chunks.chunks), accounts.expected_customers, accounts.expected_rows)
    frames = []
    for chunk, batch in _batches(chunks, accounts):
        wanted = batch.customers.filter(pl.col(book.book.key).is_in(keys.implode()))
        wanted = wanted.drop(outcomes)  # which a run does not read, so no derived column may
        drawn = batch._replace(customers=wanted)
        ranks = chunks.ranks_of(chunk)
        frames.append(features_of(needs, drawn, chunks.lookups, threads=threads, ranks=ranks))
        data.progress.chunk_done(chunk.number, chunk.customers, chunk.size, kept=False)
    return pl.concat(frames), accounts.quarantined


def _only(data: Chunked, tables: Collection[str]) -> Chunked:
    """The same chunks of ``tables`` alone."""
    chunks = [
        chunk._replace(rows={name: rows for name, rows in chunk.rows.items() if name in tables})
        for chunk in data.chunks
    ]
    return data._replace(chunks=chunks)


def _batches(
    data: Chunked, accounts: Accounts, future: frozenset[str] = frozenset()
) -> Iterator[tuple[Chunk, Batch]]:
    """Checked chunks; too many quarantined customers are an error."""
    for chunk, batch in read_ahead(data, data.chunks, future=future):
        accounts.check(batch)
        accounts.quarantined += batch.quarantined
        yield chunk, batch

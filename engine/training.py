"""``nightbook fit``: the book's own customers, aggregated as in a run, train its models.

Two passes over the chunks: the first labels customers, from the tables that say what became of
them; the second computes features, only of those who are trained or judged on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from engine.accounts import Accounts
from engine.book import Book, Table
from engine.book_file import load_book
from engine.chunk_work import Chunked, chunked, cores, features_of, read_ahead
from engine.errors import BookError
from engine.expressions import AS_OF
from engine.first_pass import ranked
from engine.fit import (
    FitConfig,
    FittedPd,
    Target,
    build_target,
    draw_sample,
    fit_pd,
    merge_targets,
)
from engine.ingest import Batch, Chunk
from engine.inputs import open_inputs
from engine.model_files import write_together
from engine.needs import whole
from engine.pipeline import output_folder
from engine.progress import Progress, Silent
from engine.publish import to_json
from engine.score import ModelConfig
from engine.scratch import scratch_folder


class TrainingResult(NamedTuple):
    """The files that were written, and the quality on held-out customers."""

    model: Path
    calibrator: Path
    metrics_file: Path
    metrics: dict[str, Any]


def train_pd(
    book_path: str | Path, *, threads: int | None = None, progress: Progress | None = None
) -> TrainingResult:
    """Trains the book's PD model and writes it, its calibrator and its metrics beside the book.

    Raises
    ------
    BookError
        The book has no ``[target]``, or its PD model is not a LightGBM text file.
    DataError
        The data break the contract, or there are too few customers, goods or bads.
    """
    book = load_book(Path(book_path))
    model = _trainable(book, str(book_path))
    progress, threads = progress or Silent(), threads or cores()
    config = _split_config(book)
    out, needs = output_folder(book, None), whole(book)
    tables = needs.read | _outcome_tables(book)
    with (
        scratch_folder(out) as work,
        open_inputs(book, tables, out=out, whole=False, progress=progress) as inputs,
    ):
        data = chunked(inputs, needs, work)
        target, unlabelled = _label(data)
        drawn = draw_sample(target.frame, key=target.key, config=config)
        data = ranked(_only(data, needs.tables), work, threads=threads, progress=progress)
        features, unscored = _features(data, drawn[target.key], threads, progress)
        inputs.check_unchanged()
    fitted = fit_pd(
        features,
        target,
        [name for name in book.feature_columns if name != book.book.key],
        config,
        prior_correction=model.prior_correction,
        num_threads=threads,
    )
    quarantined = {"labels": unlabelled, "features": unscored}
    result = _write(book, model, fitted, fitted.metrics | {"quarantined": quarantined})
    if model.calibrator is None:
        name = result.calibrator.name
        progress.note(f"the book names no calibrator: a run will not calibrate scores by {name}")
    return result


def _trainable(book: Book, path: str) -> ModelConfig:
    """The book's PD model, if it can be trained."""
    if book.target is None:
        raise BookError(f"{path}: [target] is missing: fit pd must know what bad means")
    name = next(name for name, model in book.models.items() if model.predicts == "pd")
    if book.models[name].file.endswith(".json"):
        raise BookError(
            f"{path}: models.{name}.file is a scorecard; fit pd trains LightGBM, whose text file "
            "does not end in .json"
        )
    return book.models[name]


def _split_config(book: Book) -> FitConfig:
    """Out of time by the customers' own as-of dates, where the book says nothing else."""
    if book.fit.split_column is None and book.fit.split == "auto" and book.book.as_of_column:
        return book.fit.model_copy(update={"split_column": book.book.as_of_column})
    return book.fit


def _outcome_tables(book: Book) -> dict[str, Table]:
    """Where the outcome lies: the customers table with all its columns, and the target's table."""
    outcome = book.target.table if book.target else None
    raw_customers = {book.book.customers: book.tables[book.book.customers]}
    return raw_customers | ({outcome: book.tables[outcome]} if outcome else {})


def _label(data: Chunked) -> tuple[Target, int]:
    """Good or bad for every customer that can be judged; how many were quarantined."""
    book, config = data.book, data.book.target
    if config is None:
        raise BookError("[target] is missing")
    outcome = frozenset({config.table} if config.table else ())
    parts = []
    narrow = _only(data, {book.book.customers, *outcome})
    accounts = Accounts.begin(book.ingest.max_quarantine_share, narrow.chunks)
    for _, batch in _batches(narrow, accounts, future=outcome):
        performance = batch.tables[config.table] if config.table else None
        parts.append(
            build_target(config, batch.customers, performance, key=book.book.key, as_of=AS_OF)
        )
    return merge_targets(parts), accounts.quarantined


def _features(
    data: Chunked, keys: pl.Series, threads: int, progress: Progress
) -> tuple[pl.DataFrame, int]:
    """Features of the customers in ``keys``, by key; how many of all were quarantined."""
    book = data.book
    outcome = [book.target.column] if book.target and book.target.column else []
    accounts = Accounts.begin(book.ingest.max_quarantine_share, data.chunks)
    progress.start(len(data.chunks), accounts.expected_customers, accounts.expected_rows)
    frames = []
    for chunk, batch in _batches(data, accounts):
        wanted = batch.customers.filter(pl.col(book.book.key).is_in(keys.implode()))
        wanted = wanted.drop(outcome)  # which a run does not read, so no derived column may
        drawn = batch._replace(customers=wanted)
        ranks = data.ranks_of(chunk)
        frames.append(features_of(data.needs, drawn, data.lookups, threads=threads, ranks=ranks))
        progress.chunk_done(chunk.number, chunk.customers, chunk.size, kept=False)
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


def _write(
    book: Book, model: ModelConfig, fitted: FittedPd, metrics: dict[str, Any]
) -> TrainingResult:
    """Where the files go."""
    model_file = book.folder / model.file
    named = book.folder / model.calibrator if model.calibrator else None
    calibrator = named or model_file.with_suffix(".calibrator.json")
    metrics_file = model_file.with_suffix(".metrics.json")
    contents = {
        model_file: fitted.model_text.encode(),
        calibrator: to_json(dict(fitted.calibrator)),
        metrics_file: to_json(metrics),
    }
    write_together(contents)
    return TrainingResult(model_file, calibrator, metrics_file, metrics)

"""``nightbook fit``: the book's own customers, aggregated as in a run, train its models.

Two passes over the chunks: the first labels customers, from the tables that say what became of
them; the second computes features, only of those who are trained or judged on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from engine.accounts import Accounts
from engine.book import Book, Table, load_book
from engine.errors import BookError
from engine.expressions import AS_OF
from engine.fit import (
    FitConfig,
    FittedPd,
    Target,
    build_target,
    draw_sample,
    fit_pd,
    merge_targets,
)
from engine.ingest import Chunk
from engine.ingest import Table as Prepared
from engine.inputs import open_inputs, scratch_folder
from engine.pipeline import cores, cut, features_of, output_folder, read_ahead
from engine.progress import Progress, Silent
from engine.publish import make_folder, to_json, write_durably
from engine.score import ModelConfig


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
    progress = progress or Silent()
    config = _split_config(book)
    out = output_folder(book, None)
    tables = _tables(book)
    with (
        scratch_folder(out) as work,
        open_inputs(book, tables, out=out, whole=False, progress=progress) as inputs,
    ):
        prepared, lookups = inputs.prepare(work)
        chunks = cut(book, prepared)
        target = _label(book, prepared, chunks)
        drawn = draw_sample(target.frame, key=target.key, config=config)
        features = _features(book, prepared, lookups, chunks, drawn[target.key], progress)
    fitted = fit_pd(
        features,
        target,
        [name for name in book.feature_columns if name != book.book.key],
        config,
        prior_correction=model.prior_correction,
        num_threads=threads or cores(),
    )
    return _write(book, model, fitted)


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


def _tables(book: Book) -> dict[str, Table]:
    """What a run reads, and where the outcome lies."""
    tables = book.run_tables | book.lookup_tables
    outcome = book.target.table if book.target else None
    raw_customers = {book.book.customers: book.tables[book.book.customers]}
    return tables | raw_customers | ({outcome: book.tables[outcome]} if outcome else {})


def _label(book: Book, tables: Mapping[str, Prepared], chunks: Sequence[Chunk]) -> Target:
    """Good or bad, for every customer that can be judged."""
    config, key = book.target, book.book.key
    if config is None:
        raise BookError("[target] is missing")
    outcome = frozenset({config.table} if config.table else ())
    wanted = {book.book.customers, *outcome}
    narrow = [_only(chunk, wanted) for chunk in chunks]
    parts = [
        build_target(
            config,
            batch.customers,
            batch.tables[config.table] if config.table else None,
            key=key,
            as_of=AS_OF,
        )
        for _, batch in read_ahead(book, tables, narrow, future=outcome)
    ]
    return merge_targets(parts)


def _features(
    book: Book,
    tables: Mapping[str, Prepared],
    lookups: Mapping[str, pl.DataFrame],
    chunks: Sequence[Chunk],
    keys: pl.Series,
    progress: Progress,
) -> pl.DataFrame:
    """Features of the customers in ``keys``, by key."""
    narrow = [_only(chunk, set(book.run_tables)) for chunk in chunks]
    accounts = Accounts.begin(book.ingest.max_quarantine_share, narrow)
    progress.start(len(narrow), accounts.expected_customers, accounts.expected_rows)
    frames = []
    for chunk, batch in read_ahead(book, tables, narrow):
        accounts.check(batch)
        wanted = batch.customers.filter(pl.col(book.book.key).is_in(keys.implode()))
        frames.append(features_of(book, batch._replace(customers=wanted), lookups))
        progress.chunk_done(chunk.number, chunk.customers, chunk.size, kept=False)
    return pl.concat(frames)


def _only(chunk: Chunk, tables: set[str]) -> Chunk:
    return chunk._replace(rows={name: r for name, r in chunk.rows.items() if name in tables})


def _write(book: Book, model: ModelConfig, fitted: FittedPd) -> TrainingResult:
    model_file = book.folder / model.file
    named = book.folder / model.calibrator if model.calibrator else None
    calibrator = named or model_file.with_suffix(".calibrator.json")
    metrics = model_file.with_suffix(".metrics.json")
    for folder in {model_file.parent, calibrator.parent}:
        make_folder(folder)
    write_durably(model_file, fitted.model_text.encode())
    write_durably(calibrator, to_json(dict(fitted.calibrator)))
    write_durably(metrics, to_json(fitted.metrics))
    return TrainingResult(model_file, calibrator, metrics, fitted.metrics)

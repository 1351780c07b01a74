"""``nightbook fit tuning``: a model file that exists is adapted to the customers of a book.

base ──open_base──▶ model, card    book ──tuning_rows──▶ train, validation, held-out
     ──continue, refit or recalibrate──▶ new file ──load_model──▶ both judged on held-out
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.book import Book
from engine.book_file import load_book
from engine.chunk_work import cores
from engine.errors import BookError
from engine.fit.calibrator import apply_calibrator, fit_calibrator
from engine.fit.tuning import (
    TuningRows,
    compared,
    continue_boosting,
    quality,
    recalibrate,
    recalibrated_card,
    refit_leaves,
    tuning_rows,
)
from engine.fit.tuning.rows import HELD_OUT, TRAIN, VALIDATION
from engine.model_files import write_together
from engine.progress import Progress, Silent
from engine.publish import to_json
from engine.score import Model, load_model
from engine.score.scorecard_json import Card
from engine.training_data import split_config, training_rows
from engine.tuning_task import Task, check_made, open_task

Vector = NDArray[np.float64]


class TuningResult(NamedTuple):
    """The files that were written, and the report. ``calibrator``: None where the book's model has
    none."""

    model: Path
    calibrator: Path | None
    report_file: Path
    report: dict[str, Any]


class _New(NamedTuple):
    """The adapted model: the bytes of its file, loaded, and how it came about."""

    data: bytes
    model: Model
    facts: dict[str, Any]


class _Portfolio(NamedTuple):
    """A book's customers, and what is to be said of how they came to be the rows."""

    rows: TuningRows
    facts: dict[str, Any]


def tune_model(
    book_path: str | Path, *, threads: int | None = None, progress: Progress | None = None
) -> TuningResult:
    """Adapts the model of the book's ``[fit.tuning]`` and writes it, a calibrator if the book's
    model has one (fitted anew on validation) and a report.

    Where nothing is better than the base on validation, the base is written under the new name.

    Raises
    ------
    BookError
        The book has no ``[fit.tuning]`` or ``[target]``, does not make a feature that the base
        reads, or contradicts the base; a file that is written would be the base.
    ModelError, InputMissingError
        The base cannot be used, or is not there.
    DataError
        The data break the contract, there are too few customers with the event or without, or the
        base ranks them backwards.
    """
    book = load_book(Path(book_path))
    task = open_task(book, str(book_path))
    progress, threads = progress or Silent(), threads or cores()
    old_book = _old_book(book, task)
    new_portfolio = _portfolio(book, task, threads, progress)
    old_portfolio = _portfolio(old_book, task, threads, progress) if old_book else None
    adapted = _adapt(task, new_portfolio.rows, book.fit.seed, threads)
    calibrator, of_new = _judged_here(task, adapted.model, new_portfolio, book.fit.seed, threads)
    of_old = None
    if old_portfolio is not None:
        of_old = _judged(task, adapted.model, old_portfolio, book.fit.seed, threads)
    report = {
        "model": task.config.model,
        "method": task.config.method,
        "base": {"file": task.config.base, "sha256": task.base.model.fingerprint},
        "event": task.event,
        "adapted": adapted.facts,
        "new": of_new,
        "old": of_old,
    }
    contents = {task.model_file: adapted.data, task.report_file: to_json(report)}
    if task.calibrator_file and calibrator:
        contents[task.calibrator_file] = to_json(calibrator)
    write_together(contents)
    return TuningResult(task.model_file, task.calibrator_file, task.report_file, report)


def _portfolio(book: Book, task: Task, threads: int, progress: Progress) -> _Portfolio:
    """The customers of a book, which is known to have a target."""
    if book.target is None:
        raise BookError(f"the book '{book.book.name}' has no [target]: what became of customers?")
    config = split_config(book)
    found = training_rows(book, book.target, config, threads=threads, progress=progress)
    rows = tuning_rows(found.features, found.target, config, task.event)
    facts = {
        "book": book.book.name,
        "split": {"by": config.split_column or "random", "seed": config.seed},
        "target": found.target.counts,
        **book.target.notes,
        "quarantined": found.quarantined,
        "customers_without_features": rows.without_features,
    }
    return _Portfolio(rows, facts)


def _old_book(book: Book, task: Task) -> Book | None:
    """The book that the base was fitted on, with all that is asked of it."""
    if task.config.old_book is None:
        return None
    path = book.folder / task.config.old_book
    old, place = load_book(path), f"fit.tuning.old_book {task.config.old_book}"
    if old.target is None:
        raise BookError(f"{place}: it has no [target]: what became of its customers?")
    check_made(old, task.base.model, place)
    return old


def _adapt(task: Task, rows: TuningRows, seed: int, threads: int) -> _New:
    if task.base.card is not None:
        data, facts = _recalibrated(task, task.base.card, rows, threads)
    else:
        data, facts = _other_trees(task, rows, seed, threads)
    with TemporaryDirectory() as folder:
        path = Path(folder) / task.model_file.name
        path.write_bytes(data)
        return _New(data, load_model(path), facts)


def _recalibrated(
    task: Task, card: Card, rows: TuningRows, threads: int
) -> tuple[bytes, dict[str, Any]]:
    """Nothing is chosen by validation, so both parts that are not held out are fitted on."""
    fitted = ~rows.of(HELD_OUT)
    z = task.base.model.predict(rows.features, threads=threads, raw_score=True)
    only = task.config.intercept_only
    found = recalibrate(z[fitted], rows.event[fitted], intercept_only=only, threads=threads)
    moved = recalibrated_card(card.model_dump(exclude_unset=True), found)
    return to_json(moved), found._asdict()


def _other_trees(
    task: Task, rows: TuningRows, seed: int, threads: int
) -> tuple[bytes, dict[str, Any]]:
    config, names = task.config, task.base.model.feature_names
    X, text = _matrix(rows.features, names), task.base.data.decode()
    train, validation = (
        (X[rows.of(part)], rows.event[rows.of(part)]) for part in (TRAIN, VALIDATION)
    )
    if config.method == "refit":
        rates = config.decay_rate
        found = refit_leaves(text, train, validation, names, candidates=rates, num_threads=threads)
    else:
        found = continue_boosting(
            text,
            train,
            validation,
            names,
            learning_rate=config.learning_rate,
            most_rounds=config.most_rounds,
            seed=seed,
            num_threads=threads,
        )
    facts = found._asdict()
    return facts.pop("text").encode(), facts


def _matrix(features: pl.DataFrame, names: tuple[str, ...]) -> Vector:
    """Features of the base in its order; what no split reads may be missing, or no number."""
    schema = features.schema
    columns = [
        pl.col(name).cast(pl.Float64)
        if name in schema and schema[name].is_numeric()
        else pl.lit(None, pl.Float64()).alias(name)
        for name in names
    ]
    return features.select(columns).to_numpy()


def _judged(
    task: Task, model: Model, portfolio: _Portfolio, seed: int, threads: int
) -> dict[str, Any]:
    """Base and new model on the held-out customers of a portfolio."""
    mine = portfolio.rows.of(HELD_OUT)
    features = portfolio.rows.features.filter(mine)
    before, after = (m.predict(features, threads=threads) for m in (task.base.model, model))
    return portfolio.facts | compared(before, after, portfolio.rows.event[mine], seed=seed)


def _judged_here(
    task: Task, model: Model, portfolio: _Portfolio, seed: int, threads: int
) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """A calibrator of the new model, if the book wants one, and the report on the new portfolio,
    with ``calibrated`` by it."""
    found = _judged(task, model, portfolio, seed, threads)
    if task.calibrator_file is None:
        return None, found
    rows = portfolio.rows
    p = model.predict(rows.features, threads=threads)
    fitted = rows.of(VALIDATION) & ~np.isnan(p)
    calibrator = fit_calibrator("auto", p[fitted], rows.event[fitted], np.ones(fitted.sum()))
    mine = rows.of(HELD_OUT)
    return calibrator, found | {
        "calibrated": quality(apply_calibrator(calibrator, p[mine]), rows.event[mine])
    }

"""``nightbook fit pd``: the book's own customers train its model of default."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from engine.book import Book
from engine.book_file import load_book
from engine.chunk_work import cores
from engine.errors import BookError
from engine.fit import FittedPd, TargetConfig, fit_pd
from engine.model_files import write_together
from engine.progress import Progress, Silent
from engine.publish import to_json
from engine.score import ModelConfig
from engine.training_data import candidates, split_config, training_rows


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
    model, target = _trainable(book, str(book_path))
    progress, threads = progress or Silent(), threads or cores()
    config = split_config(book)
    rows = training_rows(book, target, config, threads=threads, progress=progress)
    fitted = fit_pd(
        rows.features,
        rows.target,
        candidates(book, target),
        config,
        prior_correction=model.prior_correction,
        num_threads=threads,
    )
    result = _write(
        book, model, fitted, fitted.metrics | {"quarantined": rows.quarantined} | target.notes
    )
    if model.calibrator is None:
        name = result.calibrator.name
        progress.note(f"the book names no calibrator: a run will not calibrate scores by {name}")
    return result


def _trainable(book: Book, path: str) -> tuple[ModelConfig, TargetConfig]:
    """The book's PD model, if it can be trained, and what bad means."""
    if book.target is None:
        raise BookError(f"{path}: [target] is missing: fit pd must know what bad means")
    name = next((name for name, model in book.models.items() if model.predicts == "pd"), None)
    if name is None:
        raise BookError(f"{path}: models: none predicts 'pd', so there is nothing to fit")
    if book.models[name].file.endswith(".json"):
        raise BookError(
            f"{path}: models.{name}.file is a scorecard; fit pd trains LightGBM, whose text file "
            "does not end in .json"
        )
    return book.models[name], book.target


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

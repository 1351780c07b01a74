"""``nightbook fit scorecard``: the book's own customers train one of its scorecards."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from engine.book import Book
from engine.book_file import load_book
from engine.chunk_work import cores
from engine.errors import BookError, NightbookError
from engine.fit import FitConfig, TargetConfig
from engine.fit.scorecard import FittedScorecard, fit_scorecard, require_libraries
from engine.fit.scorecard_config import ScorecardFitConfig
from engine.model_files import write_together
from engine.progress import Progress, Silent
from engine.publish import to_json
from engine.score.model import Model
from engine.score.scorecard import read_scorecard
from engine.scratch import writing
from engine.training_data import candidates, split_config, training_rows

_SAME = 1e-9


class ScorecardResult(NamedTuple):
    """The files that were written, the report, and what to be warned of. ``plots`` may be none."""

    model: Path
    plots: tuple[Path, ...]
    metrics_file: Path
    metrics: dict[str, Any]
    warnings: tuple[str, ...]


def train_scorecard(
    book_path: str | Path, *, threads: int | None = None, progress: Progress | None = None
) -> ScorecardResult:
    """Fits the scorecard of the book's ``[fit.scorecard]`` and writes it beside the book.

    Raises
    ------
    BookError
        The book has no ``[fit.scorecard]`` or no target, names what it does not make or what the
        target is made of, or asks for a library that is not installed.
    DataError
        The data break the contract, or no scorecard can be fitted on them.
    """
    book = load_book(Path(book_path))
    config, target = _trainable(book, str(book_path))
    names = candidates(book, target)
    _check_no_outcome(book, config, names)
    require_libraries(config)
    progress, threads = progress or Silent(), threads or cores()
    fit = split_config(book)
    rows = training_rows(book, target, _drawn(fit), threads=threads, progress=progress)
    fitted = fit_scorecard(
        rows.features, rows.target, names, fit, config, threads=threads, note=progress.note
    )
    card = to_json(fitted.card)
    digest = hashlib.sha256(card).hexdigest()
    _check_same(card, digest, fitted)
    warnings = (*fitted.warnings, *_unused(book, config, digest))
    told = {"quarantined": rows.quarantined, "warnings": list(warnings)}
    report = {**fitted.report, **target.notes, **told}
    return _write(book, config, card, report, fitted.pictures, warnings)


def _trainable(book: Book, path: str) -> tuple[ScorecardFitConfig, TargetConfig]:
    config = book.fit.scorecard
    if config is None:
        raise BookError(f"{path}: [fit.scorecard] is missing: fit scorecard must know which model")
    target = config.target or book.target
    if target is None:
        raise BookError(
            f"{path}: [target] is missing, and [fit.scorecard.target]: fit scorecard must know "
            "what bad means"
        )
    return config, target


def _check_no_outcome(book: Book, config: ScorecardFitConfig, names: Sequence[str]) -> None:
    """Features may be all that are ``names``: the target was not made of them."""
    outcome = {*book.feature_columns} - {*names}
    for key in ("features", "weights", "offset"):
        named = getattr(config, key)
        for name in [named] if isinstance(named, str) else named or ():
            if name in outcome:
                raise BookError(
                    f"fit.scorecard.{key}: the target is made of '{name}', so nothing can be "
                    "learnt from it"
                )


def _drawn(fit: FitConfig) -> FitConfig:
    """Whose features are made: of all usable customers where the sample is compared with them."""
    compare = fit.sample_design is not None and fit.sample_design.compare
    return fit.model_copy(update={"sample": None}) if compare else fit


def _unused(book: Book, config: ScorecardFitConfig, digest: str) -> Iterator[str]:
    """What a run asks of the file, or does to its score, that the fit knows nothing of."""
    model = book.models[config.model]
    if model.sha256 is not None and model.sha256.lower() != digest:
        yield (
            f"models.{config.model}.sha256 is of another file, so a run refuses this one; its "
            f"sha256 is {digest}"
        )
    for key in ("prior_correction", "calibrator", "floor"):
        if getattr(model, key) is not None:
            yield (
                f"models.{config.model}.{key} changes the score that a run publishes; points, "
                "cut-off and figures are of the score before it"
            )


def _write(
    book: Book,
    config: ScorecardFitConfig,
    card: bytes,
    report: dict[str, Any],
    pictures: dict[str, bytes],
    warnings: tuple[str, ...],
) -> ScorecardResult:
    """Where the files go. Plots of an earlier fit do not stay beside another scorecard."""
    model = book.folder / book.models[config.model].file
    metrics_file, folder = model.with_suffix(".metrics.json"), model.with_suffix(".plots")
    plots = {folder / name: svg for name, svg in pictures.items()}
    write_together({model: card, metrics_file: to_json(report), **plots})
    for old in {*folder.glob("*.svg")} - plots.keys():
        with writing(old):
            old.unlink()
    return ScorecardResult(model, tuple(plots), metrics_file, report, warnings)


def _check_same(card: bytes, digest: str, fitted: FittedScorecard) -> None:
    """Scored as in a run, the file gives the probabilities that were judged."""
    names, scorer = read_scorecard(card)
    model = Model(names, names, digest, 1, True, scorer)
    off = float(np.abs(model.predict(fitted.heldout) - fitted.probability).max())
    if not off <= _SAME:
        raise NightbookError(f"fit scorecard: the file scores customers otherwise, by {off:.3g}")

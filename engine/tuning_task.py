"""What is to be tuned: the book's model, the base that it starts from, and where files go."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from engine.book import Book
from engine.errors import BookError, ModelError, did_you_mean
from engine.fit.scorecard_config import Event
from engine.fit.tuning import check_base
from engine.fit.tuning_config import TuningConfig
from engine.score import Model, ModelConfig, load_model
from engine.score.formats import SCORECARD, recognised
from engine.score.loading import naming, read_file
from engine.score.points import card_of
from engine.score.scorecard_json import Card


class Base(NamedTuple):
    """The model file that is adapted. ``card``: None for LightGBM text."""

    data: bytes
    model: Model
    card: Card | None


class Task(NamedTuple):
    """``event``: what base and new model give the probability of."""

    config: TuningConfig
    base: Base
    event: Event
    model_file: Path
    calibrator_file: Path | None
    report_file: Path


def open_task(book: Book, path: str) -> Task:
    """What ``[fit.tuning]`` of the book says, checked; ``path`` names the book in errors.

    Raises
    ------
    BookError
        A section is missing, or book and base contradict each other.
    ModelError, InputMissingError
        The base cannot be used, or is not there.
    """
    config = book.fit.tuning
    if config is None:
        raise BookError(f"{path}: [fit.tuning] is missing: which model, from which base?")
    if book.target is None:
        raise BookError(f"{path}: [target] is missing: fit tuning must know what bad means")
    model = _model(book, config, path)
    model_file = book.folder / model.file
    calibrator = book.folder / model.calibrator if model.calibrator else None
    report = model_file.with_suffix(".tuning.json")
    base_file = book.folder / config.base
    _check_kept(base_file, filter(None, (model_file, calibrator, report)), config, path)
    base = open_base(base_file, config)
    check_made(book, base.model, f"fit.tuning.base {config.base}")
    return Task(config, base, _event(config, model, base), model_file, calibrator, report)


def open_base(path: Path, config: TuningConfig) -> Base:
    """The base's file, read, validated and fit for the method.

    Raises
    ------
    BookError
        The method is not one for this kind of model.
    ModelError
        It cannot be used, or cannot be adapted: several classes, another objective, an average.
    """
    model, data = load_model(path), read_file(path)
    if hashlib.sha256(data).hexdigest() != model.fingerprint:
        raise ModelError(f"model file {path} has changed while it was read")
    kind = recognised(data)
    if kind not in (SCORECARD, "lightgbm"):
        raise BookError(
            f"fit.tuning.base: {config.base} is a model of the kind '{kind}'; LightGBM text and "
            "scorecards can be adapted"
        )
    if (kind == SCORECARD) != (config.method == "recalibrate"):
        fits = '"recalibrate"' if kind == SCORECARD else '"continue" or "refit"'
        what = "a scorecard" if kind == SCORECARD else "LightGBM text"
        raise BookError(
            f'fit.tuning.method = "{config.method}": {config.base} is {what}, whose method is '
            f"{fits}"
        )
    if kind == "lightgbm":
        try:
            check_base(data.decode())
        except ModelError as exc:
            raise naming(path, exc) from exc
    return Base(data, model, card_of(data))


def check_made(book: Book, model: Model, place: str) -> None:
    """Raises BookError where the base reads a feature that ``book`` does not make."""
    known = book.feature_columns
    missing = [name for name in model.used_features if name not in known]
    if missing:
        raise BookError(
            f"{place}: the base reads {len(missing)} features that the book '{book.book.name}' "
            f"does not make, such as '{missing[0]}'{did_you_mean(missing[0], known)}"
        )


def _model(book: Book, config: TuningConfig, path: str) -> ModelConfig:
    if config.model not in book.models:
        hint = did_you_mean(config.model, book.models)
        raise BookError(f"{path}: fit.tuning.model: the book has no model '{config.model}'{hint}")
    model = book.models[config.model]
    if model.prior_correction is not None:
        raise BookError(
            f"{path}: models.{config.model}.prior_correction: the adapted model is fitted to the "
            "book's own mix of good and bad customers; leave it out"
        )
    if model.sha256 is not None:
        raise BookError(
            f"{path}: models.{config.model}.sha256 pins the file that fit tuning writes; leave it "
            "out"
        )
    return model


def _check_kept(base: Path, written: Iterable[Path], config: TuningConfig, path: str) -> None:
    """The base is what the next tuning, and an audit, starts from."""
    for file in written:
        if file.resolve() == base.resolve():
            raise BookError(
                f"{path}: fit.tuning.base: {config.base} would be overwritten, since "
                f"models.{config.model} writes {file.name}; give the base another name"
            )


def _event(config: TuningConfig, model: ModelConfig, base: Base) -> Event:
    said = base.card.event if base.card else None
    if said and config.event and said != config.event:
        raise BookError(
            f'fit.tuning.event = "{config.event}": {config.base} says that it predicts "{said}"'
        )
    event = said or config.event or "bad"
    if model.predicts == "pd" and event != "bad":
        raise BookError(
            f'fit.tuning: {config.base} predicts the event "good", but models.{config.model} '
            "predicts 'pd', which is the probability of bad"
        )
    return event

"""Contradictions between ``[fit.scorecard]`` and the rest of a book."""

from __future__ import annotations

from collections.abc import Iterator

from engine.book import Book
from engine.errors import BookError, did_you_mean
from engine.fit.scorecard_config import ScorecardFitConfig


def scorecard_problems(book: Book, config: ScorecardFitConfig) -> Iterator[str]:
    """A line for every problem with the model that is to be fitted."""
    model = book.models.get(config.model)
    if model is None:
        hint = did_you_mean(config.model, book.models)
        yield f"fit.scorecard.model: no model '{config.model}'{hint}"
        return
    if not model.file.endswith(".json"):
        yield (
            f"fit.scorecard.model: models.{config.model}.file is '{model.file}'; a scorecard is a "
            "file that ends in .json"
        )
    if config.event == "good" and model.predicts == "pd":
        yield (
            f"fit.scorecard.event: models.{config.model} predicts 'pd', the probability of bad, "
            "not of good"
        )


def check_scorecard_names(book: Book) -> None:
    """Raises BookError where ``[fit.scorecard]`` names a feature that the book does not make, or
    that is the outcome."""
    config = book.fit.scorecard
    if config is None:
        return
    known = [name for name in book.feature_columns if name != book.book.key]
    target = config.target or book.target
    outcome = book.outcome_features(target) if target else []
    named = [("features", name) for name in config.features]
    named += [(key, name) for key in ("weights", "offset") if (name := getattr(config, key))]
    named += [("leave_out", name) for name in config.leave_out if name not in outcome]
    for key, name in named:
        if name in outcome:
            raise BookError(f"fit.scorecard.{key}: '{name}' says who is good: target.same_window")
        if name not in known:
            hint = did_you_mean(name, known)
            raise BookError(f"fit.scorecard.{key}: the book makes no feature '{name}'{hint}")

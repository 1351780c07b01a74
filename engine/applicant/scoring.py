"""``nightbook score-one``: an applicant's attributes, scored and offered as in the nightly run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from engine.applicant.answers import Answer, answers, values_of
from engine.applicant.attributes import read_attributes
from engine.book import Book
from engine.book_file import load_book
from engine.book_references import references
from engine.chunk_work import Work, published_rows
from engine.errors import BookError, did_you_mean
from engine.expressions import AS_OF
from engine.pipeline import open_models, open_pricing
from engine.score import Models


class Applicant(NamedTuple):
    """What the models say, and what a run would publish.

    ``missing``: what some model reads, or something it reads is made of, that was not given and
    counts as missing. ``unused``: what was given and nothing reads. ``row``: the columns that a run
    publishes, grade, offer and approval among them where the book has a strategy; None where
    ``row_needs``, which offers are made of, were not given, or where only one model was asked.
    """

    answers: tuple[Answer, ...]
    missing: list[str]
    unused: list[str]
    row: dict[str, Any] | None
    row_needs: list[str]

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return self._asdict() | {"answers": [answer.document() for answer in self.answers]}


def score_one(
    book_path: str | Path, given: Mapping[str, str], *, model: str | None = None
) -> Applicant:
    """Scores the applicant whose attributes are ``given``, texts by name, with every model or one.

    An empty text says that the value is missing. For a model, a name that is not there is missing
    too; an offer is only made where all that the strategy reads beside the scores was given. The
    stages are those of ``nightbook run``: the same values give the same bits.

    Raises
    ------
    BookError
        A name that the book does not make; ``model`` is none of the book.
    DataError
        A value that does not fit its column.
    """
    book = load_book(Path(book_path))
    models = open_models(_with(book, model))
    attributes = read_attributes(book, given)
    read = {name for names in models.required_features.values() for name in names}
    scored = attributes.traced(read)
    used, lacking = set(scored.used), list[str]()
    if model is None:
        offered = _read_by_offers(book)
        lacking = attributes.traced(offered).missing
        used.update(attributes.traced(offered | _published_as_they_are(book)).used)
    row = attributes.row
    return Applicant(
        answers(models, row, book.folder),
        scored.missing,
        sorted(attributes.values.keys() - used),
        _published(book, models, row) if model is None and not lacking else None,
        lacking,
    )


def _with(book: Book, model: str | None) -> Book:
    """``book`` with that model alone."""
    if model is None:
        return book
    if model not in book.models:
        raise BookError(f"the book has no model '{model}'{did_you_mean(model, book.models)}")
    return book.model_copy(update={"models": {model: book.models[model]}})


def _read_by_offers(book: Book) -> set[str]:
    """Features that grade, offer and approval depend on, scores apart."""
    named = {name for place, name in references(book) if not place.startswith("economics.")}
    propensity = book.take_up.propensity
    if propensity is not None and propensity not in {m.predicts for m in book.models.values()}:
        named.add(propensity)
    if book.strategy is not None and book.strategy.file is not None:
        named.add(AS_OF)  # it may be in force on some days only
    return named


def _published_as_they_are(book: Book) -> set[str]:
    """Features that are published, or that something published is made of, beside offers."""
    fees = book.fee_income.columns if book.fee_income else ()
    return {name for _, name in references(book)} | set(fees)


def _published(book: Book, models: Models, row: pl.DataFrame) -> dict[str, Any]:
    """The published columns but for the key, as JSON values."""
    published = published_rows(book, Work(models, open_pricing(book), 1), row)
    return values_of(published.drop(book.book.key))

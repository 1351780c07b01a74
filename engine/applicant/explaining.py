"""``nightbook explain``: one customer of the book, through the stages of the nightly run.

The chunk that holds the customer is read and checked as a run does it; then only the customer's
rows go on. Where a run is published, its row is compared with what comes out, to the bit.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from engine.applicant.answers import Answer, answers, values_of
from engine.applicant.publication import Publication, compared
from engine.applicant.values import typed
from engine.book import Book
from engine.chunk_work import (
    Chunked,
    Work,
    chunked,
    cores,
    features_of,
    published_rows,
    read_ahead,
)
from engine.errors import DataError
from engine.expressions import AS_OF
from engine.first_pass import ranked
from engine.ingest import Batch, Chunk
from engine.inputs import open_inputs, run_identity
from engine.needs import needs_of
from engine.pipeline import open_book, open_models, open_pricing, output_folder
from engine.progress import Progress, Silent
from engine.scratch import scratch_folder


class Explanation(NamedTuple):
    """``features``: those that models, rules or offers read. ``row``: what a run publishes of the
    customer. ``quarantined``: the broken rules of a customer that is not scored; the rest is empty
    then. ``published``: the run's row, None where nothing is published.
    """

    key: int | str
    chunk: int
    quarantined: list[dict[str, Any]]
    features: dict[str, Any]
    answers: tuple[Answer, ...]
    row: dict[str, Any] | None
    published: Publication | None

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        published = self.published._asdict() if self.published else None
        found = [answer.document() for answer in self.answers]
        return self._asdict() | {"answers": found, "published": published}


def explain(
    book_path: str | Path,
    key: str,
    *,
    out: str | Path | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Explanation:
    """Explains the customer with ``key``; ``out`` is the output folder of the book's runs.

    Raises
    ------
    DataError
        The key is not of its column's type, no customer has it, or the tables cannot be read.
    BookError, ModelError, InputMissingError
        As ``nightbook run``.
    """
    progress = progress or Silent()
    book = open_book(Path(book_path), None)
    using = Work(open_models(book), open_pricing(book), threads or cores())
    needs = needs_of(book, using.models.required_features)
    folder = output_folder(book, out)
    wanted = _key(book, key)
    with (
        scratch_folder(folder) as work,
        open_inputs(book, needs.read, out=folder, whole=False, progress=progress) as inputs,
    ):
        data = chunked(inputs, needs, work)
        chunk = _chunk_of(data, wanted)
        data = ranked(data, work, threads=using.threads, progress=progress)
        ((_, batch),) = read_ahead(data, [chunk])
        inputs.check_unchanged()
        mine = pl.col(book.book.key) == wanted
        found = _of_one(data, using, chunk, batch, mine)
        identity = run_identity(
            inputs,
            needs,
            using.models.fingerprints,
            using.pricing.fingerprints if using.pricing else {},
        )
    return Explanation(
        wanted,
        chunk.number,
        batch.violations.filter(mine).drop(book.book.key).to_dicts(),
        values_of(found.features.drop(AS_OF, strict=False)) if found else {},
        answers(using.models, found.features, book.folder) if found else (),
        values_of(found.row) if found else None,
        compared(book, folder, wanted, found.row if found else None, identity.facts),
    )


class _Found(NamedTuple):
    features: pl.DataFrame
    row: pl.DataFrame


def _key(book: Book, text: str) -> int | str:
    column = book.tables[book.book.customers].columns[book.book.key]
    value = typed(book.book.key, text, column.type)
    if value is None:
        raise DataError("the key is empty", column=book.book.key)
    known: int | str = value  # no other type is a key
    return known


def _chunk_of(data: Chunked, key: int | str) -> Chunk:
    """The chunk of the customer; keys alone are read."""
    customers = data.book.book.customers
    table = data.tables[customers]
    for chunk in data.chunks:
        keys = table.read_ranges(chunk.rows[customers], [data.needs.key])[data.needs.key]
        if key in keys:
            return chunk
    raise DataError(
        f"no customer of the table '{customers}' has the key {key}",
        file=table.origins[0] if len(table.origins) == 1 else None,
        column=data.needs.key,
    )


def _of_one(data: Chunked, using: Work, chunk: Chunk, batch: Batch, mine: pl.Expr) -> _Found | None:
    """The features and the published row of the one customer; None where it is quarantined."""
    customers = batch.customers.filter(mine)
    if customers.is_empty():
        return None
    tables = {name: frame.filter(mine) for name, frame in batch.tables.items()}
    features = features_of(
        data.needs,
        batch._replace(customers=customers, tables=tables),
        data.lookups,
        threads=using.threads,
        ranks=data.ranks_of(chunk),
    )
    return _Found(features, published_rows(data.book, using, features))

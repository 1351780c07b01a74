"""The nightly run: the stages in order. Start reading here.

ingest -> aggregate -> score -> evaluate -> publish, for chunks of whole customers
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from engine.accounts import Accounts, chunk_facts
from engine.book import Book
from engine.book_checks import check_models
from engine.book_file import load_book
from engine.chunk_work import cut, quarantine, read_ahead, work
from engine.errors import BookError
from engine.evaluate import Pricing, load_pricing, warnings
from engine.ingest import Chunk
from engine.inputs import Inputs, open_inputs, run_identity, run_tables
from engine.progress import Progress, Silent
from engine.publish import RunDirectory, open_run
from engine.result import RunResult, run_result
from engine.score import Models, load_models
from engine.scratch import remove_leftovers


def run(
    book_path: str | Path,
    *,
    out: str | Path | None = None,
    threads: int | None = None,
    chunk_customers: int | None = None,
    fresh: bool = False,
    hash_inputs: bool = False,
    progress: Progress | None = None,
) -> RunResult:
    """Scores and prices the book and publishes the result in ``out``.

    Parameters
    ----------
    out : the output folder; default: the book's, relative to the book.
    threads : for scoring; default: all cores. The result does not depend on it.
    chunk_customers : overrides the book's; memory and the unit of resume depend on it.
    fresh : run even if the same run is published already, or unfinished.
    hash_inputs : identify input files by all their bytes, not by size, time and footer.

    Raises
    ------
    NightbookError
        See ``engine.errors``. Nothing is published then, and the previous result stays.
    """
    started, progress = time.perf_counter(), progress or Silent()
    book = open_book(Path(book_path), chunk_customers)
    models, pricing = open_models(book), open_pricing(book)
    tables = run_tables(book)
    folder = output_folder(book, out)
    with open_inputs(book, tables, out=folder, whole=hash_inputs, progress=progress) as inputs:
        identity = run_identity(inputs, models.fingerprints, pricing.fingerprints)
        with open_run(folder, identity.run_id, fresh=fresh) as target:
            manifest, no_op = target.published, target.published is not None
            if manifest is None:
                work = _Work(models, pricing, threads or cores())
                manifest = _run_chunks(inputs, work, target, identity.facts)
    seconds = time.perf_counter() - started
    return run_result(manifest, target.path, seconds=seconds, no_op=no_op)


class _Work(NamedTuple):
    """What chunks are worked with."""

    models: Models
    pricing: Pricing
    threads: int


def _run_chunks(
    inputs: Inputs, using: _Work, target: RunDirectory, identity: dict[str, Any]
) -> dict[str, Any]:
    """Works chunk after chunk and commits; chunks of an earlier, killed run are kept."""
    book, progress = inputs.book, inputs.progress
    remove_leftovers(target.work)
    tables, lookups = inputs.prepare(target.work)
    chunks = cut(book, tables)
    accounts = Accounts.begin(book.ingest.max_quarantine_share, chunks)
    progress.start(len(chunks), accounts.expected_customers, accounts.expected_rows)
    waiting = _without_finished(chunks, target, accounts, progress)
    for chunk, batch in read_ahead(book, tables, waiting):
        accounts.check(batch)
        published = work(book, using.models, using.pricing, batch, lookups, using.threads)
        facts = chunk_facts(batch, published)
        inputs.check_unchanged()
        target.publish_part(chunk.number, published, sidecars=quarantine(batch), facts=facts)
        accounts.add(facts)
        progress.chunk_done(chunk.number, chunk.customers, chunk.size, kept=False)
        del batch, published  # before the next but one is read
    notes = {
        "tables": {name: {"order": t.how, "rows": t.rows} for name, t in tables.items()},
        "warnings": warnings(book.economics),
    }
    manifest = accounts.manifest() | identity | notes
    return target.commit(manifest, chunks=len(chunks), customers=accounts.scored)


def _without_finished(
    chunks: Iterable[Chunk], target: RunDirectory, accounts: Accounts, progress: Progress
) -> list[Chunk]:
    """The chunks to do; those that a killed run has finished go into the accounts."""
    waiting = []
    for chunk in chunks:
        kept = target.has_part(chunk.number)
        if kept is None:
            waiting.append(chunk)
        else:
            accounts.add(kept["facts"])
            progress.chunk_done(chunk.number, chunk.customers, chunk.size, kept=True)
    return waiting


def open_book(path: Path, chunk_customers: int | None) -> Book:
    """The book with the chunk size that holds for this run."""
    book = load_book(path)
    if chunk_customers is None:
        return book
    if chunk_customers < 1:
        raise BookError(f"chunk_customers = {chunk_customers}: must be at least 1")
    output = book.output.model_copy(update={"chunk_customers": chunk_customers})
    return book.model_copy(update={"output": output})


def open_models(book: Book) -> Models:
    """The book's models, once it is sure that the book makes what they read."""
    models = load_models(book.models, book.folder)
    check_models(book, models.required_features)
    return models


def open_pricing(book: Book) -> Pricing:
    """The book's economics, take-up and strategy, with the files that they name."""
    return load_pricing(
        book.economics,
        book.strategy,
        book.take_up,
        folder=book.folder,
        book=book.book.name,
        as_of=book.book.as_of,
    )


def output_folder(book: Book, out: str | Path | None) -> Path:
    """``out`` against the current folder, the book's own against the book."""
    return book.folder / book.output.dir if out is None else Path(out)


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0))

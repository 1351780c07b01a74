"""The nightly run: the stages in order. Start reading here.

ingest -> aggregate -> score -> evaluate -> publish, for chunks of whole customers
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from engine.accounts import Accounts, chunk_facts
from engine.book import Book
from engine.book_checks import check_models
from engine.book_file import load_book
from engine.chunk_work import Chunked, Work, chunked, cores, quarantine, read_ahead, work
from engine.errors import BookError
from engine.evaluate import Pricing, load_pricing, warnings
from engine.first_pass import ranked
from engine.ingest import Chunk
from engine.inputs import Inputs, open_inputs, run_identity
from engine.needs import needs_of
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
    threads : for aggregation and scoring; default: all cores. The result does not depend on it.
    chunk_customers : overrides the book's, or what is chosen by the size of the inputs; memory and
        the unit of resume depend on it.
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
    needs = needs_of(book, models.required_features)
    folder = output_folder(book, out)
    with open_inputs(book, needs.read, out=folder, whole=hash_inputs, progress=progress) as inputs:
        files = pricing.fingerprints if pricing else {}
        identity = run_identity(inputs, needs, models.fingerprints, files)
        with open_run(folder, identity.run_id, fresh=fresh) as target:
            manifest, no_op = target.published, target.published is not None
            if manifest is None:
                remove_leftovers(target.work)
                using = Work(models, pricing, threads or cores())
                data = chunked(inputs, needs, target.work)
                accounts = _run_chunks(data, using, inputs, target)
                manifest = _commit(data, accounts, target, identity.facts)
    seconds = time.perf_counter() - started
    return run_result(manifest, target.path, seconds=seconds, no_op=no_op)


def _run_chunks(data: Chunked, using: Work, inputs: Inputs, target: RunDirectory) -> Accounts:
    """Works chunk after chunk; chunks of an earlier, killed run are kept."""
    progress = inputs.progress
    accounts = Accounts.begin(data.book.ingest.max_quarantine_share, data.chunks)
    progress.start(len(data.chunks), accounts.expected_customers, accounts.expected_rows)
    waiting = _without_finished(data.chunks, target, accounts, progress)
    if waiting:
        data = ranked(data, target.work, threads=using.threads, progress=progress)
    for chunk, batch in read_ahead(data, waiting):
        accounts.check(batch)
        published = work(data, using, chunk, batch)
        facts = chunk_facts(batch, published, data.needs.fee_income)
        inputs.check_unchanged()
        target.publish_part(chunk.number, published, sidecars=quarantine(batch), facts=facts)
        accounts.add(facts)
        progress.chunk_done(chunk.number, chunk.customers, chunk.size, kept=False)
        del batch, published  # before the next but one is read
    return accounts


def _commit(
    data: Chunked, accounts: Accounts, target: RunDirectory, identity: dict[str, Any]
) -> dict[str, Any]:
    """Publishes what the chunks have come to; the manifest."""
    notes = {
        "chunk_customers": data.size,
        "tables": {name: {"order": t.how, "rows": t.rows} for name, t in data.tables.items()},
        "warnings": warnings(data.book.economics),
    }
    manifest = accounts.manifest() | identity | notes
    return target.commit(manifest, chunks=len(data.chunks), customers=accounts.scored)


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


def open_pricing(book: Book) -> Pricing | None:
    """The book's economics, take-up and strategy, with the files that they name; None where it has
    no strategy."""
    if book.economics is None or book.strategy is None:
        return None
    return load_pricing(
        book.economics,
        book.strategy,
        book.take_up,
        folder=book.folder,
        book=book.book.name,
        as_of=book.book.as_of,
    )


def needed_pricing(book: Book) -> Pricing:
    """``open_pricing`` for what works on offers. Raises BookError where the book has none."""
    pricing = open_pricing(book)
    if pricing is None:
        raise BookError(f"the book '{book.book.name}' has no [strategy]: its runs price nothing")
    return pricing


def output_folder(book: Book, out: str | Path | None) -> Path:
    """``out`` against the current folder, the book's own against the book."""
    return book.folder / book.output.dir if out is None else Path(out)

"""``nightbook optimise``: the best strategy for the book's published run.

Works on the run that ``CURRENT`` names, and runs the nightly job first where there is none. Only a
few narrow columns of it are read (``strategy.columns``).
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from engine.book import Book
from engine.book_file import load_book
from engine.errors import BookError, InputMissingError
from engine.pipeline import cores, open_pricing, output_folder, run
from engine.progress import Progress, Silent
from engine.publish import current_run, make_folder, write_durably
from engine.strategy import BookFacts, Method, best, narrow_columns, prepare, strategy_file
from engine.strategy.artefact import strategy_toml
from engine.strategy.table import write_menu

STRATEGY = "strategy.toml"


class OptimiseResult(NamedTuple):
    """In the words of the public contract; ``strategy``: an offer per segment and grade."""

    expected_profit: float
    upper_bound: float
    gap: float
    constraints: dict[str, dict[str, Any]]
    strategy: list[dict[str, Any]]
    seconds: float
    root_gap: float
    status: str
    expected_loss: float
    exposure: float
    expected_loans: float
    today: dict[str, float]
    shadow_prices: dict[str, float]
    cliff_share: float
    groups: list[dict[str, Any]]
    take_up: str
    file: Path
    run_id: str
    customers: int
    knocked_out: int


def optimise(
    book_path: str | Path,
    *,
    out: str | Path | None = None,
    method: Method = "exact",
    menu: Path | None = None,
    strategy: Path | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> OptimiseResult:
    """Finds the strategy that earns most under ``[optimise]`` and writes it.

    Parameters
    ----------
    out : the folder of the published run; default: the book's output folder.
    menu : write the table of all cells and entries there, as Parquet.
    strategy : the strategy's file; default: ``strategy.toml`` in the output folder.
    threads : default: all cores. The result does not depend on it.

    Raises
    ------
    NightbookError
        See ``engine.errors``; a BookError where no strategy holds all constraints.
    """
    started, progress = time.perf_counter(), progress or Silent()
    book = load_book(Path(book_path))
    pricing = open_pricing(book)
    folder, manifest = _published(book, Path(book_path), out, threads, progress)
    parts = [folder / part["name"] for part in manifest["parts"]]
    columns = narrow_columns(
        parts,
        folder.parent,
        manifest["content_hash"],
        propensity=book.take_up.propensity,
    )
    facts = _facts(book, manifest)
    prepared = prepare(columns, pricing, book.optimise, facts, threads=threads or cores())
    progress.note(f"menu: {prepared.table.counts.size} cells, {columns.pd.size:,} customers")
    if menu is not None:
        write_menu(prepared.table, menu)
    answer = best(prepared)
    file = strategy or folder.parent / STRATEGY
    text = strategy_toml(strategy_file(prepared, answer, facts, method))
    make_folder(file.resolve().parent)
    write_durably(file, text.encode())
    return OptimiseResult(
        expected_profit=answer.expected_profit,
        upper_bound=answer.upper_bound,
        gap=answer.gap,
        constraints=answer.constraints,
        strategy=[asdict(cell) for cell in answer.cells],
        seconds=time.perf_counter() - started,
        root_gap=answer.root_gap,
        status=answer.status,
        expected_loss=answer.expected_loss,
        exposure=answer.exposure,
        expected_loans=answer.count,
        today=_money(manifest),
        shadow_prices=answer.shadow_prices,
        cliff_share=answer.cliff_share,
        groups=answer.groups,
        take_up=pricing.take_up.slope_from,
        file=file,
        run_id=manifest["run_id"],
        customers=int(columns.pd.size),
        knocked_out=columns.knocked_out,
    )


def _published(
    book: Book,
    path: Path,
    out: str | Path | None,
    threads: int | None,
    progress: Progress,
) -> tuple[Path, dict[str, Any]]:
    """The run that counts, and its manifest; made where there is none."""
    folder = output_folder(book, out)
    try:
        found = current_run(folder)
    except InputMissingError:
        progress.note("no published run yet: the nightly job runs first")
        run(path, out=out, threads=threads, progress=progress)
        found = current_run(folder)
    manifest = _manifest(found)
    name = manifest["config"]["book"]["name"]
    if name != book.book.name:
        raise BookError(f"{found} is a run of the book '{name}', not of '{book.book.name}'")
    return found, manifest


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
    except (OSError, ValueError) as exc:
        raise InputMissingError(f"{folder}: no readable manifest.json: {exc}") from exc
    return found


def _facts(book: Book, manifest: dict[str, Any]) -> BookFacts:
    return BookFacts(
        name=book.book.name,
        currency=book.book.currency,
        as_of=book.book.as_of,
        made_from={
            "run_id": manifest["run_id"],
            "content_hash": manifest["content_hash"],
            "customers": manifest["counts"]["customers"]["scored"],
        },
        models=manifest["models"],
    )


def _money(manifest: dict[str, Any]) -> dict[str, float]:
    """What the run's own offers bring."""
    totals = manifest["totals"]["portfolio"]
    return {name: totals[name] for name in ("expected_profit", "expected_loss", "exposure")}

"""``nightbook optimise``: the best strategy for the book's published run.

Works on the run that ``CURRENT`` names, and runs the nightly job first where there is none. Only a
few narrow columns of it are read (``strategy.menu.columns``).
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from engine.book import Book
from engine.book_file import load_book
from engine.chunk_work import cores
from engine.errors import BookError, InputMissingError
from engine.evaluate import Pricing
from engine.optimise_result import OptimiseResult, of_answer, of_curves
from engine.pipeline import needed_pricing, output_folder, run
from engine.progress import Progress, Silent
from engine.publish import make_folder, write_durably
from engine.published import Published, open_published
from engine.strategy import (
    Answer,
    BookFacts,
    Method,
    Prepared,
    best,
    narrow_columns,
    prepare,
    strategy_file,
)
from engine.strategy.config import SpaceName
from engine.strategy.file.toml import strategy_toml
from engine.strategy.menu.table import write_menu
from engine.strategy.what_if.chart import frontier_svg
from engine.strategy.what_if.questions import Questions, answers, ask

STRATEGY = "strategy.toml"
CHART = "frontier.svg"


@dataclass(frozen=True)
class _Work:
    """An opened book with its run, and what the optimiser made of both."""

    book: Book
    found: Published
    facts: BookFacts
    prepared: Prepared
    threads: int
    progress: Progress

    @property
    def out(self) -> Path:
        """The output folder."""
        return self.found.folder.parent

    @property
    def today(self) -> dict[str, float]:
        """What the run's own offers bring."""
        totals = self.found.manifest["totals"]["portfolio"]
        return {name: totals[name] for name in ("expected_profit", "expected_loss", "exposure")}

    def common(self, method: Method) -> dict[str, Any]:
        """Fields of the result that do not depend on the answer."""
        return {
            "today": self.today,
            "take_up": self.prepared.pricing.take_up.slope_from,
            "run_id": self.found.manifest["run_id"],
            "customers": int(self.prepared.columns.pd.size),
            "knocked_out": self.prepared.columns.knocked_out,
            "method": method,
        }


def optimise(
    book_path: str | Path,
    *,
    out: str | Path | None = None,
    method: Method = "exact",
    menu: Path | None = None,
    strategy: Path | None = None,
    frontier: str | None = None,
    scenarios: bool = False,
    sensitivities: bool = False,
    bootstrap: int | None = None,
    trials: int | None = None,
    seed: int | None = None,
    space: SpaceName | None = None,
    resume: bool = False,
    threads: int | None = None,
    progress: Progress | None = None,
) -> OptimiseResult:
    """Finds the strategy that earns most under ``[optimise]`` and writes it.

    Parameters
    ----------
    out : the folder of the published run; default: the book's output folder.
    menu : write the table of all cells and entries there, as Parquet.
    strategy : the strategy's file; default: ``strategy.toml`` in the output folder.
    frontier : caps of one constraint, ``NAME=v1,v2,...`` or ``NAME=from:to:steps``; the best at
        each of them, and ``frontier.svg`` beside the strategy.
    scenarios : also solve the book's scenarios, and value every strategy under every scenario.
    sensitivities : also move one factor at a time.
    bootstrap : so many draws of how wrong the models may be, as ``[optimise.belief]`` says.
    trials, seed, space : of the methods nsga2 and tpe; default: ``[optimise.search]``.
    resume : go on with an interrupted search from its checkpoint.
    threads : default: all cores. The result does not depend on it.

    Raises
    ------
    NightbookError
        See ``engine.errors``; a BookError where no strategy holds all constraints.
    """
    started = time.perf_counter()
    book = load_book(Path(book_path))
    pricing = needed_pricing(book)
    asked = ask(
        book.optimise,
        pricing,
        frontier=frontier,
        scenarios=scenarios,
        sensitivities=sensitivities,
    )
    _check(book, asked, bootstrap, method)
    found = _published(book, Path(book_path), out, threads, progress or Silent())
    work = _prepared(book, pricing, found, threads or cores(), progress or Silent())
    if menu is not None:
        write_menu(work.prepared.table, menu)
    file = strategy or work.out / STRATEGY
    if method == "exact":
        return _exact(work, asked, file, bootstrap, started)
    changes = {"trials": trials, "seed": seed, "space": space}
    return _searched(work, method, changes, file, resume, started)


def _check(book: Book, asked: Questions, bootstrap: int | None, method: Method) -> None:
    """What cannot be asked for together, before anything is run."""
    if method != "exact" and (asked.caps is not None or asked.scenarios or asked.sensitivities):
        raise BookError(
            f"frontier, scenarios and sensitivities are of the method exact, not of {method}"
        )
    if bootstrap is not None and method != "exact":
        raise BookError(f"bootstrap is of the method exact, not of {method}")
    if bootstrap is None and book.optimise.belief.margin is not None:
        raise BookError("optimise.belief.margin needs draws: give --bootstrap, or leave it out")


def _published(
    book: Book, path: Path, out: str | Path | None, threads: int | None, progress: Progress
) -> Published:
    """The run that counts; made where there is none."""
    folder = output_folder(book, out)
    try:
        return open_published(book, folder)
    except InputMissingError:
        progress.note("no published run yet: the nightly job runs first")
        run(path, out=out, threads=threads, progress=progress)
        return open_published(book, folder)


def _prepared(
    book: Book, pricing: Pricing, found: Published, threads: int, progress: Progress
) -> _Work:
    manifest = found.manifest
    columns = narrow_columns(
        found.parts,
        found.folder.parent,
        manifest["content_hash"],
        propensity=book.take_up.propensity,
    )
    facts = BookFacts(
        name=book.book.name,
        currency=book.book.currency,
        as_of=book.book.as_of,
        made_from={
            "run_id": manifest["run_id"],
            "content_hash": manifest["content_hash"],
            "customers": manifest["counts"]["customers"]["scored"],
        },
        models=manifest["models"]
        | {file: {"sha256": digest} for file, digest in pricing.fingerprints.items()},
    )
    prepared = prepare(columns, pricing, book.optimise, facts, threads=threads)
    progress.note(f"menu: {prepared.table.counts.size} cells, {columns.pd.size:,} customers")
    return _Work(book, found, facts, prepared, threads, progress)


def _exact(
    work: _Work, asked: Questions, file: Path, bootstrap: int | None, started: float
) -> OptimiseResult:
    """The certified best, what else was asked, and the strategy's file."""
    prepared, answer = work.prepared, best(work.prepared)
    belief, text = None, strategy_toml(strategy_file(prepared, answer, work.facts, "exact"))
    if bootstrap is not None:
        prepared, answer, belief, text = _believed(work, answer, bootstrap)
    _write(file, text)
    further = answers(
        asked,
        prepared,
        answer,
        published=work.today,
        as_of=work.facts.as_of,
        threads=work.threads,
    )
    chart = _chart(further["frontier"], file, work.facts)
    seconds = time.perf_counter() - started
    return of_answer(
        answer,
        seconds=seconds,
        file=file,
        chart=chart,
        belief=belief,
        **work.common("exact"),
        **further,
    )


def _believed(
    work: _Work, answer: Answer, bootstrap: int
) -> tuple[Prepared, Answer, dict[str, Any], str]:
    """The belief in an answer (of bounds with a margin, where the book asks for one), and the
    strategy's file with it; reports of models lie beside them."""
    from engine.strategy.belief.answer import believed, with_belief
    from engine.strategy.belief.doubt import doubt_of

    book = work.book
    pd = next(model for model in book.models.values() if model.predicts == "pd")
    files = [book.folder / file if file else None for file in (pd.file, book.take_up.file)]
    pd_report, take_up_report = (file and file.with_suffix(".metrics.json") for file in files)
    doubt = doubt_of(
        book.optimise.belief,
        work.prepared.table.rows.segments,
        pd_report=pd_report,
        take_up_report=take_up_report,
    )
    found = believed(work.prepared, answer, doubt, repetitions=bootstrap, threads=work.threads)
    document = strategy_file(found.prepared, found.answer, work.facts, "exact")
    text = strategy_toml(with_belief(document, found.belief))
    return found.prepared, found.answer, asdict(found.belief), text


def _searched(
    work: _Work,
    method: Literal["nsga2", "tpe"],
    changes: dict[str, Any],
    file: Path,
    resume: bool,
    started: float,
) -> OptimiseResult:
    """As ``[optimise.search]`` says, but for ``changes``; Optuna is imported where it is used."""
    from engine.strategy.search.answering import answer_by_search, curve_constraints

    given = {name: value for name, value in changes.items() if value is not None}
    found = answer_by_search(
        work.prepared,
        method,
        work.prepared.config.search.model_copy(update=given),
        folder=work.out,
        resume=resume,
        threads=work.threads,
        told=work.progress.trials_done,
    )
    common = work.common(method)
    if found.answer is None:
        held = curve_constraints(work.prepared, found.result)
        return of_curves(found, held, seconds=time.perf_counter() - started, **common)
    document = strategy_file(work.prepared, found.answer, work.facts, method)
    _write(file, strategy_toml(document))
    seconds = time.perf_counter() - started
    return of_answer(found.answer, seconds=seconds, file=file, search=found.report, **common)


def _write(file: Path, text: str) -> None:
    make_folder(file.resolve().parent)
    write_durably(file, text.encode())


def _chart(frontier: dict[str, Any] | None, strategy: Path, facts: BookFacts) -> Path | None:
    """Beside the strategy."""
    if frontier is None:
        return None
    file = strategy.with_name(CHART)
    svg = frontier_svg(frontier, book=facts.name, currency=facts.currency)
    write_durably(file, svg.encode())
    return file

"""``nightbook optimise``: the best strategy for the book's published run.

Works on the run that ``CURRENT`` names, and runs the nightly job first where there is none. Only a
few narrow columns of it are read (``strategy.columns``).
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from engine.book import Book
from engine.book_file import load_book
from engine.errors import BookError, InputMissingError
from engine.pipeline import cores, open_pricing, output_folder, run
from engine.progress import Progress, Silent
from engine.publish import current_run, make_folder, write_durably
from engine.strategy import BookFacts, Method, best, narrow_columns, prepare, strategy_file
from engine.strategy.artefact import strategy_toml
from engine.strategy.chart import frontier_svg
from engine.strategy.config import SpaceName
from engine.strategy.optimise import Prepared
from engine.strategy.table import write_menu
from engine.strategy.what_if import Questions, answers, ask

if TYPE_CHECKING:
    from engine.strategy.belief_answer import Believed
    from engine.strategy.optimise import Answer
    from engine.strategy.search.answering import Searched

STRATEGY = "strategy.toml"
CHART = "frontier.svg"


class OptimiseResult(NamedTuple):
    """In the words of the public contract; ``strategy``: an offer per segment and grade."""

    expected_profit: float
    upper_bound: float | None
    gap: float | None
    constraints: dict[str, dict[str, Any]]
    strategy: list[dict[str, Any]]
    seconds: float
    root_gap: float | None
    status: str
    expected_loss: float
    exposure: float
    expected_loans: float
    today: dict[str, float]
    shadow_prices: dict[str, float]
    cliff_share: float
    groups: list[dict[str, Any]]
    take_up: str
    file: Path | None
    run_id: str
    customers: int
    knocked_out: int
    frontier: dict[str, Any] | None = None
    scenarios: list[dict[str, Any]] | None = None
    crossed: list[dict[str, Any]] | None = None
    sensitivities: list[dict[str, Any]] | None = None
    chart: Path | None = None
    method: Method = "exact"
    search: dict[str, Any] | None = None
    belief: dict[str, Any] | None = None


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
    started, progress = time.perf_counter(), progress or Silent()
    book = load_book(Path(book_path))
    pricing = open_pricing(book)
    asked = ask(
        book.optimise,
        pricing,
        frontier=frontier,
        scenarios=scenarios,
        sensitivities=sensitivities,
    )
    _check_method(asked, method)
    _check_bootstrap(book, bootstrap, method)
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
    common = _common(manifest, pricing.take_up.slope_from, prepared, method)
    if method == "exact":
        answer, report = best(prepared), None
    else:
        changes = {"trials": trials, "seed": seed, "space": space}
        searched = _search(prepared, method, changes, folder.parent, resume, threads, progress)
        if searched.answer is None:
            return _of_curve(prepared, searched, common, time.perf_counter() - started)
        answer, report = searched.answer, searched.report
    file = strategy or folder.parent / STRATEGY
    document, belief = strategy_file(prepared, answer, facts, method), None
    if bootstrap is not None:
        from engine.strategy.belief_answer import with_belief

        found = _believed(book, prepared, answer, bootstrap, threads)
        answer, belief = found.answer, asdict(found.belief)
        document = with_belief(strategy_file(found.prepared, answer, facts, method), found.belief)
    text = strategy_toml(document)
    make_folder(file.resolve().parent)
    write_durably(file, text.encode())
    further = answers(
        asked,
        prepared,
        answer,
        published=_money(manifest),
        as_of=facts.as_of,
        threads=threads or cores(),
    )
    chart = _chart(further["frontier"], file, facts)
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
        shadow_prices=answer.shadow_prices,
        cliff_share=answer.cliff_share,
        groups=answer.groups,
        file=file,
        chart=chart,
        search=report,
        belief=belief,
        **common,
        **further,
    )


def _common(
    manifest: dict[str, Any], take_up: str, prepared: Prepared, method: Method
) -> dict[str, Any]:
    """What does not depend on the answer."""
    return {
        "today": _money(manifest),
        "take_up": take_up,
        "run_id": manifest["run_id"],
        "customers": int(prepared.columns.pd.size),
        "knocked_out": prepared.columns.knocked_out,
        "method": method,
    }


def _search(
    prepared: Prepared,
    method: Literal["nsga2", "tpe"],
    changes: dict[str, Any],
    folder: Path,
    resume: bool,
    threads: int | None,
    progress: Progress,
) -> Searched:
    """As ``[optimise.search]`` says, but for ``changes``; Optuna is imported where it is used."""
    from engine.strategy.search.answering import answer_by_search

    given = {name: value for name, value in changes.items() if value is not None}
    return answer_by_search(
        prepared,
        method,
        prepared.config.search.model_copy(update=given),
        folder=folder,
        resume=resume,
        threads=threads or cores(),
        note=progress.note,
    )


def _of_curve(
    prepared: Prepared, searched: Searched, common: dict[str, Any], seconds: float
) -> OptimiseResult:
    """The result of a search whose answer is no table of cells: nothing of it is written."""
    from engine.strategy.search.answering import SEARCHED, curve_constraints

    totals = searched.totals
    return OptimiseResult(
        expected_profit=totals["profit"],
        upper_bound=None,
        gap=None,
        constraints=curve_constraints(prepared, searched.result),
        strategy=[],
        seconds=seconds,
        root_gap=None,
        status=SEARCHED,
        expected_loss=totals["loss"],
        exposure=totals["exposure"],
        expected_loans=totals["count"],
        shadow_prices={},
        cliff_share=0.0,
        groups=[],
        file=None,
        search=searched.report,
        **common,
    )


def _check_method(asked: Questions, method: Method) -> None:
    """Further answers are the exact method's; beside a search's they would mislead."""
    if method != "exact" and (asked.caps is not None or asked.scenarios or asked.sensitivities):
        raise BookError(
            f"frontier, scenarios and sensitivities are of the method exact, not of {method}"
        )


def _check_bootstrap(book: Book, bootstrap: int | None, method: Method) -> None:
    """A margin that is asked for and not applied would mislead, too."""
    if bootstrap is not None and method != "exact":
        raise BookError(f"bootstrap is of the method exact, not of {method}")
    if bootstrap is None and book.optimise.belief.margin is not None:
        raise BookError("optimise.belief.margin needs draws: give --bootstrap, or leave it out")


def _believed(
    book: Book, prepared: Prepared, answer: Answer, bootstrap: int, threads: int | None
) -> Believed:
    """The belief in an answer; reports of models lie beside them."""
    from engine.strategy.belief_answer import believed
    from engine.strategy.belief_doubt import doubt_of

    pd = next(model for model in book.models.values() if model.predicts == "pd")
    files = [book.folder / file if file else None for file in (pd.file, book.take_up.file)]
    pd_report, take_up_report = (file and file.with_suffix(".metrics.json") for file in files)
    doubt = doubt_of(
        book.optimise.belief,
        prepared.table.rows.segments,
        pd_report=pd_report,
        take_up_report=take_up_report,
    )
    return believed(prepared, answer, doubt, repetitions=bootstrap, threads=threads or cores())


def _chart(frontier: dict[str, Any] | None, strategy: Path, facts: BookFacts) -> Path | None:
    """Beside the strategy."""
    if frontier is None:
        return None
    file = strategy.with_name(CHART)
    svg = frontier_svg(frontier, book=facts.name, currency=facts.currency)
    write_durably(file, svg.encode())
    return file


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

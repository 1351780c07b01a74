"""``nightbook strategy``: a strategy as SQL, beside another one, and by the groups of the book.

All but the SQL works on the run that ``CURRENT`` names; nothing is run or written.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

from engine.book import Book
from engine.book_file import load_book
from engine.errors import BookError, DataError
from engine.evaluate import Pricing
from engine.evaluate.offers import OFFER_REASONS
from engine.evaluate.strategy_file import StrategyFile, check_belongs, read_strategy
from engine.pipeline import needed_pricing, output_folder
from engine.publish import make_folder, write_durably
from engine.published import open_published
from engine.strategy.file.customers import Strategy
from engine.strategy.file.sql import Money, Source, strategy_select
from engine.strategy.file.swap_report import cells_of, counts_of, money_of, pair_of, sets_of
from engine.strategy.file.swaps import Tally, lacking, tally, whole

TODAY = "today"
"""In place of a file: the offers of the run itself."""


class DiffResult(NamedTuple):
    """Amounts in ``currency``; all sums are exact and rounded once. A *side* is

    ``{approved, rate, limit, expected_profit, expected_loss, exposure, count}``: customers, average
    rate and limit (after caps) of the approved or None, and what they bring; ``count``: expected
    loans.

    ``a``, ``b``: names. ``total``: a side for each, and ``difference`` (b - a) of what they bring.
    ``sets``: by name (``swaps.SETS``) customers, mean_pd (if known), and a side for each;
    ``only_b`` gains approval, ``only_a`` loses it. ``segments``, ``groups``: customers of each set.
    ``cells``: where something changes for a customer, the largest change of profit first: segment,
    pd_above (exclusive) and pd_up_to, customers, changed, difference, and for each strategy a side
    with ``grade`` and ``offer`` (``{approve, rate, limit}`` of the file; None for today's).
    The grade of today's offers is the book's. ``unchanged_cells``: how many are not listed.
    ``notes``: what a reader must know.
    """

    book: str
    run_id: str
    currency: str
    a: str
    b: str
    customers: int
    total: dict[str, dict[str, Any]]
    sets: dict[str, dict[str, Any]]
    segments: list[dict[str, Any]]
    groups: list[dict[str, Any]]
    cells: list[dict[str, Any]]
    unchanged_cells: int
    notes: list[str]


class GroupsResult(NamedTuple):
    """``pairs``: for every two groups, each list in their order: groups, customers (eligible),
    compared (those of grades that both groups have), approval_rate and average_rate at equal PD,
    approval_ratio (the lower over the higher) and rate_difference; None where nobody is approved.
    """

    book: str
    run_id: str
    strategy: str
    pairs: list[dict[str, Any]]
    notes: list[str]


class _Run(NamedTuple):
    book: Book
    pricing: Pricing
    parts: list[Path]
    manifest: dict[str, Any]


def strategy_sql(
    strategy: str | Path,
    *,
    book: str | Path | None = None,
    table: str = "run",
    key: str | None = None,
    caps: bool | None = None,
) -> str:
    """A DuckDB SELECT with the strategy's offer to every row of ``table``.

    Parameters
    ----------
    book : with it the key, the caps, and what the offers bring where SQL can say it.
    table : a table or view, dotted names allowed, or a ``.parquet`` path or glob.
    key : the customers' column; without, every column that no offer changes is passed on.
    caps : whether the table has ``limit_cap``; default: as the book says, else it has.

    Raises
    ------
    NightbookError
        See ``engine.errors``.
    """
    shown = str(strategy)
    if book is None:
        file, _ = read_strategy(Path(strategy), shown)
        return strategy_select(file, Source(table, key, True if caps is None else caps))
    loaded = load_book(Path(book))
    file = _file(loaded, strategy)
    pricing = _pricing(loaded)
    own_caps = bool(pricing.strategy.caps) if caps is None else caps
    scores = frozenset(model.predicts for model in loaded.models.values())
    return strategy_select(
        file, Source(table, key or loaded.book.key, own_caps), Money(pricing, scores)
    )


def write_sql(text: str, path: Path) -> None:
    """Durably. Raises OutputError."""
    make_folder(path.resolve().parent)
    write_durably(path, f"{text}\n".encode())


def strategy_diff(
    book: str | Path, a: str | Path, b: str | Path, *, out: str | Path | None = None
) -> DiffResult:
    """What ``b`` changes for the customers of the published run, against ``a``.

    Parameters
    ----------
    a, b : strategy files, or "today" for the offers of the run itself.
    out : the folder of the published run; default: the book's output folder.

    Raises
    ------
    NightbookError
        See ``engine.errors``; a BookError where a strategy has no offer for a segment of the run.
    """
    run = _open(Path(book), out)
    named = [(str(name), _strategy(run.book, name)) for name in (a, b)]
    sides = [strategy for _, strategy in named]
    found = _tally(run, named, grouped=run.pricing.strategy.group is not None)
    cells = cells_of(found.eligible, sides, run.pricing)
    changed = [cell for cell in cells if cell["changed"]]
    (total,) = found.by().values()
    return DiffResult(
        book=run.book.book.name,
        run_id=run.manifest["run_id"],
        currency=run.book.book.currency,
        a=str(a),
        b=str(b),
        customers=whole(total["customers"]),
        total=money_of(total),
        sets=sets_of(found),
        segments=counts_of(found, "segment"),
        groups=counts_of(found, "group") if run.pricing.strategy.group else [],
        cells=sorted(changed, key=lambda cell: -abs(cell["difference"]["expected_profit"])),
        unchanged_cells=len(cells) - len(changed),
        notes=_notes(run, named),
    )


def strategy_groups(
    book: str | Path, strategy: str | Path, *, out: str | Path | None = None
) -> GroupsResult:
    """How a strategy treats the groups that the book names, at equal PD.

    As if two groups had the same mix of the strategy's grades: within a grade, a group is approved
    and priced as it is; a grade weighs what it weighs in both together, one that only one of them
    has nothing. ``strategy`` and ``out``: as for ``strategy_diff``.

    Raises
    ------
    NightbookError
        See ``engine.errors``; a BookError where the book names no group, or the run has only one.
    """
    run = _open(Path(book), out)
    if run.pricing.strategy.group is None:
        raise BookError(
            f"{book}: strategy.group is missing: the column whose groups are to be compared"
        )
    named = [(str(strategy), _strategy(run.book, strategy))]
    found = _tally(run, named * 2, grouped=True).eligible.by("group", "place")
    groups = list(dict.fromkeys(group for group, _ in found))
    if len(groups) < 2:
        raise BookError(
            f"{book}: strategy.group '{run.pricing.strategy.group}' has fewer than two groups "
            "among the customers who may be approved"
        )
    return GroupsResult(
        book=run.book.book.name,
        run_id=run.manifest["run_id"],
        strategy=str(strategy),
        pairs=[pair_of(found, pair) for pair in combinations(groups, 2)],
        notes=_notes(run, named),
    )


def _open(path: Path, out: str | Path | None) -> _Run:
    """The run that counts. Raises InputMissingError, or a BookError for that of another book."""
    book = load_book(path)
    found = open_published(book, output_folder(book, out))
    return _Run(book, _pricing(book), found.parts, found.manifest)


def _pricing(book: Book) -> Pricing:
    """Without the strategy that the book names: it may be gone, or in force no more.

    Raises BookError for a rule whose reason a reader of a run would take for the lack of an offer.
    """
    rules = book.strategy.knock_outs if book.strategy else ()
    taken = [rule.reason for rule in rules if rule.reason in OFFER_REASONS]
    if taken:
        raise BookError(
            f"strategy.knock_outs: the reason '{taken[0]}' is one that runs give where they "
            "have no offer, so it does not say who is knocked out; rename it"
        )
    unnamed = book.strategy and book.strategy.model_copy(update={"file": None})
    return needed_pricing(book.model_copy(update={"strategy": unnamed}))


def _strategy(book: Book, name: str | Path) -> Strategy:
    return None if str(name) == TODAY else _file(book, name)


def _file(book: Book, name: str | Path) -> StrategyFile:
    file, _ = read_strategy(Path(name), str(name))
    check_belongs(file, book=book.book.name, as_of=book.book.as_of, shown=str(name))
    return file


def _tally(run: _Run, named: Sequence[tuple[str, Strategy]], *, grouped: bool) -> Tally:
    (_, a), (_, b) = named
    found = tally(run.parts, a, b, run.pricing, grouped=grouped)
    if not found.sums:
        raise DataError("the run has no customers", file=str(run.manifest["run_id"]))
    for name, strategy in named:
        unknown = lacking(found, strategy)
        if unknown:
            listed = ", ".join(f"'{segment}' ({n:,} customers)" for segment, n in unknown.items())
            raise BookError(f"{name} has no offer for segments of the run: {listed}")
    return found


def _notes(run: _Run, named: Sequence[tuple[str, Strategy]]) -> list[str]:
    """What the figures rest on that is not what a reader would expect."""
    before, now = run.manifest["config"], run.book.model_dump(mode="json")
    notes = [
        f"the book's [{part}] has changed since the run: amounts are those of the book as it is now"
        for part in ("economics", "take_up")
        if before.get(part) != now[part]
    ]
    ruled = ("caps", "knock_outs")
    if any(before["strategy"].get(what) != now["strategy"][what] for what in ruled):
        notes.append(
            "caps or knock-outs of the book have changed since the run: run the book again"
        )
    for name, strategy in named:
        dated = strategy and (strategy.effective_from or strategy.effective_until)
        if dated and run.book.book.as_of is None:
            notes.append(
                f"{name} has dates, a run knows no customer's day: taken as in force for all"
            )
    return notes

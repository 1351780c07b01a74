"""``nightbook demo DIR``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.types import NonNegativeInt, PositiveInt


def demo(
    folder: Path,
    /,
    *,
    book: Literal["demo", "card-fees"] = "demo",
    customers: PositiveInt = 100_000,
    seed: NonNegativeInt = 7,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Writes a synthetic but realistic book: raw tables, models fitted on them, book.toml.

    Parameters
    ----------
    folder:
        An empty or new folder.
    book:
        demo: a card lender and its PD model. card-fees: card operations and fees, and a scorecard
        of who brings much fee income.
    customers:
        How many; each has 12 monthly statements, or some hundred operations and 50 fees. A PD model
        needs some 2,000, a scorecard 500.
    seed:
        The same seed gives the same bytes.
    json:
        One JSON object on stdout, all else on stderr.
    """
    made = _card_fees if book == "card-fees" else _demo
    return made(folder, customers, seed, json)


def _demo(folder: Path, customers: int, seed: int, json: bool) -> int:
    from engine.cli.display import print_json, shown_progress
    from engine.cli.fit import print_quality
    from engine.synth import write_demo
    from engine.training import train_pd

    with shown_progress() as progress:
        progress.note(f"writing {customers:,} customers to {folder}")
        book = write_demo(folder, customers=customers, seed=seed)
        progress.note("fitting the PD model")
        result = train_pd(book, progress=progress)
    if json:
        print_json({"book": book, "customers": customers, "seed": seed, **result._asdict()})
    else:
        print_quality(result)
        print(f"\nnightbook run {book}")
    return 0


def _card_fees(folder: Path, customers: int, seed: int, json: bool) -> int:
    from engine.cli.display import print_json, print_warnings, shown_progress
    from engine.cli.fit_scorecard import print_scorecard
    from engine.scorecard_training import train_scorecard
    from engine.synth import write_card_fees

    with shown_progress() as progress:
        progress.note(f"writing {customers:,} customers to {folder}")
        book = write_card_fees(folder, customers=customers, seed=seed)
        progress.note("fitting the scorecard")
        result = train_scorecard(book, progress=progress)
    print_warnings(result.warnings)
    if json:
        print_json({"book": book, "customers": customers, "seed": seed, **result._asdict()})
    else:
        print_scorecard(result)
        print(f"\nnightbook run {book}")
    return 0

"""``nightbook demo DIR``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.types import NonNegativeInt, PositiveInt


def demo(
    folder: Path,
    /,
    *,
    customers: PositiveInt = 100_000,
    seed: NonNegativeInt = 7,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Writes a synthetic but realistic book: raw tables, models fitted on them, book.toml.

    Parameters
    ----------
    folder:
        An empty or new folder.
    customers:
        How many; each has 12 monthly statements. A PD model needs some 2,000.
    seed:
        The same seed gives the same bytes.
    json:
        One JSON object on stdout, all else on stderr.
    """
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

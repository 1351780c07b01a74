"""``nightbook explain BOOK.toml KEY``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from cyclopts.types import PositiveInt

if TYPE_CHECKING:
    from engine.applicant import Explanation


def explain(
    book: Path,
    key: str,
    /,
    *,
    out: Path | None = None,
    threads: PositiveInt | None = None,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """One customer of the book: features, scores, what each feature adds, offer, published row.

    The customer goes through the stages of the nightly run; where a run is published, its row is
    compared with what comes out, to the bit. The tables are brought into customer order each time,
    in the output folder: a table that is not sorted by customer, or not Parquet, takes as long to
    prepare as in a run.

    Parameters
    ----------
    book:
        The book.toml.
    key:
        The customer's key.
    out:
        Output folder of the runs; default: the book's.
    threads:
        Threads to work with; default: all cores. The numbers do not depend on it.
    json:
        One JSON object on stdout, all else on stderr.
    """
    if threads is not None:  # read by Polars when it is first imported, which is below
        os.environ.setdefault("POLARS_MAX_THREADS", str(threads))
    from engine.applicant import explain as explained
    from engine.cli.display import print_json, shown_progress

    with shown_progress() as progress:
        found = explained(book, key, out=out, threads=threads, progress=progress)
    if json:
        print_json(found.document())
    else:
        _print(found)
    return 0


def _print(found: Explanation) -> None:
    from engine.cli.answers import print_answer, print_row

    for broken in found.quarantined:
        print_row(f"customer {found.key} is in quarantine", broken)
    told = {share.name for answer in found.answers for share in answer.shares}
    others = {name: value for name, value in found.features.items() if name not in told}
    if others:
        print_row(f"customer {found.key}", others)
    for answer in found.answers:
        print_answer(answer)
    if found.row is not None:
        print_row("as a run publishes it", found.row, absent="none")
    print(_compared(found))


def _compared(found: Explanation) -> str:
    """Whether that is what the published run says."""
    run = found.published
    if run is None:
        return "no run is published"
    changed = f"; changed since: {', '.join(run.changed)}" if run.changed else ""
    if run.equal:
        where = "has this row, to the bit" if run.row else "does not have this customer either"
    elif run.row is None:
        where = "does not have this customer"
    elif found.row is None:
        where = "has this customer"
    else:
        where = f"differs in {', '.join(run.differs)}"
    return f"the published run {run.run} {where}{changed}"

"""``nightbook score-one BOOK.toml --set name=value ...``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

if TYPE_CHECKING:
    from engine.applicant import Applicant

_MOST = 12
"""Names of a list that are printed; ``--json`` has all."""


def _pairs(_: type, given: Sequence[str]) -> None:
    """Wrong use, where one is not name=value or a name comes twice."""
    names = []
    for pair in given or ():
        name, sign, _value = pair.partition("=")
        if not (name and sign):
            raise ValueError(f"'{pair}' is not name=value")
        names.append(name)
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise ValueError(f"'{twice[0]}' is given twice")


def score_one(
    book: Path,
    /,
    *,
    given: Annotated[
        list[str] | None,
        Parameter(name="--set", validator=_pairs, consume_multiple=True, negative=()),
    ] = None,
    model: str | None = None,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Scores one applicant by the book's models, with the numbers of the nightly run.

    Shows each score, what every feature adds to it (points, where the model is a scorecard that has
    them), cut-off and decision; and the offer, where all that it depends on is given.

    Parameters
    ----------
    book:
        The book.toml.
    given:
        An attribute, as name=value: a column of the customers table, an aggregate or one of
        [features]. Repeat it for more. An empty value is missing; what is not given counts as
        missing and is listed.
    model:
        Only this model of the book, and no offer.
    json:
        One JSON object on stdout, all else on stderr.
    """
    from engine.applicant import score_one as scored_one
    from engine.cli.display import print_json

    pairs = (pair.partition("=") for pair in given or ())
    found = scored_one(book, {name: value for name, _, value in pairs}, model=model)
    if json:
        print_json(found.document())
    else:
        _print(found)
    return 0


def _print(found: Applicant) -> None:
    from engine.cli.answers import print_answer, print_row

    for answer in found.answers:
        print_answer(answer)
    if found.row is not None:
        print_row("as a run would publish it", found.row, absent="none")
    elif found.row_needs:
        print(f"no offer, since these are not given: {_listed(found.row_needs)}")
    if found.missing:
        print(f"counted as missing: {_listed(found.missing)}")
    if found.unused:
        print(f"not read by anything: {_listed(found.unused)}")


def _listed(names: list[str]) -> str:
    """All of them, or the first and how many more."""
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more

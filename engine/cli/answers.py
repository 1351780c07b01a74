"""How what a model says of one customer is printed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from engine.cli.display import print_table

if TYPE_CHECKING:
    from engine.applicant.answers import Answer, Share


_MOST = 20
"""Features that are printed of a model."""


def print_answer(answer: Answer) -> None:
    """Decision, score and points, then the features: those that add most first."""
    print_table(f"model {answer.model}", dict(_said(answer)))
    _print_aligned([_heads(answer), *_shares(answer)])


def print_row(title: str, row: Mapping[str, Any], *, absent: str = "missing") -> None:
    """Names and values; ``absent`` where there is none."""
    print_table(title, {name: _shown(value, absent) for name, value in row.items()})


def _said(answer: Answer) -> Iterator[tuple[str, str]]:
    if answer.cut_off is not None:
        yield "decision", _decision(answer)
    yield answer.predicts, _shown(answer.score)
    if answer.points is not None:
        cut_off = answer.cut_off_points
        beside = "" if cut_off is None else f" (cut-off {_fixed(cut_off, '.1f')})"
        yield "points", _fixed(answer.points, ".1f") + beside


def _decision(answer: Answer) -> str:
    """With the two numbers that were compared."""
    if answer.decision is None:
        return f"none, since the score is missing (cut-off {answer.cut_off:g})"
    return f"{answer.decision} (probability {answer.probability:g}, cut-off {answer.cut_off:g})"


def _heads(answer: Answer) -> list[str]:
    """Of the columns of features, as many as this model has."""
    heads = ["", "value", "raw score", "points"]
    return heads[: 2 if answer.base is None else 3 if answer.base_points is None else 4]


def _shares(answer: Answer) -> Iterator[list[str]]:
    """Lines of the base, of the features that add most, of the others, and of all together."""
    shares = sorted(answer.shares, key=_size, reverse=True)
    others = shares[_MOST:]
    if answer.base is not None:
        yield ["without features", "", _added(answer.base), _points(answer.base_points)]
    for share in shares[:_MOST]:
        yield [share.name, _shown(share.value), _added(share.contribution), _points(share.points)]
    if others:
        sums = _sum(s.contribution for s in others), _sum(s.points for s in others)
        yield [f"{len(others)} others (--json has all)", "", _added(sums[0]), _points(sums[1])]
    if answer.base is not None:
        yield ["together", "", _added(answer.raw), _points(answer.points)]


def _sum(numbers: Iterable[float | None]) -> float | None:
    there = [number for number in numbers if number is not None]
    return sum(there) if there else None


def _print_aligned(lines: list[list[str]]) -> None:
    """Names to the left, numbers to the right; what has no head is left out."""
    columns = list(zip(*(line[: len(lines[0])] for line in lines), strict=True))
    names, *numbers = columns
    left = max(map(len, names))
    widths = [max(map(len, column)) for column in numbers]
    for name, *cells in zip(names, *numbers, strict=True):
        shown = (f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
        print(f"  {name:<{left}}  {'  '.join(shown)}".rstrip())


def _size(share: Share) -> float:
    """What keeps a score from being known comes first."""
    return math.inf if share.contribution is None else abs(share.contribution)


def _added(contribution: float | None) -> str:
    return "missing" if contribution is None else _fixed(contribution, "+.4f")


def _points(points: float | None) -> str:
    return "missing" if points is None else _fixed(points, "+.1f")


def _fixed(number: float, spec: str) -> str:
    """A number of hundreds of digits fits no terminal."""
    return format(number, spec if abs(number) < 1e9 else ".4g")


def _shown(value: Any, absent: str = "missing") -> str:
    if value is None:
        return absent
    return f"{value:.6g}" if isinstance(value, float) else str(value)

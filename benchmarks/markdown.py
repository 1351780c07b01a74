"""Figures as tables of README.md, between marks: none of them is typed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path


def replace_section(readme: Path, section: str, text: str) -> None:
    """Replace what stands between the marks of a section.

    Raises
    ------
    ValueError
        The marks are not there, each once.
    """
    begin, end = marks(section)
    old = readme.read_text()
    if old.count(begin) != 1 or old.count(end) != 1:
        raise ValueError(f"{readme} must hold '{begin}' and '{end}', each once")
    before, rest = old.split(begin)
    readme.write_text(f"{before}{begin}\n\n{text}\n{end}{rest.split(end)[1]}")


def marks(section: str) -> tuple[str, str]:
    """What stands before and behind the tables of a section."""
    return f"<!-- {section}: generated -->", f"<!-- {section}: end -->"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """As markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def times(ratio: float | None) -> str:
    """Three digits; nothing if there is no ratio."""
    return "" if ratio is None else f"{ratio:.2f}" if ratio < 10 else f"{ratio:.1f}"

"""What a published run says of one customer, and whether that is what comes out now."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from engine.applicant.answers import values_of
from engine.book import Book
from engine.errors import InputMissingError
from engine.inputs import OF_OTHERS
from engine.published import Published, open_published

_MADE_OF = ("inputs", "models", "pricing", "config", "versions")
"""What a run's result depends on, as its manifest has it."""


class Publication(NamedTuple):
    """``row``: the run's, None where it has none of this customer. ``equal``: to the last bit what
    comes out now; ``differs``: the columns that are not. ``changed``: what is not as it was when
    the run was made, of inputs, models, pricing, config and versions; how chunks were cut and how
    much of a file was hashed are no change.
    """

    run: str
    row: dict[str, Any] | None
    equal: bool
    differs: list[str]
    changed: list[str]


def compared(
    book: Book, out: Path, key: int | str, now: pl.DataFrame | None, facts: Mapping[str, Any]
) -> Publication | None:
    """The row of ``key`` in the run that ``CURRENT`` names in ``out``; None without such a run.

    Parameters
    ----------
    now : the row that comes out now, None for a customer in quarantine.
    facts : what that is made of (``engine.inputs.run_identity``).

    Raises
    ------
    BookError
        The run is of another book.
    InputMissingError
        A part of the run, or its manifest, is not there or cannot be read.
    """
    if not (out / "CURRENT").is_file():
        return None
    run = open_published(book, out)
    row = _row(run, book.book.key, key)
    differs = _differing(row, now)
    try:
        changed = _changed(run.manifest, facts)
    except (LookupError, TypeError, AttributeError) as exc:
        raise InputMissingError(f"{run.folder}: no readable manifest.json: {exc}") from exc
    return Publication(
        run=run.folder.name,
        row=None if row is None else values_of(row),
        equal=not differs,
        differs=differs,
        changed=changed,
    )


def _row(run: Published, name: str, key: int | str) -> pl.DataFrame | None:
    try:
        parts = pl.scan_parquet(run.parts, glob=False)
        found = parts.filter(pl.col(name) == key).collect(engine="in-memory")
    except (OSError, pl.exceptions.PolarsError) as exc:
        reason = str(exc).splitlines()[0]
        raise InputMissingError(f"{run.folder}: the parts cannot be read: {reason}") from exc
    return found if found.height else None


def _differing(row: pl.DataFrame | None, now: pl.DataFrame | None) -> list[str]:
    """Columns with other bits, or that only one of the two has."""
    before = {} if row is None else row.row(0, named=True)
    after = {} if now is None else now.row(0, named=True)
    names = dict.fromkeys((*before, *after))
    same = {n for n in before.keys() & after.keys() if _bits(before[n]) == _bits(after[n])}
    return [name for name in names if name not in same]


def _bits(value: Any) -> Any:
    """A float by its bits: NaN equals itself, and 0 is not -0."""
    return struct.pack("<d", value) if isinstance(value, float) else value


def _changed(manifest: Mapping[str, Any], facts: Mapping[str, Any]) -> list[str]:
    before, now = _comparable(manifest), _comparable(json.loads(json.dumps(facts)))
    changed = [name for name in _MADE_OF if before[name] != now[name]]
    if "inputs" in changed and _same_files(before["inputs"], now["inputs"]):
        changed.remove("inputs")
    return changed


def _comparable(facts: Mapping[str, Any]) -> dict[str, Any]:
    """``facts`` without what no published row depends on."""
    apart = ("output", *OF_OTHERS)
    config = {name: part for name, part in facts["config"].items() if name not in apart}
    return {**facts, "config": config}


def _same_files(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """A run may have hashed whole files, where path, size and time must do here."""
    if before.keys() != now.keys() or any(len(before[name]) != len(now[name]) for name in now):
        return False
    pairs = (pair for name in now for pair in zip(before[name], now[name], strict=True))
    return all(_known_by(*pair) == _known_by(*reversed(pair)) for pair in pairs)


def _known_by(file: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """What can be compared of ``file``: its hash, if that of ``other`` is of the same."""
    alike = file.get("sha256_of") == other.get("sha256_of")
    return {name: said for name, said in file.items() if alike or not name.startswith("sha256")}

"""Columns that ingest adds to rows: the file a row came from, the cells that could not be read."""

from __future__ import annotations

import re
from collections.abc import Iterable

import polars as pl

FILE = "__file"
"""Which of a table's ``origins`` a row came from (UInt32)."""
UNREADABLE = "__unreadable"
"""Cells that have text but no value of the declared type: ``column=text`` parts, or null."""
_SEPARATOR = "\x1f"


def unreadable_cells(cells: Iterable[tuple[str, pl.Expr, pl.Expr]]) -> pl.Expr:
    """``UNREADABLE``, of (column, its text, whether the text has no value)."""
    notes = [
        pl.when(lost).then(pl.concat_str(pl.lit(f"{_SEPARATOR}{name}="), text))
        for name, text, lost in cells
    ]
    joined = pl.concat_str(notes, ignore_nulls=True) if notes else pl.lit("")
    return pl.when(joined != "").then(joined).cast(pl.String).alias(UNREADABLE)


def is_unreadable(column: str) -> pl.Expr:
    """True, or null or false, for a row: whether the cell of ``column`` is noted as unreadable."""
    return pl.col(UNREADABLE).str.contains(f"{_SEPARATOR}{column}=", literal=True)


def unreadable_text(column: str) -> pl.Expr:
    """The text of that cell."""
    return pl.col(UNREADABLE).str.extract(f"{_SEPARATOR}{re.escape(column)}=([^{_SEPARATOR}]*)")

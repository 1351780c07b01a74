"""Cut-offs: which rows had not happened, or were not known, at the customer's as-of date."""

from __future__ import annotations

import polars as pl

from engine.expressions import AS_OF
from engine.ingest.config import TableConfig
from engine.ingest.marks import UNREADABLE, is_unreadable


def without_late(frame: pl.DataFrame, config: TableConfig) -> pl.DataFrame:
    """``frame`` without the rows that a book leaves out by date; itself where none is.

    A row counts if its ``known_at`` date is on or before the as-of date (a missing one is not;
    one that cannot be read stays, for the contract check to find), and, where ``after_as_of`` is
    "drop", its event date is on or before it (or before it, as ``cutoff`` says) or missing.
    """
    late = [*_unknown(frame, config), *_after(config)]
    if not late:
        return frame
    is_late = frame.select(pl.any_horizontal(rule.fill_null(False) for rule in late)).to_series()
    return frame.filter(~is_late) if is_late.any() else frame


def _unknown(frame: pl.DataFrame, config: TableConfig) -> list[pl.Expr]:
    if config.known_at is None:
        return []
    day = pl.col(config.known_at).cast(pl.Date)
    missing = day.is_null()
    if UNREADABLE in frame.columns:
        missing = missing & ~is_unreadable(config.known_at).fill_null(False)
    return [missing, day > pl.col(AS_OF)]


def _after(config: TableConfig) -> list[pl.Expr]:
    if config.event_date is None or config.after_as_of != "drop":
        return []
    day = pl.col(config.event_date).cast(pl.Date)
    return [day >= pl.col(AS_OF) if config.cutoff == "before" else day > pl.col(AS_OF)]

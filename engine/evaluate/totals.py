"""Portfolio and segment totals that do not depend on chunks, threads or the order of rows.

Sums are kept exactly, as integers in units of 2^-1074 (``kernels.exact_sum``), and rounded once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from kernels.exact_sum import exact_sums, rounded

MONEY = ("expected_profit", "expected_loss", "exposure")
"""Columns that are summed."""
COUNTS = ("customers", "approved")

Exact = dict[str, dict[str, int]]
"""segment -> name of a count or a sum -> integer."""


def exact_totals(published: pl.DataFrame) -> Exact:
    """Totals of one chunk by segment; MONEY in units of 2^-1074. Without offers, customers only."""
    groups = published.select(pl.col("segment").rank("dense").cast(pl.Int64) - 1).to_series()
    segments = published["segment"].unique().sort().to_list()
    priced = "approve" in published.columns
    approved = [pl.col("approve").sum().alias("approved")] if priced else []
    counts = published.group_by("segment").agg(pl.len().alias("customers"), *approved)
    totals: Exact = {
        str(segment): dict(zip(COUNTS, map(int, numbers), strict=False))
        for segment, *numbers in counts.sort("segment").iter_rows()
    }
    for column in MONEY if priced else ():
        sums = exact_sums(published[column].to_numpy(), groups.to_numpy(), len(segments))
        for segment, value in zip(segments, sums, strict=True):
            totals[segment][column] = value
    return totals


def merge(parts: Iterable[Exact]) -> Exact:
    """Sum of totals; any order of ``parts`` gives the same integers."""
    merged: Exact = {}
    for part in parts:
        for segment, values in part.items():
            into = merged.setdefault(segment, dict.fromkeys(values, 0))
            for name, value in values.items():
                into[name] += value
    return merged


def as_text(totals: Exact) -> dict[str, dict[str, str]]:
    """For JSON: the integers have up to 2,100 bits, so they travel as hexadecimal text."""
    return {seg: {name: hex(value) for name, value in row.items()} for seg, row in totals.items()}


def from_text(totals: Mapping[str, Mapping[str, str]]) -> Exact:
    """The reverse of ``as_text``."""
    return {
        seg: {name: int(value, 16) for name, value in row.items()} for seg, row in totals.items()
    }


def rounded_totals(totals: Exact) -> dict[str, Any]:
    """``portfolio`` and ``segments``: counts as integers, money as the nearest float64."""
    whole = dict.fromkeys(next(iter(totals.values()), (*COUNTS, *MONEY)), 0)
    for values in totals.values():
        for name, value in values.items():
            whole[name] += value
    return {
        "portfolio": _rounded(whole),
        "segments": {segment: _rounded(totals[segment]) for segment in sorted(totals)},
    }


def _rounded(values: Mapping[str, int]) -> dict[str, float | int]:
    return {name: v if name in COUNTS else rounded(v) for name, v in values.items()}

"""The exact totals of published parts, added up again from the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from engine.errors import DataError
from engine.publish.frames import read_frame
from kernels.exact_sum import exact_sums, rounded

SUMMED = ("expected_profit", "expected_loss", "exposure")
_SEGMENT = "segment"
Totals = dict[str, dict[str, float]]


def totals_differ(parts: Sequence[Path], recorded: Any) -> list[str]:
    """What is wrong with the ``totals`` of a manifest, one line each; empty if nothing is.

    ``recorded``: ``{"portfolio": {column: total}, "segments": {segment: {column: total}}}``.
    Columns of ``SUMMED`` that the parts do not have are not compared. Raises DataError and
    OutputError for parts that cannot be added up.
    """
    portfolio, segments = add_up(parts)
    problems = _differences("portfolio", portfolio, _mapping(recorded).get("portfolio"))
    stated = _mapping(_mapping(recorded).get("segments"))
    for name in sorted(segments.keys() | stated.keys()):
        label = f"segment {name}"
        if name in segments:
            problems += _differences(label, segments[name], stated.get(name))
        else:
            problems.append(f"{label}: has totals but no rows")
    return problems


def add_up(parts: Sequence[Path]) -> tuple[dict[str, float], Totals]:
    """Totals of the portfolio and of each segment, each rounded once; memory of one part."""
    sums: Counter[tuple[str, str]] = Counter()
    for path in parts:
        frame = read_frame(path)
        for key, total in _sums_of(frame, path.name).items():
            sums[key] += total
    portfolio: Counter[str] = Counter()
    segments: Totals = {}
    for (segment, column), total in sums.items():
        portfolio[column] += total
        segments.setdefault(segment, {})[column] = _rounded(total, column)
    return {column: _rounded(total, column) for column, total in portfolio.items()}, segments


def _rounded(total: int, column: str) -> float:
    try:
        return rounded(total)
    except OverflowError as exc:
        raise DataError("the total is beyond float64", column=column) from exc


def _sums_of(frame: pl.DataFrame, file: str) -> dict[tuple[str, str], int]:
    """Exact sums of one part by (segment, column), in units of 2^-1074; a null adds nothing."""
    columns = [name for name in SUMMED if name in frame.columns]
    if frame.is_empty() or not columns:
        return {}
    names, groups = _groups(frame, file)
    sums = {}
    for column in columns:
        values = frame[column].cast(pl.Float64).fill_null(0.0)
        if not values.is_finite().all():
            raise DataError("NaN or infinite, so no total", file=file, column=column)
        totals = exact_sums(values.to_numpy(), groups, len(names))
        sums.update({(name, column): int(t) for name, t in zip(names, totals, strict=True)})
    return sums


def _groups(frame: pl.DataFrame, file: str) -> tuple[list[str], Any]:
    """The segments of a part and for each row its number, int64 (n,)."""
    if _SEGMENT not in frame.columns:
        return ["all"], np.zeros(frame.height, dtype=np.int64)
    segment = frame[_SEGMENT].cast(pl.String)
    if nulls := segment.null_count():
        raise DataError("null segments", file=file, column=_SEGMENT, count=nulls)
    names = segment.unique().sort().to_list()
    groups = segment.cast(pl.Enum(names)).to_physical().cast(pl.Int64).to_numpy()
    return names, groups


def _differences(label: str, found: Mapping[str, float], stated: Any) -> list[str]:
    recorded = _mapping(stated)
    return [
        f"{label}: {column} adds up to {total!r}, not {recorded.get(column)!r}"
        for column, total in found.items()
        if recorded.get(column) != total
    ]


def _mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is a mapping, else an empty one: then everything in it is missing."""
    return value if isinstance(value, Mapping) else {}

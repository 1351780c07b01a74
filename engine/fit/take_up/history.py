"""The history of offers, checked: what the customer was like, what was offered, who applied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.errors import BookError, DataError, did_you_mean
from engine.fit.config import FitConfig
from engine.fit.gbm import Matrix, usable_features
from engine.fit.split import split_customers
from engine.fit.take_up.boosting import Rows, Vector
from engine.fit.take_up_config import TakeUpFitConfig

WinFunction = Callable[[Rows, Vector, Vector], Vector]
"""``(rows, rate, limit)``, (m,) each, to the probability (m,) in [0, 1] that the offer wins.

``rows`` are positions in the frame; they say whose segment and grade it is.
"""
_LEAST_DATES = 2
_OFFER = 4


class Columns(NamedTuple):
    """Names of the columns of an offer; the first ``_OFFER`` are never features."""

    rate: str
    limit: str
    applied: str
    date: str
    segment: str
    grade: str


@dataclass(frozen=True, slots=True)
class History:
    """n offers. ``X`` (n, f) float64, NaN where missing; ``z`` (n, f + s + g) has a 0/1 column per
    segment and grade too, which also were known before the offer.

    ``segment`` and ``grade`` (n,) count through ``segments`` and ``grades``. ``training`` and
    ``heldout`` are row positions. ``dropped`` says why a feature is not used.
    """

    names: list[str]
    dropped: dict[str, str]
    X: Matrix
    z: Matrix
    rate: Vector
    limit: Vector
    applied: Vector
    segments: tuple[str, ...]
    segment: NDArray[np.int64]
    grades: tuple[str, ...]
    grade: NDArray[np.int64]
    training: Rows
    heldout: Rows
    dates: dict[str, list[str]]
    market: WinFunction

    def win(self, rows: Rows, rate: Vector, limit: Vector) -> Vector:
        """What ``market`` says, checked. Raises DataError outside [0, 1]."""
        found = np.asarray(self.market(rows, rate, limit), dtype=np.float64)
        if found.shape != rows.shape:
            raise DataError(
                f"take-up: win has the shape {found.shape} for {len(rows)} offers", column="win"
            )
        if wrong := int((~((found >= 0.0) & (found <= 1.0))).sum()):
            raise DataError("take-up: win is outside [0, 1] or missing", column="win", count=wrong)
        return found


def read_history(
    frame: pl.DataFrame,
    features: Sequence[str],
    columns: Columns,
    market: WinFunction,
    config: TakeUpFitConfig,
) -> History:
    """Checks ``frame`` (one offer per row) and cuts off the latest dates as held-out rows.

    Raises
    ------
    BookError
        A column is not there.
    DataError
        An offer is incomplete or impossible; a segment has no training row; too few rows.
    """
    _check_columns(frame, features, columns)
    _check_offers(frame, columns)
    training, heldout = _split(frame, columns.date, config)
    applied = _numbers(frame, columns.applied)
    _check_enough(applied, training, heldout, config.least_each)
    (segments, segment), (grades, grade) = (
        _codes(frame[columns.segment]),
        _codes(frame[columns.grade]),
    )
    _check_segments(segments, segment, training, columns.segment)
    candidates = tuple(name for name in features if name not in columns[:_OFFER])
    names, dropped = usable_features(frame[training], candidates)
    X = frame.select(pl.col(names).cast(pl.Float64)).to_numpy()
    return History(
        names=names,
        dropped=dropped,
        X=X,
        z=np.hstack([X, _indicators(segment), _indicators(grade)]),
        rate=_numbers(frame, columns.rate),
        limit=_numbers(frame, columns.limit),
        applied=applied,
        segments=segments,
        segment=segment,
        grades=grades,
        grade=grade,
        training=training,
        heldout=heldout,
        dates={
            "train": _first_and_last(frame[training][columns.date]),
            "heldout": _first_and_last(frame[heldout][columns.date]),
        },
        market=market,
    )


def _check_columns(frame: pl.DataFrame, features: Sequence[str], columns: Columns) -> None:
    for name in (*features, *columns):
        if name not in frame.columns:
            hint = did_you_mean(name, frame.columns)
            raise BookError(f"fit take_up: the features have no column '{name}'{hint}")
    for name in (columns.rate, columns.limit, columns.applied):
        kind = frame.schema[name]
        if not (kind.is_numeric() or kind == pl.Boolean):
            raise BookError(f"fit take_up: '{name}' is {kind}, not a number")
    if frame.schema[columns.date] not in (pl.Date, pl.Datetime):
        raise BookError(f"fit take_up: '{columns.date}' is {frame.schema[columns.date]}, no date")


def _check_offers(frame: pl.DataFrame, columns: Columns) -> None:
    """Every offer has a rate >= 0, a limit > 0, an outcome, a date, a segment and a grade."""
    rate, limit, applied = (
        pl.col(name).cast(pl.Float64) for name in (columns.rate, columns.limit, columns.applied)
    )
    rules = {
        columns.rate: (
            "the rate is missing, not finite or below 0",
            rate.is_finite() & (rate >= 0),
        ),
        columns.limit: (
            "the limit is missing, not finite or not above 0",
            limit.is_finite() & (limit > 0),
        ),
        columns.applied: ("applied is not 0 or 1", applied.is_in([0.0, 1.0])),
        columns.date: ("the date is missing", pl.col(columns.date).is_not_null()),
        columns.segment: ("the segment is missing", pl.col(columns.segment).is_not_null()),
        columns.grade: ("the grade is missing", pl.col(columns.grade).is_not_null()),
    }
    for column, (problem, holds) in rules.items():
        wrong = frame.select((~holds.fill_null(value=False)).sum()).item()
        if wrong:
            raise DataError(f"take-up: {problem}", column=column, count=wrong)


def _split(frame: pl.DataFrame, date: str, config: TakeUpFitConfig) -> tuple[Rows, Rows]:
    """Row positions of training and of the latest dates, whose share is nearest to ``holdout``."""
    if frame[date].n_unique() <= _LEAST_DATES:
        raise DataError(
            "take-up: judging out of time needs offers of three dates or more",
            column=date,
            count=len(frame),
        )
    dated = frame.select(pl.col(date)).with_row_index("row")
    split = FitConfig(split_column=date, holdout=config.holdout)
    late = (split_customers(dated, key="row", config=split)["part"] == "heldout").to_numpy()
    return np.flatnonzero(~late), np.flatnonzero(late)


def _check_enough(applied: Vector, training: Rows, heldout: Rows, least: int) -> None:
    counts = {
        name: (int(applied[rows].sum()), int((1.0 - applied[rows]).sum()))
        for name, rows in (("train", training), ("heldout", heldout))
    }
    if min(min(pair) for pair in counts.values()) < least:
        found = ", ".join(
            f"{name} {yes} applied {no} did not" for name, (yes, no) in counts.items()
        )
        raise DataError(
            f"too few offers to fit take-up: training and held-out rows each need {least} who "
            f"applied and {least} who did not (fit.take_up.least_each); found {found}",
            count=len(applied),
        )


def _check_segments(
    segments: tuple[str, ...], segment: NDArray[np.int64], training: Rows, column: str
) -> None:
    rows = np.bincount(segment[training], minlength=len(segments))
    for name, count, total in zip(segments, rows, np.bincount(segment), strict=False):
        if not count:
            raise DataError(
                f"take-up: segment '{name}' has no training row, so it gets no slope",
                column=column,
                count=int(total),
            )


def _codes(values: pl.Series) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """The distinct values as text, sorted (all those of an Enum), and which of them each row is."""
    text = values.cast(pl.String)
    known = values.dtype.categories if isinstance(values.dtype, pl.Enum) else text.unique()
    names = tuple(sorted(known.to_list()))
    code = text.replace_strict(names, range(len(names)), return_dtype=pl.Int64)
    return names, code.to_numpy()


def _numbers(frame: pl.DataFrame, column: str) -> Vector:
    return frame[column].cast(pl.Float64).to_numpy()


def _first_and_last(dates: pl.Series) -> list[str]:
    return [str(dates.min()), str(dates.max())]


def _indicators(code: NDArray[np.int64]) -> Matrix:
    """One 0/1 column per value, none where there is one value only."""
    values = np.unique(code)
    return (
        (code[:, None] == values).astype(np.float64)
        if values.size > 1
        else np.empty((len(code), 0))
    )

"""What a history of offers must not hold: one clear error each, with column and count."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError
from take_up_cases import COLUMNS, FEATURES, config, fit, market_win, world

from engine.errors import BookError, DataError
from engine.fit.take_up.history import read_history


@pytest.fixture(scope="module")
def made():
    return world(1_000)


def read(made, frame=None, *, features=FEATURES, columns=COLUMNS, **changes):
    frame = made.frame if frame is None else frame
    return read_history(frame, features, columns, made.win, config(**changes))


def first(count, column, value):
    """An edit: the first ``count`` rows of ``column`` become ``value``."""
    row = pl.int_range(pl.len())
    return pl.when(row < count).then(pl.lit(value)).otherwise(column).alias(column)


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("rate", float("nan"), "rate is missing, not finite or below 0"),
        ("rate", None, "rate is missing, not finite or below 0"),
        ("rate", -0.01, "rate is missing, not finite or below 0"),
        ("limit", 0.0, "limit is missing, not finite or not above 0"),
        ("limit", float("inf"), "limit is missing, not finite or not above 0"),
        ("applied", 2, "applied is not 0 or 1"),
        ("applied", None, "applied is not 0 or 1"),
        ("offered_on", None, "the date is missing"),
        ("segment", None, "the segment is missing"),
        ("grade", None, "the grade is missing"),
    ],
)
def test_incomplete_offers_are_counted(made, column, value, says):
    frame = made.frame.with_columns(first(7, column, value))
    with pytest.raises(DataError, match=rf"{says} \(column {column}, rows 7\)"):
        read(made, frame)


def test_one_class_is_refused(made):
    with pytest.raises(DataError, match=r"train \d+ applied 0 did not, .* \(rows 1000\)"):
        read(made, made.frame.with_columns(applied=pl.lit(1)))


def test_too_few_rows_are_refused(made):
    with pytest.raises(DataError, match=r"each need 50 .* found train .*\(rows 100\)"):
        read(made, made.frame.head(100))
    assert len(read(made, made.frame.head(100), least_each=2).training) < 100


def test_a_segment_without_training_rows_is_refused(made):
    late = pl.col("offered_on") >= dt.date(2024, 12, 1)
    frame = made.frame.with_columns(
        segment=pl.when(late).then(pl.lit("new")).otherwise("segment").alias("segment")
    )
    count = frame.filter(pl.col("segment") == "new").height
    with pytest.raises(DataError, match=rf"'new' has no training row.*segment, rows {count}\)"):
        read(made, frame)
    declared = made.frame.cast({"segment": pl.Enum(["retired", "student", "worker"])})
    with pytest.raises(DataError, match=r"'retired' has no training row.*rows 0\)"):
        read(made, declared)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_win_outside_of_0_to_1_is_refused(made, value):
    def win(rows, rate, limit):
        found = market_win(made.segment[rows], rate, limit)
        return np.where(rows < 5, value, found)

    early = int((read(made).training < 5).sum())
    with pytest.raises(DataError, match=rf"outside \[0, 1\].*column win, rows {early}\)"):
        fit(made, win=win)


def test_win_of_another_length_is_refused(made):
    with pytest.raises(DataError, match="win has the shape"):
        fit(made, win=lambda rows, rate, limit: np.full(3, 0.5))


def test_two_dates_are_too_few(made):
    frame = made.frame.with_columns(offered_on=pl.lit(dt.date(2024, 5, 1)))
    with pytest.raises(DataError, match=r"three dates or more \(column offered_on, rows 1000\)"):
        read(made, frame)


def test_unknown_columns_are_named(made):
    with pytest.raises(BookError, match=r"no column 'rat'; did you mean 'rate'\?"):
        read(made, columns=COLUMNS._replace(rate="rat"))
    with pytest.raises(BookError, match=r"no column 'incme'; did you mean 'income'\?"):
        read(made, features=["incme"])
    with pytest.raises(BookError, match="'applied' is String, not a number"):
        read(made, made.frame.with_columns(applied=pl.lit("yes")))
    with pytest.raises(BookError, match="'offered_on' is Int64, no date"):
        read(made, made.frame.with_columns(offered_on=pl.lit(5).cast(pl.Int64)))


def test_an_offer_is_never_a_feature(made):
    found = read(made, features=[*FEATURES, "rate", "limit", "applied", "offered_on", "grade"])
    assert found.names == FEATURES
    assert found.dropped == {"grade": "not a number: String"}


def test_features_that_tell_nothing_are_refused(made):
    frame = made.frame.with_columns(income=pl.lit(1.0))
    with pytest.raises(DataError, match="none of 1 features can train"):
        read(made, frame, features=["income"])


@pytest.mark.parametrize(
    "wrong",
    [{"form": "logistic"}, {"assumed_slope": -1}, {"folds": 1}, {"most_r2": 0}, {"ratio": 1}],
)
def test_the_section_is_checked(wrong):
    with pytest.raises(ValidationError):
        config(**wrong)

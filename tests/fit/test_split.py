"""Splits: out of time, random, sampled; the same whatever the order of the rows."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BookError, DataError
from engine.fit import FitConfig, draw_sample
from engine.fit.split import split_customers


def customers(rows: int, days: int, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "id": np.arange(rows) * 3,
            "day": np.datetime64("2024-01-01") + rng.integers(0, days, rows),
        }
    )


@settings(max_examples=100, deadline=None)
@given(
    st.integers(20, 400),
    st.integers(10, 60),
    st.integers(0, 1000),
    st.sampled_from([None, "day"]),
    st.sampled_from([None, 15]),
)
def test_row_order_does_not_matter(rows, days, seed, column, sample):
    frame = customers(rows, days, seed)
    config = FitConfig(split_column=column, seed=seed, sample=sample)
    shuffled = frame.sample(fraction=1.0, shuffle=True, seed=seed)
    drawn = draw_sample(frame, key="id", config=config)
    assert drawn.equals(draw_sample(shuffled, key="id", config=config))
    parts = split_customers(frame, key="id", config=config)
    assert parts.equals(split_customers(shuffled, key="id", config=config))
    assert parts["id"].to_list() == frame["id"].to_list()
    assert set(parts["part"].unique()) == {"train", "validation", "heldout"}


@settings(max_examples=100, deadline=None)
@given(st.integers(30, 400), st.integers(5, 60), st.integers(0, 1000))
def test_out_of_time_parts_follow_each_other_and_share_no_date(rows, days, seed):
    frame = customers(rows, days, seed)
    parts = split_customers(frame, key="id", config=FitConfig(split_column="day"))
    bounds = (
        frame.join(parts, on="id")
        .group_by("part")
        .agg(pl.col("day").min().alias("first"), pl.col("day").max().alias("last"))
    )
    by_part = {row["part"]: row for row in bounds.iter_rows(named=True)}
    assert by_part["train"]["last"] < by_part["validation"]["first"]
    assert by_part["validation"]["last"] < by_part["heldout"]["first"]


@pytest.mark.parametrize("column", [None, "day"])
def test_shares_are_those_asked_for(column):
    frame = customers(10_000, 365)
    config = FitConfig(split_column=column, holdout=0.2)
    counts = dict(split_customers(frame, key="id", config=config)["part"].value_counts().rows())
    assert counts["heldout"] == pytest.approx(2_000, abs=20)
    assert counts["validation"] == pytest.approx(1_600, abs=20)


def test_the_nearest_whole_date_is_cut():
    frame = pl.DataFrame({"id": range(10), "day": [1, 1, 1, 2, 2, 2, 3, 3, 3, 3]}).with_columns(
        pl.col("day").cast(pl.Int32).cast(pl.Date)
    )
    config = FitConfig(split_column="day", holdout=0.25)
    parts = split_customers(frame, key="id", config=config)["part"].to_list()
    assert parts == ["train"] * 3 + ["validation"] * 3 + ["heldout"] * 4


def test_a_seed_decides_a_random_split_and_the_sample():
    frame = customers(1_000, 10)
    one, two = (FitConfig(seed=seed, sample=100) for seed in (1, 2))
    assert not draw_sample(frame, key="id", config=one).equals(
        draw_sample(frame, key="id", config=two)
    )
    assert not split_customers(frame, key="id", config=one).equals(
        split_customers(frame, key="id", config=two)
    )
    drawn = draw_sample(frame, key="id", config=one)
    assert len(drawn) == 100
    assert drawn["id"].n_unique() == 100
    assert draw_sample(drawn, key="id", config=one).equals(drawn)  # drawing twice changes nothing


def test_what_cannot_be_split_is_refused():
    config = FitConfig(split_column="day")
    frame = customers(100, 50)
    gaps = frame.with_columns(
        pl.when(pl.col("id") > 30).then(pl.col("day")).alias("day"),
    )
    with pytest.raises(DataError, match=r"have none \(column day, rows 11\)"):
        split_customers(gaps, key="id", config=config)
    with pytest.raises(DataError, match="at least three dates"):
        split_customers(customers(100, 2), key="id", config=config)
    with pytest.raises(DataError, match="too few usable customers"):
        split_customers(customers(2, 2), key="id", config=FitConfig())
    with pytest.raises(BookError, match="did you mean 'day'"):
        split_customers(frame, key="id", config=FitConfig(split_column="days"))
    with pytest.raises(BookError, match="Int64, not a date"):
        split_customers(frame, key="id", config=FitConfig(split_column="id"))

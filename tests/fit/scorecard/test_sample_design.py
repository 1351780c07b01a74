"""Sample design: sizes against the interval they are solved from, likeness against plain sums."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.fit.sample_design_config import SampleDesignConfig
from engine.fit.scorecard.sample import (
    likeness,
    minimum_sample_size,
    share_interval,
    size_report,
)

SHARES = st.floats(0.001, 0.999)
PRECISIONS = st.floats(0.001, 0.2)
CONFIDENCES = st.sampled_from([0.5, 0.9, 0.95, 0.99])
CONFIG = SampleDesignConfig()


def test_sizes_that_are_in_textbooks():
    """Half, within five points, at 95 %: 385; of 1,000 customers 278."""
    assert minimum_sample_size(0.5, 0.05, 0.95) == 385
    assert minimum_sample_size(0.5, 0.05, 0.95, population=1000) == 278
    assert minimum_sample_size(0.5, 0.05, 0.95, population=1) == 1
    assert share_interval(0.5, 100, 0.95) == pytest.approx(1.959964 * 0.05, abs=1e-6)


@given(SHARES, PRECISIONS, CONFIDENCES, st.one_of(st.none(), st.integers(100, 10**7)))
def test_the_size_is_the_fewest_that_keep_the_interval(share, precision, confidence, population):
    size = minimum_sample_size(share, precision, confidence, population=population)
    within = share_interval(share, size, confidence, population=population)
    assert within <= precision * (1 + 1e-9)
    if size > 1:
        fewer = share_interval(share, size - 1, confidence, population=population)
        assert fewer >= precision * (1 - 1e-9)
    if population is not None:
        assert size <= min(population, minimum_sample_size(share, precision, confidence))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((0.0, 0.01, 0.95), "share"),
        ((0.5, 0.0, 0.95), "precision"),
        ((0.5, 0.01, 1.0), "confidence"),
    ],
)
def test_what_has_no_size(arguments, says):
    with pytest.raises(ValueError, match=f"{says} must lie between 0 and 1"):
        minimum_sample_size(*arguments)
    with pytest.raises(ValueError, match="population"):
        minimum_sample_size(0.5, 0.1, 0.95, population=0)


def test_a_sample_that_is_too_small_says_how_many_are_needed():
    report = size_report(200, 500, 1_000, CONFIG)
    assert (report["needed"], report["large_enough"]) == (
        minimum_sample_size(0.2, 0.01, 0.95),
        False,
    )
    coarse = SampleDesignConfig(precision=0.05)
    assert size_report(200, 500, 1_000, coarse)["large_enough"]
    half = size_report(200, 500, 1_000, SampleDesignConfig(precision=0.05, share=0.5))
    assert (half["expected_share"], half["bad_share"], half["needed"]) == (0.5, 0.2, 385)
    finite = SampleDesignConfig(precision=0.05, share=0.5, finite=True)
    assert size_report(200, 500, 1_000, finite)["needed"] == 278


def population(rows=20_000, seed=3):
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "smooth": rng.lognormal(size=rows),
            "flag": (rng.random(rows) < 0.3).astype(float),
            "gappy": np.where(rng.random(rows) < 0.2, np.nan, rng.normal(size=rows)),
            "target": (rng.random(rows) < 0.1).astype(np.int8),
        }
    ).with_columns(pl.col("gappy").fill_nan(None))


NAMES = ("smooth", "flag", "gappy")


def test_a_random_part_is_like_all():
    everyone = population()
    some = {str(n): everyone.sample(n, seed=n) for n in (40, 400, 4_000, 20_000)}
    for found in likeness(everyone, some, NAMES, CONFIG).values():
        assert found.unlike == ()
        assert found.share_is_like
    whole = likeness(everyone, some, NAMES, CONFIG)["20000"]
    assert whole.psi == dict.fromkeys(NAMES, 0.0)
    assert whole.shift == pytest.approx(dict.fromkeys(NAMES, 0.0), abs=1e-12)
    assert whole.allowed == 0.0


def test_a_part_chosen_by_a_feature_is_told_apart_by_that_feature():
    everyone = population()
    some = {
        "rich": everyone.filter(pl.col("smooth") > 1.0),
        "flagged": everyone.filter((pl.col("flag") == 1) | (pl.int_range(pl.len()) % 2 == 0)),
        "known": everyone.filter(pl.col("gappy").is_not_null()),
        "bad": everyone.filter((pl.col("target") == 1) | (pl.int_range(pl.len()) % 2 == 0)),
    }
    found = likeness(everyone, some, NAMES, CONFIG)
    assert found["rich"].unlike == ("smooth",)
    assert found["flagged"].unlike == ("flag",)
    assert found["known"].unlike == ("gappy",)
    assert found["known"].psi["gappy"] > 0.1
    assert {name: one.share_is_like for name, one in found.items()} == {
        "rich": True,
        "flagged": True,
        "known": True,
        "bad": False,
    }


def test_figures_are_those_of_plain_sums():
    everyone = pl.DataFrame({"x": [*range(1, 101)], "target": [0, 1] * 50})
    some = everyone[:40]
    found = likeness(everyone, {"some": some}, ["x"], CONFIG)["some"]
    a = np.array([10] * 4 + [0.5] * 6) / 40  # no one above 40: half a customer each
    assert found.psi["x"] == pytest.approx(((a - 0.1) * np.log(a / 0.1)).sum(), abs=1e-12)
    assert found.shift["x"] == pytest.approx((20.5 - 50.5) / np.std(range(1, 101)))
    z = 1.959963984540054
    assert found.allowed == pytest.approx(z * math.sqrt(0.25 / 40 * 60 / 99))


def test_features_that_are_missing_or_constant():
    everyone = pl.DataFrame(
        {
            "same": [1.0] * 50,
            "none": pl.Series([None] * 50, dtype=pl.Float64),
            "target": [0, 1] * 25,
        }
    )
    found = likeness(everyone, {"some": everyone[:20]}, ["same", "none"], CONFIG)["some"]
    assert (found.psi, found.shift, found.unlike) == (
        {"same": 0.0, "none": 0.0},
        {"same": 0.0, "none": 0.0},
        (),
    )
    one = likeness(everyone, {"one": everyone[:1]}, [], CONFIG)["one"]
    assert (one.customers, one.bad_share) == (1, 0.0)


def test_chance_alone_warns_seldom():
    """With confidence 0.95 at most about one draw in twenty names any feature or the share."""
    everyone = population(5_000, seed=9)
    draws = {str(seed): everyone.sample(300, seed=seed) for seed in range(200)}
    config = SampleDesignConfig(most_psi=1e-9, most_shift=1e-9)
    alone = [likeness(everyone, {name: rows}, NAMES, config)[name] for name, rows in draws.items()]
    assert sum(bool(one.unlike) for one in alone) <= 20
    assert sum(not one.share_is_like for one in alone) <= 20

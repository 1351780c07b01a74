"""When a slope may be called estimated, and what is said where it may not."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.special import expit
from take_up_cases import SEGMENTS, World, fit, world


def test_prices_without_chance_give_an_assumed_slope():
    fitted = fit(world(1_500, spread=0.0, limit_spread=0.0))
    assert fitted.label == "assumed from the market"
    assert fitted.slopes == dict.fromkeys(SEGMENTS, 1.0)
    assert fitted.intervals == dict.fromkeys(SEGMENTS)
    slope = fitted.report["slope"]
    assert slope["assumed"] == 1.0
    assert set(slope["estimate"]) == set(SEGMENTS)  # apart, for whoever wants to know
    assert fitted.report["overlap"]["rate_r2"] > 0.9
    json.dumps(fitted.report, allow_nan=False)
    other = fit(world(1_500, spread=0.0, limit_spread=0.0), assumed_slope=0.7)
    assert other.slopes == dict.fromkeys(SEGMENTS, 0.7)


@pytest.mark.parametrize("strict", [{"most_r2": 0.3}, {"least_spread": 0.05}])
def test_either_threshold_is_enough_to_refuse(strict):
    assert fit(world(2_500), **strict).label == "assumed from the market"


def test_one_rate_for_all_is_no_overlap():
    made = world(2_500)
    made.frame.replace_column(made.frame.get_column_index("rate"), made.frame["rate"] * 0 + 0.1)
    fitted = fit(made)
    assert fitted.report["overlap"]["rate_r2"] == 1.0
    assert fitted.label == "assumed from the market"


def test_a_market_that_never_changes_says_nothing_of_the_slope():
    """Rates vary by chance, but the whole history lies on a cliff where win is flat."""
    fitted = fit(world(2_500), win=lambda rows, rate, limit: np.full(len(rows), 0.4))
    assert fitted.label == "assumed from the market"
    assert fitted.report["slope"]["estimate_of_all"]["error"] is None
    json.dumps(fitted.report, allow_nan=False)


def test_a_small_segment_takes_the_slope_of_all():
    made = world(4_000)
    few = np.flatnonzero(made.segment == 0)[200:]
    kept = np.setdiff1d(np.arange(4_000), few)
    small = World(made.frame[kept], made.base[kept], made.slopes, made.segment[kept])
    fitted = fit(small, widest_error=0.25)
    estimate = fitted.report["slope"]["estimate"]
    assert estimate["student"]["pooled"]
    assert not estimate["worker"]["pooled"]
    assert fitted.slopes["student"] == fitted.report["slope"]["estimate_of_all"]["value"]
    assert estimate["student"]["rows"] < 200


def test_the_propensity_form_is_calibrated_where_it_is_true():
    """``P = q(x) win``: level and rate bands come true, and the price effect is the market's."""
    made = world(6_000)
    rng = np.random.default_rng(9)
    rows = np.arange(6_000)
    win = made.win(rows, made.frame["rate"].to_numpy(), made.frame["limit"].to_numpy())
    applied = rng.random(6_000) < expit(made.base) * win
    frame = made.frame.with_columns(applied=applied.astype(np.int8))
    true = World(frame, made.base, made.slopes, made.segment)
    fitted = fit(true, form="propensity")
    assert fitted.form == "propensity"
    assert fitted.label == "assumed from the market"
    assert fitted.slopes == fitted.intervals == {}
    model = fitted.report["models"]["propensity"]
    assert model["mean_take_up"] == pytest.approx(model["applied_share"], rel=0.1)
    for band in model["rate_bands"]:
        error = np.sqrt(band["predicted"] * (1 - band["predicted"]) / band["offers"])
        assert abs(band["predicted"] - band["observed"]) < 4.0 * max(error, 0.005)


@pytest.mark.slow
def test_intervals_cover_the_truth_as_often_as_they_say():
    """Fresh worlds: the share of 95 % intervals that hold the true slope."""
    held = []
    for seed in range(40):
        made = world(3_000, seed=100 + seed)
        estimate = fit(made).report["slope"]["estimate"]
        held += [
            estimate[name]["low"] <= truth <= estimate[name]["high"]
            for name, truth in zip(SEGMENTS, made.slopes, strict=True)
        ]
    assert 0.88 <= np.mean(held) <= 1.0, np.mean(held)

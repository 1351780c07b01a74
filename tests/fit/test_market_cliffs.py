"""Cliffs: a known gap survives with its edges, a smooth market has none."""

from __future__ import annotations

import numpy as np
import pytest
from market_cases import (
    GAP,
    averages,
    averages_config,
    fitted,
    gapped_offers,
    offers,
    offers_config,
)

from engine.fit.market.cliffs import find_cliffs
from engine.fit.market.knots import Knots
from engine.fit.market.rivals import rivals_by_grade
from engine.fit.market.table import checked_table
from engine.market_file import win


@pytest.mark.parametrize("bandwidth", [0.001, 0.0025, 0.005])
def test_a_known_gap_survives(bandwidth):
    content, market = fitted(gapped_offers(), offers_config(trade_off=0.0, bandwidth=bandwidth))
    assert [cliff.grade for cliff in market.cliffs] == ["A", "B"]
    for cliff, entry in zip(market.cliffs, content["cliffs"], strict=True):
        assert abs(cliff.start - GAP[0]) <= bandwidth
        assert abs(cliff.end - GAP[1]) <= bandwidth
        assert (cliff.sector_below, cliff.sector_above) == ("bank", "card")
        assert cliff.mass < 0.005
        assert 0.0 <= entry["win_drop"]["*"] <= 3.0 * cliff.mass + 1e-9
        inside = np.linspace(GAP[0] + bandwidth, GAP[1] - bandwidth, 301)
        flat = win(market, market.table_of("*", cliff.grade), inside, np.full(301, 1e4))
        assert len(set(flat.tolist())) == 1, "flat to the bit, also between knots"
        around = win(market, 0, np.array([GAP[0] - 0.005, GAP[1] + 0.005]), np.full(2, 1e4))
        assert around[0] > flat[0] > around[1]


def test_a_trade_off_blurs_the_cliff_and_the_file_says_how_much():
    content, market = fitted(gapped_offers(), offers_config(trade_offs={"student": 0.05}))
    assert len(market.cliffs) == 2
    for cliff in content["cliffs"]:
        assert cliff["win_drop"]["student"] > cliff["win_drop"]["*"] > 0.0


def test_a_few_strays_do_not_hide_a_cliff():
    table = gapped_offers(4_000)
    stray = offers([0.085], [1e4], sector="bank", grade="A")
    _, market = fitted(table.vstack(stray.select(table.columns)), offers_config(trade_off=0.0))
    (cliff,) = (cliff for cliff in market.cliffs if cliff.grade == "A")
    assert abs(cliff.start - GAP[0]) <= 0.0025
    assert abs(cliff.end - GAP[1]) <= 0.0025
    assert 0.0 < cliff.mass < 0.001


def smooth(kind: str, n: int, rng: np.random.Generator) -> np.ndarray:
    if kind == "uniform":
        return rng.uniform(0.03, 0.2, n)
    if kind == "normal":
        return np.abs(rng.normal(0.12, 0.04, n))
    return np.exp(rng.normal(-2.2, 0.5, n))


@pytest.mark.parametrize("kind", ["uniform", "normal", "lognormal"])
@pytest.mark.parametrize("n", [30, 100, 1_000])
def test_a_smooth_market_has_no_cliff(kind, n):
    rng = np.random.default_rng(11)
    config, found = offers_config(), 0
    for _ in range(60):
        table = checked_table(offers(smooth(kind, n, rng), np.full(n, 1e4)), config, "t")
        (rivals,) = rivals_by_grade(table, config, "t")
        found += len(find_cliffs(rivals, Knots(0.0, 0.00125, 801), config))
    assert found <= 2  # at a chance of 1 % per draw, more would be a surprise of 2 %


def test_averages_have_cliffs_where_the_assumed_spread_leaves_them():
    _, market = fitted(averages(), averages_config(trade_off=0.0))
    (first, second) = market.cliffs
    assert (first.grade, first.sector_below, first.sector_above) == ("A", "bank", "card")
    assert 0.05 + 2 * 0.01 < first.start < first.end < 0.14 - 2 * 0.01
    assert first.mass < 0.005
    assert second.grade == "B"
    _, wide = fitted(averages(), averages_config(rate_spread=0.03))
    assert [cliff.grade for cliff in wide.cliffs] == ["B"]  # its averages are 16 points apart


def test_a_neighbour_is_who_offers_most_there():
    """All of the capital companies are near the cliff, but they are few."""
    card, capital = np.linspace(0.1, 0.2, 400), np.linspace(0.1, 0.11, 30)
    rates = np.concatenate([np.linspace(0.03, 0.07, 400), card, capital])
    names = ["bank"] * 400 + ["card"] * 400 + ["capital"] * 30
    (cliff,) = fitted(offers(rates, np.full(830, 1e4), sector=names), offers_config())[1].cliffs
    assert (cliff.sector_below, cliff.sector_above) == ("bank", "card")


def test_thin_tails_are_no_cliffs():
    rates = np.concatenate([np.linspace(0.05, 0.1, 980), np.linspace(0.2, 0.21, 20)])
    table = offers(rates, np.full(1_000, 1e4))
    assert fitted(table, offers_config())[1].cliffs == ()  # 2 % lie above the gap
    (cliff,) = fitted(table, offers_config(cliff_side=0.02))[1].cliffs
    assert (round(cliff.start, 2), round(cliff.end, 2)) == (0.1, 0.2)

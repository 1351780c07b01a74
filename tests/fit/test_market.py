"""The market: F and win against enumeration, order, averages, what the file says."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from market_cases import (
    averages,
    averages_config,
    fitted,
    gapped_offers,
    offers,
    offers_config,
    random_offers,
)

from engine.fit.market.dominance import beats_all, beats_one, cumulative
from engine.fit.market.rivals import rivals_by_grade
from engine.fit.market.table import checked_table
from engine.market_file import win


def triangle_below(u):
    """The integral of a triangular density on -1..1, by its definition."""
    u = np.clip(u, -1.0, 1.0)
    return np.where(u < 0.0, (1.0 + u) ** 2 / 2.0, 1.0 - (1.0 - u) ** 2 / 2.0)


@settings(max_examples=100)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.sampled_from([0.001, 0.03, 2.0]))
def test_cumulative_equals_the_sum_over_triangles(seed, n, half_width):
    rng = np.random.default_rng(seed)
    values = rng.choice(rng.normal(size=n), n)
    share = rng.dirichlet(np.ones(n))
    at = np.concatenate([values, values + half_width, rng.normal(size=(50))])
    got = cumulative(values, share, half_width, at)
    expected = (share * triangle_below((at[:, None] - values) / half_width)).sum(axis=1)
    rounding = 1e-12 + 4e-16 * (np.ptp(values) / half_width) ** 2
    np.testing.assert_allclose(got, expected, rtol=0, atol=rounding)
    assert (np.diff(got[np.argsort(at, kind="stable")]) >= 0.0).all()


def test_a_gap_adds_nothing_to_the_bit():
    rng = np.random.default_rng(3)
    values = np.concatenate([rng.uniform(0.0, 0.1, 500), rng.uniform(0.2, 0.3, 500)])
    at = np.linspace(0.102, 0.198, 100)
    assert len(set(cumulative(values, np.full(1_000, 1e-3), 0.002, at).tolist())) == 1


@pytest.mark.parametrize("trade_off", [0.0, 0.004, 0.02])
def test_f_and_win_equal_enumeration(trade_off):
    table = gapped_offers(4_000)
    config = offers_config(trade_off=trade_off, rivals=[0.1, 0.2, 0.3, 0.4])
    content, market = fitted(table, config)
    rng = np.random.default_rng(5)
    rate, limit = rng.uniform(0.03, 0.2, 200), np.exp(rng.uniform(8.5, 10.5, 200))
    mine = table.filter(pl.col("grade") == "B")
    value = -mine["rate"].to_numpy() + trade_off * np.log(mine["limit"].to_numpy())
    beaten = (-rate + trade_off * np.log(limit))[:, None] >= value
    f = beaten.mean(axis=1)
    expected = sum(p * f**k for k, p in enumerate([0.1, 0.2, 0.3, 0.4]))
    got = win(market, market.table_of("any", "B"), rate, limit)
    # a rate moves by half a bandwidth, a density of 0.1 a point moves F by 0.0125 then
    assert np.abs(got - expected).max() < 0.03
    assert np.abs(got - expected).mean() < 0.003
    assert content["interpolation_error"] < 0.01


def test_f_equals_a_simulation_of_customers_who_compare():
    rivals = rivals_by_grade(
        checked_table(gapped_offers(), offers_config(), "t"), offers_config(), "t"
    )[0]
    rng = np.random.default_rng(8)
    draws, counts = 40_000, np.array([0.25, 0.25, 0.5])
    rivals_met = rng.choice(3, draws, p=counts)
    drawn = rng.choice(rivals.rate.size, (draws, 2), p=rivals.share)
    noise = rivals.half_width * rng.triangular(-1.0, 0.0, 1.0, (draws, 2))
    value = -(rivals.rate[drawn] + noise) + 0.01 * rivals.log_limit[drawn]
    for rate, log_limit in ((0.06, 9.5), (0.12, 9.0), (0.12, 10.2)):
        lost = (value > -rate + 0.01 * log_limit) & (np.arange(2) < rivals_met[:, None])
        f = beats_one(rivals, 0.01, np.array([rate]), np.array([log_limit]))
        # 5 standard errors of 40,000 draws are at most 0.0125
        assert beats_all(f, counts)[0, 0] == pytest.approx(
            1.0 - lost.any(axis=1).mean(), abs=0.0125
        )


@settings(max_examples=25)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(2, 80),
    st.floats(0.0, 0.05),
    st.sampled_from([(1.0,), (0.0, 1.0), (0.3, 0.3, 0.4), (0.0, 0.0, 0.0, 0.0, 0.0, 1.0)]),
)
def test_tables_are_monotone_whatever_the_market(seed, rows, trade_off, rivals):
    config = offers_config(
        trade_off=trade_off, rivals=rivals, least_offers=1, trade_offs={"student": 0.03}
    )
    _, market = fitted(random_offers(seed, rows), config)  # reading it checks every value
    rng = np.random.default_rng(seed)
    rate = np.sort(rng.uniform(-0.1, 0.5, 50))
    limit = np.sort(np.exp(rng.uniform(6.0, 12.0, 50)))
    for table in range(len(market.keys)):
        grid = win(market, table, rate[:, None], limit[None, :])
        assert (np.diff(grid, axis=0) <= 1e-15).all()
        assert (np.diff(grid, axis=1) >= -1e-15).all()
        assert ((grid >= 0.0) & (grid <= 1.0)).all()


def test_without_rivals_everybody_wins():
    _, market = fitted(gapped_offers(), offers_config(rivals=[1.0]))
    assert (market.tables == 1.0).all()


def test_rates_reach_from_certain_success_to_none():
    _, market = fitted(gapped_offers(), offers_config(trade_off=0.003))
    assert (market.tables[:, 0] == 1.0).all()
    assert (market.tables[:, -1] == 0.0).all()
    assert market.tables[0, 40].min() < market.tables[0, 40].max()


def test_a_limit_is_worth_its_trade_off():
    config = offers_config(trade_off=0.0, trade_offs={"student": 0.01})
    _, market = fitted(gapped_offers(), config)
    everybody, students = market.table_of("retired", "A"), market.table_of("student", "A")
    assert (np.diff(market.tables[everybody], axis=1) == 0.0).all()
    rate, limit = np.full(1, 0.12), np.full(1, 9_000.0)
    dearer = win(market, students, rate + 0.01 * np.log(2.0), 2.0 * limit)
    assert dearer == pytest.approx(win(market, students, rate, limit), abs=0.003)


def test_averages_are_reproduced():
    table = averages()
    content, market = fitted(table, averages_config(correlation=-0.4))
    assert content["source"] == "averages (dispersion assumed)"
    assert content["settings"]["rate_spread"] == 0.01
    for row in table.iter_rows(named=True):
        (sector,) = (
            entry
            for entry in content["joint"]["sectors"]
            if (entry["sector"], entry["grade"]) == (row["sector"], row["grade"])
        )
        # B's banks average 1.2 % with a spread of 1 point: the cut at 0 matters
        assert sector["average_rate"] == pytest.approx(row["average_rate"], rel=1e-9)
        assert sector["average_limit"] == pytest.approx(row["average_limit"], rel=1e-9)
    assert market.support["B"].rate_lo >= 0.0


def test_averages_far_from_zero_are_normal():
    table = averages().filter(pl.col("sector") == "card")
    config = averages_config(correlation=0.5)
    for rivals, mean in zip(
        rivals_by_grade(checked_table(table, config, "t"), config, "t"), (0.14, 0.17), strict=True
    ):
        spread = np.sqrt(rivals.share @ (rivals.rate - mean) ** 2)
        assert spread == pytest.approx(0.01, rel=0.01)
        centre = rivals.share @ rivals.log_limit
        assert np.sqrt(rivals.share @ (rivals.log_limit - centre) ** 2) == pytest.approx(
            0.5, rel=0.01
        )
        both = rivals.share @ ((rivals.rate - mean) * (rivals.log_limit - centre))
        assert both / (0.01 * 0.5) == pytest.approx(0.5, rel=0.02)
    _, market = fitted(table, config.model_copy(update={"trade_off": 0.0, "rivals": (0.0, 1.0)}))
    one = win(market, market.table_of("*", "A"), np.array([0.14, 0.15]), np.full(2, 8_000.0))
    assert one == pytest.approx([0.5, 0.1587], abs=0.001)


def test_masses_and_weights_add_up():
    content, _ = fitted(gapped_offers(), offers_config())
    for grade in ("A", "B"):
        sectors = [s for s in content["joint"]["sectors"] if s["grade"] == grade]
        assert sum(s["weight"] for s in sectors) == pytest.approx(1.0, abs=1e-12)
        for sector in sectors:
            assert np.sum(sector["mass"]) == pytest.approx(sector["weight"], abs=1e-6)
    cells = content["joint"]["rate_cells"]
    bank = np.array(content["joint"]["sectors"][0]["mass"]).sum(axis=1)
    highest = cells["lo"] + cells["step"] * (np.flatnonzero(bank)[-1] + 1)
    assert 0.07 <= highest <= 0.07 + cells["step"]


def test_weights_count_as_so_many_offers():
    table = gapped_offers(60)
    doubled = pl.concat([table, table.filter(pl.col("sector") == "card")])
    weighted = table.with_columns(
        weight=pl.when(pl.col("sector") == "card").then(2.0).otherwise(1.0)
    )
    config = offers_config(least_offers=1)
    first, second = fitted(doubled, config)[1], fitted(weighted, config)[1]
    np.testing.assert_allclose(first.tables, second.tables, rtol=0, atol=2e-9)


def test_a_grade_counts_its_effective_offers():
    rates, weight = np.linspace(0.05, 0.15, 40), np.repeat([1.0, 3.0], 20)
    table = offers(rates, np.full(40, 9e3)).with_columns(weight=pl.Series(weight))
    content = fitted(table, offers_config())[0]
    # 20 * 1 + 20 * 3 = 80, squared, over 20 * 1 + 20 * 9 = 200
    assert content["counts"]["grades"]["A"]["effective_offers"] == pytest.approx(32.0)


def test_small_sectors_are_pooled_and_named():
    rates = np.linspace(0.05, 0.15, 50)
    names = ["bank"] * 40 + ["credit union"] * 6 + ["lender x"] * 4
    content, market = fitted(offers(rates, np.full(50, 9e3), sector=names), offers_config())
    assert [s["sector"] for s in content["joint"]["sectors"]] == ["bank", "other"]
    assert [s["rows"] for s in content["joint"]["sectors"]] == [40, 10]
    assert content["counts"]["grades"]["A"]["pooled_sectors"] == ["credit union", "lender x"]
    kept = fitted(offers(rates, np.full(50, 9e3)), offers_config())[1]
    assert (market.tables == kept.tables).all()


def test_equal_offers_are_a_market_too():
    content, market = fitted(offers(np.full(30, 0.1), np.full(30, 5e3)), offers_config())
    assert content["cliffs"] == []
    got = win(market, 0, np.array([0.09, 0.11]), np.full(2, 5e3))
    assert got.tolist() == [1.0, 0.0]


def test_the_file_does_not_depend_on_the_order_of_rows_and_is_json():
    table, config = gapped_offers(200), offers_config()
    content = fitted(table, config)[0]
    shuffled = fitted(table.sample(fraction=1.0, shuffle=True, seed=4), config)[0]
    assert json.loads(json.dumps(content)) == content
    assert all(v == round(v, 9) for t in content["tables"] for row in t["win"] for v in row)
    np.testing.assert_allclose(
        [t["win"] for t in content["tables"]],
        [t["win"] for t in shuffled["tables"]],
        rtol=0,
        atol=1.1e-9,
    )

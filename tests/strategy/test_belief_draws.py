"""Draws: what they change, what they leave, and that a sample stands for its book."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logit
from world_cases import Small, small

from engine.strategy.belief.believing import believe, profit_at
from engine.strategy.belief.doubt import Doubt, PdErrors, errors_of_counts
from engine.strategy.belief.draws import drawn_pd, level_errors, make_draws
from engine.strategy.belief.realised import realised
from engine.strategy.exact import solve
from engine.synth.world import draw_world
from kernels.menu import MEASURES

SURE = Doubt(
    pd=PdErrors(0.0, 0.0, 0.0),
    slope=np.zeros(3),
    intercept=0.0,
    offers=None,
    lgd=0.0,
    adverse=0.0,
    rivals=0.0,
    sources={},
)


@pytest.fixture(scope="module")
def known() -> Small:
    return small(draw_world(3_000, 900, seed=4, offers=10))


def test_no_doubt_no_change(known: Small) -> None:
    choice = solve(known.made.problem).choice
    found = believe(known.made, choice, SURE, repetitions=3, seed=1)
    np.testing.assert_allclose(found.interval, found.expected_profit, rtol=1e-9)
    assert abs(found.optimism) < 1e-6 * found.expected_profit
    assert abs(found.regret["p100"]) < 1e-6 * found.expected_profit


@pytest.mark.parametrize(
    "doubt",
    [
        {"pd": PdErrors(0.2, 0.0, 0.0)},
        {"slope": np.full(3, 0.2)},
        {"intercept": 0.2},
        {"lgd": 0.05},
        {"adverse": 1.0},
        {"rivals": 0.01},
    ],
    ids=lambda doubt: next(iter(doubt)),
)
def test_every_doubt_widens_the_interval(known: Small, doubt: dict) -> None:
    choice = solve(known.made.problem).choice
    found = believe(known.made, choice, replace(SURE, **doubt), repetitions=8, seed=1)
    assert found.interval[1] - found.interval[0] > 0.003 * found.expected_profit


def test_a_draw_depends_on_seed_and_number_only(known: Small) -> None:
    draws = make_draws(known.made, known.doubt, repetitions=3, seed=1)
    more = make_draws(known.made, known.doubt, repetitions=5, seed=1)
    other = make_draws(known.made, known.doubt, repetitions=3, seed=2)
    for one, same, different in zip(draws, more, other, strict=False):
        assert np.array_equal(one.customers.pd, same.customers.pd)
        assert not np.array_equal(one.customers.pd, different.customers.pd)


def test_at_the_chosen_entries_both_ways_agree(known: Small) -> None:
    choice = solve(known.made.problem).choice
    draws = make_draws(known.made, known.doubt, repetitions=2, seed=1)
    for inputs in draws:
        whole, quick = draws.table(inputs, 2), draws.at_choice(inputs, choice)
        assert profit_at(quick, choice) == pytest.approx(profit_at(whole, choice), rel=1e-12)


def test_a_sample_stands_for_the_book() -> None:
    world = draw_world(3_000, 6_000, seed=5, offers=10)
    whole, part = small(world), small(world, customers=1_500)
    choice = solve(whole.made.problem).choice
    profits = []
    for one in (whole, part):
        draws = make_draws(one.made, one.doubt, repetitions=6, seed=3)
        profits.append([profit_at(draws.at_choice(inputs, choice), choice) for inputs in draws])
    base = profit_at(whole.made.table, choice)
    moved = np.array(profits) - base
    assert np.abs(moved[0]).max() > 0.01 * base
    assert np.abs(moved[1] - moved[0]).max() < 0.1 * np.abs(moved[0]).max()
    sample = make_draws(part.made, part.doubt, repetitions=2, seed=1).sample
    assert sample.inputs.customers.pd.size < 1_700
    counts = np.diff(sample.inputs.cells.first)
    np.testing.assert_allclose(counts * sample.weight, part.made.table.counts.ravel())


def test_drawn_rates_spread_as_counts_say() -> None:
    pd, bads, goods = np.array([0.02, 0.2]), np.array([40.0, 90.0]), np.array([1_960.0, 360.0])
    errors = errors_of_counts(pd, bads, goods)
    drawn = np.array([drawn_pd(np.random.default_rng([1, i]), pd, errors) for i in range(4_000)])
    expected = np.sqrt(1.0 / bads + 1.0 / goods)  # a line through two bins is free at both
    np.testing.assert_allclose(logit(drawn).std(axis=0), expected, rtol=0.05)
    np.testing.assert_allclose(drawn.mean(axis=0), pd, rtol=0.02)
    assert abs(np.corrcoef(drawn.T)[0, 1]) < 0.05


def test_certain_pds_stay_certain() -> None:
    drawn = drawn_pd(np.random.default_rng(1), np.array([0.0, 1.0]), PdErrors(0.4, 0.3, -2.0))
    assert drawn.tolist() == [0.0, 1.0]


def test_a_steeper_slope_turns_about_todays_offers(known: Small) -> None:
    draws = make_draws(known.made, known.doubt, repetitions=1, seed=1)
    base, sample = draws.sample.inputs, draws.sample
    steeper = replace(SURE, slope=np.full(3, 0.3))
    inputs = next(iter(make_draws(known.made, steeper, repetitions=1, seed=1)))
    factor = inputs.demand.slope / base.demand.slope
    assert (np.abs(factor - 1.0) > 0.01).all()
    level = inputs.demand.intercept + factor * sample.pull
    np.testing.assert_allclose(level, base.demand.intercept + sample.pull, rtol=1e-12)


def test_level_errors_of_past_offers() -> None:
    doubt = replace(SURE, offers=np.array([400.0, 100.0, 0.0]))
    spread = np.array([0.25, 0.16, 0.2])
    np.testing.assert_allclose(level_errors(doubt, spread), [0.1, 0.25, 1.0])


def test_realised_outcomes_scatter_about_what_is_expected(known: Small) -> None:
    table, choice = known.made.table, solve(known.made.problem).choice
    entry = np.maximum(choice.ravel(), 0)
    cells = np.flatnonzero(choice.ravel() >= 0)

    def at(one) -> np.ndarray:
        return one.sums.reshape(len(MEASURES), choice.size, -1)[:, cells, entry[cells]].sum(axis=1)

    rng = np.random.default_rng(2)
    fallen = np.array([at(realised(table, choice, rng)) for _ in range(600)])
    error = fallen.std(axis=0) / np.sqrt(600)
    assert (np.abs(fallen.mean(axis=0) - at(table)) <= 4.5 * error + 1e-9).all()
    bads = MEASURES.index("bad_count")
    np.testing.assert_allclose(fallen[:, bads].std(), np.sqrt(at(table)[bads]), rtol=0.12)

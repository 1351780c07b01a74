"""The known world: its frames are drawn from its truth, and its truth is what it says."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from engine.errors import BookError
from engine.synth import world_truth as truth
from engine.synth.world import draw_world
from engine.synth.world_market import (
    CLIFF,
    CLIFF_GRADES,
    GRADES,
    RIVALS,
    TRADE_OFF,
    draw_offers,
    true_win,
)


def test_same_seed_same_frames() -> None:
    one, two, other = (draw_world(300, 200, seed=seed, offers=100) for seed in (1, 1, 2))
    for name in ("history", "book", "offers"):
        assert_frame_equal(getattr(one, name), getattr(two, name))
        assert not getattr(one, name).equals(getattr(other, name))


@pytest.mark.parametrize(
    "wrong", [{"history": 0}, {"customers": 0}, {"offers": 0}, {"spread": -0.1}, {"seed": -1}]
)
def test_impossible_worlds_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(BookError, match="a world needs"):
        draw_world(**({"history": 10, "customers": 10, "seed": 1, "offers": 10} | wrong))


@pytest.mark.parametrize("grade", range(len(GRADES)))
def test_win_is_what_drawn_rivals_say(grade: int) -> None:
    offers = draw_offers(np.random.default_rng(1), 200_000).filter(pl.col("grade") == GRADES[grade])
    score = np.sort(offers["rate"].to_numpy() - TRADE_OFF * np.log(offers["limit"].to_numpy()))
    rate, limit = np.array([0.05, 0.085, 0.12, 0.15, 0.2]), np.array([3e3, 8e3, 9e3, 2e4, 5e3])
    at = np.searchsorted(score, rate - TRADE_OFF * np.log(limit))
    beats = 1.0 - at / score.size
    seen = sum(p * beats**k for k, p in enumerate(RIVALS))
    np.testing.assert_allclose(true_win(np.array(grade), rate, limit), seen, atol=0.01)


@given(st.floats(0.0, 0.4), st.floats(0.0, 0.1), st.floats(500, 50_000), st.integers(0, 3))
def test_win_falls_with_the_rate_and_rises_with_the_limit(
    rate: float, more: float, limit: float, grade: int
) -> None:
    at = np.array(grade)
    own = true_win(at, np.array(rate), np.array(limit))
    assert 0.0 <= own <= 1.0
    assert true_win(at, np.array(rate + more), np.array(limit)) <= own + 1e-12
    assert true_win(at, np.array(rate), np.array(limit * (1.0 + more))) >= own - 1e-12


def test_the_cliff_is_flat_for_two_grades() -> None:
    edges = np.array([CLIFF[0] + 0.004, CLIFF[1] - 0.004])
    drop = [float(-np.diff(true_win(np.array(g), edges, np.array(8_000.0)))[0]) for g in range(4)]
    for name, fall in zip(GRADES, drop, strict=True):
        assert (fall < 0.001) == (name in CLIFF_GRADES)


def test_history_is_confounded_and_varies() -> None:
    world = draw_world(20_000, 10, seed=1, spread=0.02)
    x = world.history.select(truth.FEATURES).to_numpy()
    rate = world.history["rate"].to_numpy()
    design = np.column_stack([np.ones(len(x)), x])
    rest = rate - design @ np.linalg.lstsq(design, rate, rcond=None)[0]
    assert rest.std() == pytest.approx(0.02, abs=0.002)
    people = truth.People(
        x,
        world.history["segment"]
        .replace_strict(list(truth.SEGMENTS), range(3), return_dtype=pl.Int64)
        .to_numpy(),
    )
    assert np.corrcoef(rate, truth.keenness(people))[0, 1] > 0.3
    assert np.corrcoef(rate, truth.risk(people))[0, 1] > 0.3


def test_outcomes_come_at_the_true_rates() -> None:
    world = draw_world(60_000, 10, seed=3)
    history = world.history
    people = truth.People(
        history.select(truth.FEATURES).to_numpy(),
        history["segment"]
        .replace_strict(list(truth.SEGMENTS), range(3), return_dtype=pl.Int64)
        .to_numpy(),
    )
    rate, limit = history["rate"].to_numpy(), history["limit"].to_numpy()
    take_up, applied = truth.true_take_up(people, rate, limit), history["applied"].to_numpy()
    assert applied.mean() == pytest.approx(take_up.mean(), abs=0.01)
    taken = applied == 1
    default = history["default"].to_numpy()
    assert np.isnan(default[~taken]).all()
    expected = truth.true_pd(people, rate)
    assert default[taken].mean() == pytest.approx(expected[taken].mean(), abs=0.006)
    for dear in (rate > 0.14, rate <= 0.10):
        seen, true = default[taken & dear].mean(), expected[taken & dear].mean()
        assert seen == pytest.approx(true, abs=0.012)


def test_adverse_selection_makes_dear_loans_worse() -> None:
    people = truth.draw_people(np.random.default_rng(0), 50)
    odds = [truth.true_pd(people, rate) for rate in (0.12, 0.17)]
    lift = np.log(odds[1] / (1 - odds[1])) - np.log(odds[0] / (1 - odds[0]))
    np.testing.assert_allclose(lift, truth.ADVERSE * 0.05, rtol=1e-9)


def test_profit_by_hand_and_nothing_of_a_decline() -> None:
    world = draw_world(10, 4, seed=1, offers=10)
    rate, limit = np.full(4, 0.15), np.full(4, 7_000.0)
    approve = np.array([True, False, True, True])
    pd = truth.true_pd(world.people, rate)
    lent = truth.true_take_up(world.people, rate, limit) * limit
    each = lent * ((1 - pd) * (0.15 - 0.04) - pd * 0.5)
    assert world.profit(rate, limit, approve) == pytest.approx(each[approve].sum())
    unknown = np.where(approve, rate, np.nan)
    assert world.profit(unknown, limit, approve) == pytest.approx(each[approve].sum())
    assert world.profit(rate, limit, np.zeros(4, bool)) == 0.0

"""What is believed of a strategy: interval, regret, optimism, constraints and their margins."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from world_cases import SMALL_MENU, Small, optimise_config, small

from engine.errors import BookError
from engine.strategy import Prepared, best
from engine.strategy.answer import constraint_values
from engine.strategy.belief.answer import believed
from engine.strategy.belief.believing import believe, bounded, under_draws
from engine.strategy.belief.doubt import Doubt, PdErrors
from engine.strategy.belief.draws import make_draws
from engine.strategy.belief.margin import with_margin
from engine.strategy.config import OptimiseConfig
from engine.strategy.exact import solve
from engine.synth.world import draw_world

CAP = {"bad_rate_balance": {"max": 0.045}}


@pytest.fixture(scope="module")
def known() -> Small:
    return small(draw_world(3_000, 900, seed=4, offers=10))


def asked(made: Prepared, constraints: dict, **belief) -> Prepared:
    """The same menu under other constraints."""
    config: OptimiseConfig = optimise_config(
        grades="book", menu=SMALL_MENU, constraints=constraints, belief=belief
    )
    problem = bounded(made, made.table, config.constraints.bounds())
    return replace(made, config=config, problem=problem)


def most_volume(made: Prepared) -> float:
    """The expected exposure that no strategy exceeds."""
    return float(made.table.measure("exposure").max(axis=(2, 3)).sum())


def test_the_interval_holds_the_wanted_share_of_draws(known: Small) -> None:
    made = asked(known.made, {}, level=0.8)
    choice = solve(made.problem).choice
    found = believe(made, choice, known.doubt, repetitions=50, seed=1)
    profits, _ = under_draws(make_draws(made, known.doubt, repetitions=50, seed=1), choice)
    low, high = (end + found.optimism for end in found.interval)
    assert np.mean((profits >= low) & (profits <= high)) == pytest.approx(0.8, abs=0.03)
    assert (found.level, found.repetitions, found.infeasible) == (0.8, 50, 0)


def test_without_constraints_regret_and_optimism_are_not_negative(known: Small) -> None:
    made = known.made
    found = believe(made, solve(made.problem).choice, known.doubt, repetitions=10, seed=2)
    room = made.config.tolerance * found.expected_profit
    assert found.regret["p50"] >= -room
    assert found.optimism > 0.0
    assert found.corrected_profit == found.expected_profit - found.optimism
    assert found.regret["mean"] <= found.regret["p100"]


def test_a_strategy_that_was_not_the_best_has_more_to_regret(known: Small) -> None:
    made = known.made
    choice = solve(made.problem).choice
    worse = choice.copy()
    worse[:, -2:] = -1
    kept, cut = (
        believe(made, one, known.doubt, repetitions=6, seed=2).regret for one in (choice, worse)
    )
    assert cut["mean"] > kept["mean"]


@pytest.mark.slow
def test_shares_of_constraints_are_counted(known: Small) -> None:
    made = asked(known.made, CAP | {"min_volume": {"min": 1.0}})
    choice = solve(made.problem).choice
    found = believe(made, choice, known.doubt, repetitions=40, seed=3)
    draws = make_draws(made, known.doubt, repetitions=40, seed=3)
    bounds = made.config.constraints.bounds()
    held = [
        constraint_values(choice, draws.table(inputs, 1), bounds, capital_ratio=0.08)
        for inputs in draws
    ]
    share = np.mean([one["bad_rate_balance"]["satisfied"] for one in held])
    assert found.constraints == {"bad_rate_balance": share, "min_volume": 1.0}
    assert found.all_constraints == share
    assert 0.1 < share < 0.9  # the cap binds, so about half of the draws break it


def test_draws_that_no_strategy_survives_are_counted(known: Small) -> None:
    made = asked(known.made, {"min_volume": {"min": 0.99 * most_volume(known.made)}})
    found = believe(made, solve(made.problem).choice, known.doubt, repetitions=10, seed=3)
    assert 0 < found.infeasible < 10
    assert found.interval[0] < found.interval[1]


def test_chance_of_outcomes_makes_constraints_less_sure(known: Small) -> None:
    none = replace(
        known.doubt, pd=PdErrors(0.0, 0.0, 0.0), slope=np.zeros(3), intercept=0.0, offers=None
    )
    shares = []
    for flag in (False, True):
        made = asked(known.made, CAP, realised=flag)
        choice = solve(made.problem).choice
        draws = make_draws(made, none, repetitions=60, seed=1)
        shares.append(under_draws(draws, choice)[1]["bad_rate_balance"].mean())
    assert shares[0] == 1.0
    assert shares[1] < 0.9


@pytest.mark.parametrize("flag", [False, True], ids=["expected", "realised"])
def test_a_margin_holds_on_draws_that_did_not_choose_it(known: Small, flag: bool) -> None:
    made = asked(known.made, CAP, realised=flag)
    chosen_by, others = (
        make_draws(made, known.doubt, repetitions=150, seed=seed) for seed in (7, 8)
    )
    first = solve(made.problem)
    held = with_margin(chosen_by, first, 0.9)
    shares = [
        under_draws(others, choice)[1]["bad_rate_balance"].mean()
        for choice in (first.choice, held.solution.choice)
    ]
    assert shares[0] < 0.8
    assert shares[1] >= 0.84  # 0.9 less 2.5 standard errors of 150 draws


@pytest.mark.slow
def test_with_a_margin_another_strategy_is_the_answer(known: Small) -> None:
    made = asked(known.made, CAP, margin={"probability": 0.9})
    answer = best(made)
    found = believed(made, answer, known.doubt, repetitions=20, threads=1)
    assert found.belief.constraints["bad_rate_balance"] >= 0.7
    assert found.belief.margins["bad_rate_balance"]["max"] < 0.045
    assert found.answer.expected_profit < answer.expected_profit
    assert found.answer.constraints["bad_rate_balance"]["limit"] == 0.045


@settings(max_examples=3)
@given(st.sampled_from([0.6, 0.75, 0.9, 0.97]), st.integers(0, 50))
def test_a_margin_holds_in_its_own_draws_and_costs_no_more_than_it_must(
    known: Small, probability: float, seed: int
) -> None:
    made = asked(known.made, CAP)
    draws = make_draws(made, known.doubt, repetitions=40, seed=seed)
    first = solve(made.problem)
    held = with_margin(draws, first, probability)
    _, flags = under_draws(draws, held.solution.choice)
    assert flags["bad_rate_balance"].mean() >= probability
    assert held.solution.profit <= first.profit * (1.0 + made.config.tolerance)


def test_a_floor_is_raised(known: Small) -> None:
    volume = 1.01 * best(known.made).exposure
    made = asked(known.made, {"min_volume": {"min": volume}})
    doubt: Doubt = replace(known.doubt, intercept=0.3, offers=None)
    draws = make_draws(made, doubt, repetitions=60, seed=1)
    held = with_margin(draws, solve(made.problem), 0.8)
    assert (held.bounds["min_volume"].min or 0.0) > volume


def test_margins_that_cannot_be_are_refused(known: Small) -> None:
    made = asked(known.made, {}, margin={"probability": 0.9})
    with pytest.raises(BookError, match="no constraint to hold"):
        believed(made, best(made), known.doubt, repetitions=5, threads=1)
    narrow = asked(known.made, {"funding_budget": {"min": 2.0e6, "max": 2.02e6}})
    draws = make_draws(narrow, known.doubt, repetitions=40, seed=1)
    with pytest.raises(BookError, match="there is no room"):
        with_margin(draws, solve(narrow.problem), 0.95)
    tight = asked(known.made, {"min_volume": {"min": 0.99 * most_volume(known.made)}})
    draws = make_draws(tight, known.doubt, repetitions=40, seed=1)
    with pytest.raises(BookError, match=r"no strategy holds all constraints in 0\.95 of the draws"):
        with_margin(draws, solve(tight.problem), 0.95)


@pytest.mark.parametrize("repetitions", [0, 1])
def test_too_few_draws_are_refused(known: Small, repetitions: int) -> None:
    with pytest.raises(BookError, match="at least 2 draws"):
        believed(known.made, best(known.made), known.doubt, repetitions=repetitions, threads=1)

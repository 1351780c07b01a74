"""Searches by trials: seeds, constraints, what is found, what is said where nothing holds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from search_cases import IMPOSSIBLE, book_of, same, searched

from engine.errors import BookError
from engine.strategy.exact import InfeasibleStrategy, solve
from engine.strategy.exact.neighbours import keeps_order
from engine.strategy.exact.table import table_of
from engine.strategy.search.answering import answer_by_search
from engine.strategy.search.checkpoint import Trial
from engine.strategy.search.finding import find
from engine.strategy.search.menu_space import menu_space
from engine.strategy.search.plan import Plan

SPACES = [("nsga2", "menu"), ("nsga2", "curve"), ("tpe", "menu"), ("tpe", "curve")]


@pytest.mark.parametrize(("method", "space"), SPACES)
def test_the_same_seed_gives_the_same_answer(method: str, space: str) -> None:
    prepared, trials = book_of(constraints={"bad_rate_balance": {"max": 0.05}}), 60
    one, other, third = (
        searched(prepared, method, space=space, seed=seed, trials=trials) for seed in (7, 7, 8)
    )
    assert same(one, other)
    assert one.params != third.params


def test_an_answer_of_the_menu_holds_all_constraints_and_has_no_more_than_the_bound() -> None:
    prepared = book_of()
    found, exact = searched(prepared), solve(prepared.problem)
    table = table_of(prepared.problem)
    assert found.choice is not None
    assert (table.excess(found.choice) <= 0.0).all()
    assert keeps_order(table, found.choice)
    assert 0.5 * exact.profit < found.profit <= exact.upper_bound
    known = [best for best in found.best_by_generation if best is not None]
    assert known == sorted(known)
    assert known[-1] == pytest.approx(found.profit, rel=1e-12)


def test_a_warm_start_is_the_first_trial() -> None:
    prepared = book_of()
    exact = solve(prepared.problem)
    found = searched(prepared, start=exact, trials=40)
    assert found.profit == exact.profit
    assert found.choice is not None
    assert found.choice.tolist() == exact.choice.tolist()


@pytest.mark.parametrize("space", ["menu", "curve"])
def test_where_nothing_holds_the_least_violating_is_told(space: str) -> None:
    prepared = book_of(constraints=IMPOSSIBLE)
    with pytest.raises(InfeasibleStrategy, match=r"none of 40 trials.*'(el_rate|min_vol)") as told:
        searched(prepared, space=space, trials=40)
    assert told.value.exit_code == 78
    assert any(by > 0.0 for by in told.value.violations.values())


def test_a_better_trial_that_does_not_hold_when_valued_is_passed_over() -> None:
    prepared = book_of()
    space = menu_space(prepared.table, prepared.problem, None)
    held = searched(prepared)
    point = np.array(list(held.params.values()))
    free = np.array([axis.high for axis in space.axes])
    told = Trial(tuple(free.tolist()), 9e9, (-1.0,) * len(space.constraints))
    assert not space.check(free).holds
    real = Trial(tuple(point.tolist()), held.profit, (0.0,) * len(space.constraints))
    found = find(space, Plan("nsga2", 2, 2, 1), [told, real], prepared.problem)
    assert (found.number, found.refused, found.profit) == (1, 1, held.profit)


def test_a_trial_of_greater_profit_that_breaks_a_constraint_is_never_the_answer() -> None:
    prepared = book_of()
    space = menu_space(prepared.table, prepared.problem, None)
    rng = np.random.default_rng(2)
    low, high = (np.array([axis[k] for axis in space.axes]) for k in (1, 2))
    points = rng.integers(low, high + 1, (200, low.size)).astype(np.float64)
    profit, violations = space.evaluate(points)
    broken = (violations > 0.0).any(axis=0)
    assert profit[broken].max() > profit[~broken].max()  # or this test is no test
    trials = [
        Trial(tuple(p), x, tuple(v)) for p, x, v in zip(points, profit, violations.T, strict=True)
    ]
    found = find(space, Plan("nsga2", 200, 50, 1), trials, prepared.problem)
    assert found.profit == pytest.approx(profit[~broken].max(), rel=1e-12)


def test_an_answer_in_full_of_the_menu(tmp_path: Any) -> None:
    prepared = book_of(search={"trials": 60, "population": 20})
    wanted = prepared.config.search
    options: dict[str, Any] = {"resume": False, "threads": 1, "told": lambda *_: None}
    found = answer_by_search(prepared, "nsga2", wanted, folder=tmp_path, **options)
    assert found.answer is not None
    assert found.answer.status == "searched"
    assert found.answer.upper_bound == solve(prepared.problem).upper_bound
    share = found.answer.expected_profit / found.answer.upper_bound
    assert found.report["share_of_bound"] == pytest.approx(share)
    assert found.answer.gap == pytest.approx(1.0 - share)
    assert all(value["satisfied"] for value in found.answer.constraints.values())
    assert not list(tmp_path.iterdir())  # the checkpoint is gone


def test_an_answer_in_full_of_curves_has_no_bound_of_its_own(tmp_path: Any) -> None:
    prepared = book_of(search={"trials": 200, "population": 20, "space": "curve"})
    options: dict[str, Any] = {"resume": False, "threads": 1, "told": lambda *_: None}
    found = answer_by_search(prepared, "nsga2", prepared.config.search, folder=tmp_path, **options)
    assert found.answer is None
    assert found.report["share_of_bound"] is None
    bound = solve(prepared.problem).upper_bound
    assert found.report["share_of_menu_bound"] == pytest.approx(found.result.profit / bound)
    assert {s["segment"] for s in found.report["curve"]["segments"]} == {"a", "b"}
    assert "no strategy file" in found.report["note"]


def test_a_menu_that_is_proved_infeasible_says_so_before_any_trial(tmp_path: Any) -> None:
    prepared = book_of(constraints=IMPOSSIBLE)
    with pytest.raises(InfeasibleStrategy, match="no strategy holds the constraints"):
        answer_by_search(
            prepared,
            "tpe",
            prepared.config.search,
            folder=tmp_path,
            resume=False,
            threads=1,
            told=lambda *_: None,
        )


def test_curves_know_no_steps_between_grades() -> None:
    with pytest.raises(BookError, match="least_step and largest_step"):
        searched(book_of(least_step=0.01), space="curve")

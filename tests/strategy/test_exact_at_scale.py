"""The exact solver on a lender's menu: gaps, prices, frontiers, all orderings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from exact_oracle import breaches, exact_sides
from menu_cases import book

from engine.strategy.exact import InfeasibleStrategy, solve
from engine.strategy.menu.problem import Ordering

ORDERINGS = [
    Ordering(),
    Ordering(limits=True),
    Ordering(decline="any", least_step=0.005, largest_step=0.05),
    Ordering(limits=True, decline="any"),
    Ordering(scope="book"),
    Ordering(scope="book", decline="any"),
]


@pytest.mark.parametrize("ordering", ORDERINGS, ids=str)
def test_one_cap_is_closed(ordering: Ordering) -> None:
    problem = book(1, (3, 8, 20, 10), cap=0.03, ordering=ordering)
    found = solve(problem)
    assert found.status == "optimal"
    assert found.gap <= 2e-4
    assert breaches(problem, found.choice) == []
    assert max(exact_sides(problem, found.choice)[1]) <= 0.0
    assert found.shadow_prices["bad_rate"] > 0.0


def test_limits_ordered_over_the_book() -> None:
    ordering = Ordering(limits=True, scope="book")
    problem = book(1, (3, 5, 10, 6), cap=0.03, ordering=ordering)
    found = solve(problem)
    assert found.status == "optimal"
    assert breaches(problem, found.choice) == []


def test_four_constraints_on_a_whole_menu() -> None:
    problem = book(0, cap=0.03, budget=0.5, volume=0.45, approvals=0.95)
    found = solve(problem)
    assert found.status == "optimal"
    assert max(exact_sides(problem, found.choice)[1]) <= 0.0
    assert sum(price > 0.0 for price in found.shadow_prices.values()) >= 2
    assert found.values.keys() == found.shadow_prices.keys()


def test_a_price_is_what_a_little_more_room_is_worth() -> None:
    problem = book(0, cap=0.035)
    (cap,) = problem.constraints
    found = solve(problem)
    more = 1e-3 * cap.scale
    wider = solve(replace(problem, constraints=(replace(cap, bound=cap.bound + more),)))
    gained = (wider.root_bound - found.root_bound) / more
    assert gained == pytest.approx(found.shadow_prices["bad_rate"], rel=0.05)
    assert gained <= found.shadow_prices["bad_rate"] * (1 + 1e-6)  # bounds are concave in room


def test_a_frontier_may_begin_where_the_last_cap_ended() -> None:
    profits, start = [], None
    for cap in np.linspace(0.02, 0.05, 7):
        problem = book(2, (4, 10, 30, 12), cap=float(cap))
        warm, cold = solve(problem, start=start), solve(problem)
        for found in (warm, cold):
            assert found.status == "optimal"
            assert max(exact_sides(problem, found.choice)[1]) <= 0.0
        assert warm.profit <= cold.upper_bound
        assert cold.profit <= warm.upper_bound
        assert warm.root_bound == pytest.approx(cold.root_bound, rel=1e-6)
        profits.append(warm.upper_bound)
        start = warm.start
    assert (np.diff(profits) > -1e-4 * profits[-1]).all()


def test_a_start_of_another_menu_is_left_aside() -> None:
    start = solve(book(0, (2, 4, 12, 6))).start
    other = book(0, (1, 5, 12, 6))
    assert solve(other, start=start).upper_bound >= solve(other).profit


def test_what_no_bank_can_hold_is_explained_at_scale() -> None:
    with pytest.raises(InfeasibleStrategy, match="'bad_rate', 'volume' cannot hold together"):
        solve(book(0, cap=0.004, volume=0.6))

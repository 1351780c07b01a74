"""The exact solver against HiGHS on a plain formulation, on random small menus."""

from __future__ import annotations

import pytest
from exact_oracle import breaches, exact_sides, oracle, small

from engine.strategy.exact import InfeasibleStrategy, Solution, solve
from engine.strategy.menu.problem import MenuProblem

QUICK = 16
MENUS = 520


def check(problem: MenuProblem) -> Solution | None:
    """None where both say that there is no answer."""
    optimum = oracle(problem).profit
    try:
        found = solve(problem, seconds=30.0)
    except InfeasibleStrategy as error:
        check_refusal(problem, optimum, error)
        return None
    assert optimum is not None
    profit, excess = exact_sides(problem, found.choice)
    assert profit == found.profit
    assert max(excess, default=0.0) <= 0.0
    assert breaches(problem, found.choice) == []
    assert found.profit <= optimum + 1e-6 * abs(optimum)
    assert optimum <= found.upper_bound <= found.root_bound
    assert found.gap <= 2e-4
    assert found.status == "optimal"
    return found


def check_refusal(problem: MenuProblem, optimum: float | None, error: InfeasibleStrategy) -> None:
    assert optimum is None
    if error.choice is not None:
        excess = exact_sides(problem, error.choice)[1]
        assert [max(0.0, over) for over in excess] == list(error.violations.values())
        assert breaches(problem, error.choice) == []


@pytest.mark.parametrize("seed", range(QUICK))
def test_optimum_equals_that_of_highs(seed: int) -> None:
    check(small(seed))


@pytest.mark.slow
def test_optima_of_many_menus_equal_those_of_highs() -> None:
    found = [check(small(seed)) for seed in range(QUICK, MENUS)]
    solved = [each for each in found if each is not None]
    binding = [each for each in solved if any(each.shadow_prices.values())]
    assert len(found) > len(solved) > 0.9 * len(found)
    assert len(binding) > 0.8 * len(solved)

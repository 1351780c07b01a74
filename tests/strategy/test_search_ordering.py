"""Any numbers become a choice that keeps to the ordering; one that keeps to it stays."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from search_cases import random_choices, random_problem

from engine.strategy.exact.neighbours import keeps_order
from engine.strategy.exact.table import table_of
from engine.strategy.problem import DECLINED
from engine.strategy.search.ordering import Offers, broken_cells, in_order

SEEDS = st.integers(0, 2**32 - 1)


def offers_of(choices: np.ndarray, limits: int) -> Offers:
    entry = np.maximum(choices, 0)
    return Offers(choices != DECLINED, entry // limits, entry % limits)


@settings(max_examples=150, deadline=None)
@given(SEEDS, SEEDS)
def test_broken_cells_are_those_of_the_exact_method(menu: int, seed: int) -> None:
    table = table_of(random_problem(menu))
    problem = table.problem
    choices = random_choices(seed, table.shape, table.profit.shape[1], 30)
    choices[:10] = in_order(offers_of(choices[:10], problem.limits.size), problem, table.rules)
    broken = broken_cells(choices, problem, table.rules)
    assert [not b for b in broken] == [keeps_order(table, choice) for choice in choices]


@settings(max_examples=150, deadline=None)
@given(SEEDS, SEEDS)
def test_only_what_is_forced_or_an_ordered_limit_can_break(menu: int, seed: int) -> None:
    table = table_of(random_problem(menu))
    problem, limits = table.problem, table.problem.limits.size
    choices = random_choices(seed, table.shape, table.profit.shape[1], 30)
    made = in_order(offers_of(choices, limits), problem, table.rules)
    free = broken_cells(made, problem, table.rules) == 0
    if problem.may_decline.all() and (not problem.ordering.limits or problem.allowed.all()):
        assert free.all()
    again = in_order(offers_of(made[free], limits), problem, table.rules)
    assert again.tolist() == made[free].tolist()  # so every choice that keeps to it is reached

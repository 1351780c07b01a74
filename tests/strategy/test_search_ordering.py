"""Any numbers become a choice that keeps to the ordering; one that keeps to it stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from search_cases import book_of, random_choices, random_problem

from engine.strategy.exact.neighbours import keeps_order
from engine.strategy.exact.table import table_of
from engine.strategy.menu.problem import DECLINED, MenuProblem, Ordering
from engine.strategy.search.menu_space import menu_space
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


def test_rates_are_dealt_out_anew_in_the_order_of_the_grades() -> None:
    """Of each segment; over the book a grade's cells share its part, the higher stay the higher."""
    shape = (2, 3, 5, 1)
    every = {"allowed": np.ones(shape, np.bool_), "may_decline": np.ones(shape[:2], np.bool_)}
    problem = MenuProblem(
        rates=0.01 * np.arange(3.0, 8.0), limits=np.array([1.0]), profit=np.zeros(shape), **every
    )
    told = np.array([[[4, 0, 2], [1, 3, DECLINED]]])
    alone = in_order(offers_of(told, 1), problem, table_of(problem).rules)
    assert alone.tolist() == [[[0, 2, 4], [1, 3, DECLINED]]]
    whole = replace(problem, ordering=Ordering(scope="book", decline="any"))
    together = in_order(offers_of(told, 1), whole, table_of(whole).rules)
    assert together.tolist() == [[[1, 2, 4], [0, 3, DECLINED]]]


def test_a_point_that_steps_leave_no_room_for_does_not_hold() -> None:
    """From the highest rate no step leads to grade B, which must be approved."""
    prepared = book_of(least_step=0.05, always_approve=["A", "B"], constraints={})
    space = menu_space(prepared.table, prepared.problem, None)
    highest = np.array([axis.high for axis in space.axes])
    assert space.evaluate(highest[None]).violations[-1, 0] > 0.0
    assert not space.check(highest).holds
    lowest = np.array([axis.low for axis in space.axes])
    lowest[[axis.name.startswith("rate") for axis in space.axes]] = 0.0
    assert space.check(lowest).holds

"""The frontier: each cap against a solve of its own, monotone, and what cannot be held."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenario_cases import prepared
from small_columns import MENU, config

from engine.errors import BookError
from engine.strategy.exact import InfeasibleStrategy, Solution, solve
from engine.strategy.menu.problem import MenuProblem
from engine.strategy.what_if.frontier import Caps, Frontier, frontier, read_caps

SMALL = {**MENU, "rates": {"values": [0.06, 0.1, 0.14, 0.2, 0.28]}}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("el_rate=0.02", (0.02,)),
        ("el_rate=0.03,0.01,0.03", (0.01, 0.03)),
        ("el_rate=0.01:0.03:3", (0.01, 0.02, 0.03)),
        ("el_rate=0.03:0.01:2", (0.01, 0.03)),
        ("el_rate=1e-2, 2e-2", (0.01, 0.02)),
        ("el_rate=0.1:0.3:3", (0.1, 0.2, 0.3)),
    ],
)
def test_caps_as_they_are_written(text: str, values: tuple[float, ...]) -> None:
    assert read_caps(text) == Caps("el_rate", values)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("el_rate", "'el_rate' is not NAME=v1,v2,..."),
        ("bad_rate_balanse=0.01", "no constraint 'bad_rate_balanse'; did you mean 'bad_rate_bal"),
        ("max_change=0.1", "no constraint 'max_change'"),
        ("el_rate=", "caps of el_rate must be numbers"),
        ("el_rate=0.01,,0.02", "caps of el_rate must be numbers"),
        ("el_rate=low", "must be numbers, v1,v2,... or from:to:steps, not 'low'"),
        ("el_rate=0.01:0.02", "must be numbers"),
        ("el_rate=0.01:0.02:2.5", "must be numbers"),
        ("el_rate=0.01:0.02:0", "0 caps; from 1 to 1000"),
        ("el_rate=0.01:0.02:5000", "5000 caps; from 1 to 1000"),
        ("el_rate=nan,0.01,inf", "2 of the caps of el_rate are not finite"),
        ("el_rate=nan:0.02:3", "of the caps of el_rate are not finite"),
    ],
)
def test_caps_that_cannot_be_read(text: str, says: str) -> None:
    with pytest.raises(BookError) as caught:
        read_caps(text)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("text", "constraints"),
    [
        ("bad_rate_balance=0.01,0.02,0.03,0.05,0.2", {"min_volume": {"min": 100_000}}),
        ("bad_rate_balance=0.02,0.04", {"bad_rate_balance": {"max": 0.01, "basis": "approved"}}),
        ("el_amount=100,1000,10000", {}),
        ("min_volume=10000,100000,250000", {"bad_rate_balance": {"max": 0.03}}),
        ("min_investor_return=0.01,0.04,0.08", {}),
        ("average_rate=0.1,0.15", {"average_rate": {"max": 0.2}}),
        ("average_rate=0.1,0.15", {"average_rate": {"min": 0.2}}),
    ],
)
def test_each_cap_as_if_it_were_the_books(text: str, constraints: dict[str, Any]) -> None:
    caps = read_caps(text)
    found = frontier(prepared(**constraints), caps)
    assert [point.cap for point in found.points] == list(caps.values)
    for point in found.points:
        own = constraints.get(caps.name, {})
        alone = {**own, found.side: point.cap}
        made = prepared(**{**constraints, caps.name: alone})
        try:
            best = solve(made.problem, seconds=20)
        except InfeasibleStrategy:
            assert point.status == "infeasible"
            continue
        assert point.status == "optimal"
        assert point.expected_profit is not None
        assert point.upper_bound is not None
        room = 1e-9 * abs(best.upper_bound)
        assert point.expected_profit <= best.upper_bound + room
        assert best.profit <= point.upper_bound + room
        assert point.value is not None
        holds = point.value - point.cap if found.side == "max" else point.cap - point.value
        assert holds <= 1e-9 * point.cap


def test_amounts_of_a_point_are_those_of_its_strategy() -> None:
    made = prepared()
    (point,) = frontier(made, Caps("el_amount", (3_000.0,))).points
    assert point.expected_loss == point.value
    (free,) = frontier(made, Caps("el_amount", (1e9,))).points
    best = solve(made.problem)
    assert free.expected_profit == best.profit
    chosen = [(c, e) for c, e in enumerate(best.choice.ravel()) if e >= 0]
    exposure = made.table.measure("exposure").reshape(best.choice.size, -1)
    assert free.exposure == pytest.approx(sum(exposure[c, e] for c, e in chosen))


def test_which_side_a_cap_is_on() -> None:
    def side(name: str, **constraints: Any) -> str:
        return frontier(prepared(**constraints), Caps(name, (0.1,))).side

    assert side("bad_rate_balance") == "max"
    assert side("min_approval_rate") == "min"
    assert side("average_rate") == "max"
    assert side("average_rate", average_rate={"min": 0.05}) == "min"
    assert side("average_rate", average_rate={"min": 0.05, "max": 0.3}) == "max"


def test_the_other_bound_of_two_stays() -> None:
    made = prepared(average_rate={"min": 0.15, "max": 0.3})
    low, high = frontier(made, Caps("average_rate", (0.1, 0.2))).points
    assert (low.expected_profit, low.exposure, low.value) == (0.0, 0.0, None)  # all declined
    assert high.value is not None
    assert 0.15 - 1e-9 <= high.value <= 0.2 + 1e-9


def test_what_cannot_be_held_says_so_and_the_rest_is_solved() -> None:
    made = prepared(min_volume={"min": 250_000})
    points = frontier(made, read_caps("bad_rate_balance=0.001,0.002,0.005,0.1")).points
    assert [point.status for point in points] == ["infeasible"] * 3 + ["optimal"]
    assert "'min_volume'" in (points[2].reason or "")
    assert [point.reason for point in points[:2]] == [
        "tighter than 0.005, which no strategy holds"
    ] * 2
    assert points[0].expected_profit is points[0].upper_bound is None


def test_no_cap_can_be_held() -> None:
    made = prepared(min_volume={"min": 1e12})
    points = frontier(made, read_caps("bad_rate_balance=0.01:0.3:4")).points
    assert {point.status for point in points} == {"infeasible"}


def test_no_time_is_no_crash() -> None:
    wanted = config(seconds=0.0, tolerance=0.0, constraints={"min_volume": {"min": 100_000}})
    found = frontier(prepared(wanted=wanted), read_caps("bad_rate_balance=0.01:0.05:9"))
    for point in found.points:
        assert (point.expected_profit is None) == (point.status in ("infeasible", "undecided"))
        assert (point.reason is None) == (point.expected_profit is not None)


def test_a_constraint_that_the_book_cannot_state() -> None:
    wanted = config(constraints={"el_rate": {"max": 0.1, "basis": "approved"}})
    with pytest.raises(BookError, match="no basis 'approved'"):
        prepared(wanted=wanted)


def test_a_poor_solve_is_bettered_by_its_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loosest cap's solve finds nothing better than to decline all, the tightest proves little:
    the one takes the strategy of a tighter cap, the other the bound of a looser one."""
    made, caps = prepared(), Caps("el_amount", (1_000.0, 3_000.0, 9_000.0))
    right = frontier(made, caps).points
    solved: list[Solution] = []

    def poor(problem: MenuProblem, **settings: Any) -> Solution:
        found = solve(problem, **settings)
        if not solved:
            found = replace(found, choice=np.full_like(found.choice, -1), profit=0.0)
        if len(solved) == 2:
            found = replace(found, upper_bound=10.0 * found.upper_bound)
        solved.append(found)
        return found

    monkeypatch.setattr("engine.strategy.what_if.frontier.solve", poor)
    tight, middle, loose = frontier(made, caps).points
    assert middle == right[1]
    assert loose.expected_profit == middle.expected_profit
    assert (loose.exposure, loose.value) == (middle.exposure, middle.value)
    assert loose.upper_bound == right[2].upper_bound
    assert tight.expected_profit == right[0].expected_profit
    assert tight.upper_bound == middle.upper_bound
    assert tight.status == loose.status == "time limit"
    for point in (tight, loose):
        assert point.upper_bound is not None
        assert point.expected_profit is not None
        gap = (point.upper_bound - point.expected_profit) / point.upper_bound
        assert point.gap == pytest.approx(gap)


def profits(found: Frontier) -> list[float]:
    """Of the feasible points, from the tightest cap to the loosest."""
    points = found.points if found.side == "max" else found.points[::-1]
    return [p.expected_profit for p in points if p.expected_profit is not None]


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n=st.integers(1, 60),
    name=st.sampled_from(["bad_rate_balance", "el_amount", "min_volume", "average_rate"]),
    shares=st.lists(st.floats(0.01, 1.5), min_size=2, max_size=6, unique=True),
    seconds=st.sampled_from([0.0, 20.0]),
)
def test_profit_never_falls_where_a_cap_is_loosened(
    seed: int, n: int, name: str, shares: list[float], seconds: float
) -> None:
    wanted = config(menu=SMALL, seconds=seconds, constraints={"bad_rate_count": {"max": 0.06}})
    made = prepared(n=n, seed=seed, wanted=wanted)
    scale = {"bad_rate_balance": 0.05, "el_amount": 3.0 * n, "min_volume": 900.0 * n}
    caps = Caps(name, tuple(sorted(scale.get(name, 0.2) * share for share in shares)))
    found = frontier(made, caps)
    earned = profits(found)
    assert (np.diff(earned) >= 0.0).all()
    tight_first = found.points if found.side == "max" else found.points[::-1]
    assert sorted(tight_first, key=lambda p: p.status != "infeasible") == list(tight_first)
    for point in found.points:
        if point.expected_profit is not None and point.upper_bound is not None:
            assert point.expected_profit <= point.upper_bound
            assert point.gap is not None
            assert point.status == ("optimal" if point.gap <= wanted.tolerance else "time limit")

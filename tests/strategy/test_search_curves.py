"""Risk curves: the order of rates, what the menu allows, and constraints as on the menu."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from search_cases import book_of

from engine.strategy.optimise import Prepared
from engine.strategy.search.curve_sides import CurveSides
from engine.strategy.search.curve_space import CurveSpace, curve_space
from engine.strategy.search.curve_valuation import exact_measures
from engine.strategy.search.curves import curves_of, offered, risk_of
from engine.strategy.search.menu_space import menu_space
from kernels.generation import MEASURES, Curves, generation_sums

ALL: dict[str, Any] = {
    "bad_rate_count": {"max": 0.03, "basis": "approved"},
    "bad_rate_balance": {"max": 0.03},
    "el_rate": {"max": 0.02},
    "el_amount": {"max": 2_000},
    "funding_budget": {"max": 300_000, "basis": "approved"},
    "min_volume": {"min": 60_000},
    "min_approval_rate": {"min": 0.5},
    "average_rate": {"min": 0.08, "max": 0.2},
    "min_investor_return": {"min": 0.05},
    "capital": {"max": 9_000},
    "group_approval_ratio": {"min": 0.9},
    "group_rate_difference": {"max": 0.01},
}

ADVERSE = {"rate": 6.0, "log_limit": 0.2, "reference_rate": 0.1, "reference_limit": 2000.0}


def points_in(space: CurveSpace, n: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    low, high, whole = (np.array([axis[k] for axis in space.axes]) for k in (1, 2, 3))
    points = rng.uniform(low, high + np.where(whole, 0.999, 0.0), (n, low.size))
    return np.where(whole, np.floor(points), points)


@pytest.mark.parametrize("basis", ["taken_up", "approved"])
def test_flat_curves_are_told_what_the_menu_says(basis: str) -> None:
    prepared = book_of(
        constraints=ALL | {"average_rate": {"min": 0.08, "max": 0.2, "basis": basis}}
    )
    menu = menu_space(prepared.table, prepared.problem, None)
    low, high = (np.array([axis[k] for axis in menu.axes]) for k in (1, 2))
    points = np.random.default_rng(4).integers(low, high + 1, (40, low.size)).astype(float)
    choices = menu.choices(points).reshape(40, -1)
    rates, limits = prepared.problem.rates, prepared.problem.limits
    entry = np.maximum(choices, 0)
    rate, limit, none = rates[entry // limits.size], limits[entry % limits.size], choices * 0.0
    curves = Curves(choices >= 0, rate, none, none, rate, rate, limit, none, limit, limit)
    space = curve_space(prepared, threads=1)
    sums = generation_sums(space.book, curves)
    shape = prepared.table.rows.shape
    sides = CurveSides(
        prepared.table,
        prepared.pricing.economics.capital_ratio,
        sums.reshape(len(MEASURES), *shape, -1),
        curves.approve.T.reshape(*shape, -1),
    )
    got = sides.excess(prepared.config.constraints.bounds(), prepared.problem)
    outcomes = menu.evaluate(points)
    assert got.shape == (15, 40)
    assert got == pytest.approx(outcomes.violations[:-1], rel=1e-9, abs=1e-9)
    assert sums[0].sum(axis=0) == pytest.approx(outcomes.profit, rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("economics", [{}, {"adverse_selection": ADVERSE}])
def test_a_generation_brings_what_exact_valuation_says(economics: dict[str, Any]) -> None:
    from scenario_cases import prepared as made
    from small_columns import pricing

    prepared = made(priced=pricing(economics=economics), bad_rate_balance={"max": 0.03})
    space = curve_space(prepared, threads=2)
    points = points_in(space, 12)
    outcomes = space.evaluate(points)
    for point, profit, violations in zip(
        points, outcomes.profit, outcomes.violations.T, strict=True
    ):
        checked = space.check(point)
        assert profit == pytest.approx(checked.profit, rel=1e-10, abs=1e-7)
        assert violations == pytest.approx(list(checked.violations.values()), abs=1e-10)
    curves = curves_of(points[:1], prepared.problem, space.room)
    exact, totals = exact_measures(space.book, curves)
    assert generation_sums(space.book, curves)[:, :, 0] == pytest.approx(exact, rel=1e-10)
    assert list(totals) == list(MEASURES)


def offers(space: CurveSpace, point: np.ndarray) -> tuple[np.ndarray, ...]:
    """Segment, PD, rate and limit before the own cap, of every approved customer."""
    prepared = space.prepared
    curves = curves_of(point[None], prepared.problem, space.room)
    first = prepared.table.rows.first
    cell = np.repeat(np.arange(first.size - 1), np.diff(first))
    u, approve = space.book.customers.x, curves.approve[0, cell]
    c = [coefficient[0, cell] for coefficient in curves[1:]]
    rate = np.clip(c[0] + u * (c[1] + u * c[2]), c[3], c[4])
    limit = np.clip(c[5] + u * c[6], c[7], c[8])
    segment = cell // prepared.table.rows.shape[1]
    return tuple(x[approve] for x in (segment, space.book.customers.pd, rate, limit))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"scope": "book", "decline": "any"},
        {"order_limits": True, "always_approve": ["A"]},
        {"scope": "book", "order_limits": True},
    ],
)
def test_who_is_riskier_never_pays_less(changes: dict[str, Any]) -> None:
    prepared = book_of(**changes)
    space = curve_space(prepared, threads=1)
    points = points_in(space, 30)
    violations = space.evaluate(points).violations
    assert (violations[-1] <= 0.0).all()
    for point in points:
        segment, pd, rate, limit = offers(space, point)
        for members in [segment >= 0] if "scope" in changes else [segment == 0, segment == 1]:
            order = np.argsort(pd[members])
            assert (np.diff(rate[members][order]) >= -1e-12).all()
            assert (np.diff(limit[members][order]) <= 1e-9).all()


def test_a_disorder_that_clipping_makes_is_a_violation() -> None:
    """Rates near today's: where today's fall with risk, no curve within reach is in order."""
    prepared = book_of(constraints={"max_change": {"rate": 0.01}})
    turned = Prepared(**vars(prepared) | {"problem": _turned(prepared)})
    space = curve_space(turned, threads=1)
    points = points_in(space, 20)
    points[:, :2] = 2.0  # grades A and B are approved in both segments
    assert (space.evaluate(points).violations[-1] > 0.0).all()


def _turned(prepared: Prepared) -> Any:
    """The allowed rates of grades A and B changed over."""
    from dataclasses import replace

    allowed = np.ascontiguousarray(prepared.problem.allowed[:, [1, 0, 2]])
    return replace(prepared.problem, allowed=allowed)


def test_curves_stay_within_ceilings_and_forbidden_grades() -> None:
    ceilings = [{"max_apr": 0.15, "to_limit": 900}]
    prepared = book_of(rate_ceilings=ceilings, never_approve=["C"], always_approve=["A"])
    space = curve_space(prepared, threads=1)
    assert offered(prepared.problem).rate_hi[:, :2].max() <= 0.15
    for point in points_in(space, 20):
        _, pd, rate, _ = offers(space, point)
        assert rate.max() <= 0.15
        assert pd.max() <= 0.08  # nobody of grade C
        assert (pd <= 0.02).any()
    depth = space.axes[0]
    assert (depth.name, depth.low) == ("depth a", 1.0)


def test_risk_runs_from_the_first_to_the_last_hundredth() -> None:
    pd = np.linspace(0.001, 0.3, 1000)
    found = risk_of(pd)
    assert found.u.min() == 0.0
    assert found.u.max() == 1.0
    assert (np.diff(found.u) >= 0.0).all()
    assert (found.u == 0.0).sum() == 10
    assert found.at_0 == pytest.approx(pd[9])
    assert found.at_1 == pytest.approx(pd[989])
    assert risk_of(np.full(3, 0.1)).u.tolist() == [0.0, 0.0, 0.0]
    assert np.isfinite(risk_of(np.array([0.0, 0.5, 1.0])).u).all()

"""Constraints by name: as sums over the table, against plain sums over the customers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_columns import FACTS, columns, config, pricing

from engine.errors import BookError
from engine.strategy import prepare
from engine.strategy.answer import chosen_entries, constraint_values, offers_of
from engine.strategy.menu.constraints import equal_pd_shares
from engine.strategy.menu.groups import group_report
from engine.strategy.optimise import Prepared

LIMITS = 4


def prepared(constraints: dict[str, Any]) -> Prepared:
    return prepare(columns(), pricing(), config(constraints=constraints), FACTS, threads=1)


def some_choice(made: Prepared) -> np.ndarray:
    """Rates rise with the grade; the worst grade of the second segment is declined."""
    return np.array([[1 * LIMITS + 3, 4 * LIMITS + 2, 8 * LIMITS], [3 * LIMITS + 1, 15, -1]])


def by_customer(made: Prepared, choice: np.ndarray) -> dict[str, np.ndarray]:
    """Take-up, limit, PD and rate of the approved customers, one by one."""
    own, rows = made.columns, made.table.rows
    offers = offers_of(choice, made.table)
    cell = np.empty(own.pd.size, np.int64)
    cell[rows.order] = np.repeat(np.arange(6), np.diff(rows.first))
    approved = offers.approve[cell]
    rate = offers.rate[cell]
    limit = np.minimum(offers.limit[cell], own.cap)
    with np.errstate(divide="ignore"):
        z = 1.0 - 16.0 * rate + 0.4 * np.log(limit / 3000.0)
    taken = np.where(limit > 0, 1 / (1 + np.exp(-z)), 0.0)
    found = {"taken": taken, "limit": limit, "pd": np.asarray(own.pd), "rate": rate}
    return {name: values[approved] for name, values in found.items()}


@pytest.mark.parametrize("basis", ["taken_up", "approved"])
def test_values_equal_sums_over_customers(basis: str) -> None:
    names = (
        *("bad_rate_count", "bad_rate_balance", "funding_budget", "min_volume"),
        *("min_approval_rate", "average_rate", "capital"),
    )
    made = prepared({name: {"max": 1e9, "basis": basis} for name in names})
    choice = some_choice(made)
    c = by_customer(made, choice)
    weight = c["taken"] if basis == "taken_up" else np.ones(c["pd"].size)
    lent = weight * c["limit"]
    expected = {
        "bad_rate_count": (weight * c["pd"]).sum() / weight.sum(),
        "bad_rate_balance": (lent * c["pd"]).sum() / lent.sum(),
        "funding_budget": lent.sum(),
        "min_volume": lent.sum(),
        "min_approval_rate": c["pd"].size / 400,
        "average_rate": (lent * c["rate"]).sum() / lent.sum(),
        "capital": 0.08 * lent.sum(),
    }
    bounds = made.config.constraints.bounds()
    found = constraint_values(choice, made.table, bounds, capital_ratio=0.08)
    assert {name: value["value"] for name, value in found.items()} == pytest.approx(
        expected, rel=1e-11
    )


def test_losses_and_returns() -> None:
    names = ("el_rate", "el_amount", "min_investor_return")
    made = prepared({name: {"max": 1e9} for name in names})
    choice = some_choice(made)
    c = by_customer(made, choice)
    lent = c["taken"] * c["limit"]
    profit = lent * ((1 - c["pd"]) * (c["rate"] - 0.03) - c["pd"] * 0.5)
    found = constraint_values(
        choice, made.table, made.config.constraints.bounds(), capital_ratio=0.08
    )
    loss = (lent * c["pd"] * 0.5).sum()
    assert found["el_amount"]["value"] == pytest.approx(loss, rel=1e-11)
    assert found["el_rate"]["value"] == pytest.approx(loss / lent.sum(), rel=1e-11)
    expected = profit.sum() / lent.sum()
    assert found["min_investor_return"]["value"] == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(
    "name", ["bad_rate_balance", "el_amount", "average_rate", "min_approval_rate"]
)
def test_a_bound_is_a_sum_against_a_number(name: str) -> None:
    """The linear form is above its bound just where the value is."""
    made = prepared({name: {"max": 1.0}})
    choice = some_choice(made)
    chosen = chosen_entries(choice, made.table)
    bounds = made.config.constraints.bounds()
    value = constraint_values(choice, made.table, bounds, capital_ratio=0.08)[name]["value"]
    for factor in (0.999, 1.001):
        for side in ("min", "max"):
            (linear,) = prepared({name: {side: value * factor}}).problem.constraints
            excess = float(linear.coefficients[chosen].sum()) - linear.bound
            assert (excess > 0) == ((factor < 1) == (side == "max"))
            assert linear.scale > 0


def test_both_sides_are_two_constraints() -> None:
    made = prepared({"average_rate": {"min": 0.1, "max": 0.2}})
    assert [c.name for c in made.problem.constraints] == ["average_rate min", "average_rate max"]


def test_groups_at_equal_pd() -> None:
    """Two groups treated alike within each cell, spread differently over segments."""
    made = prepared({"group_approval_ratio": {"min": 0.5}, "group_rate_difference": {"max": 1.0}})
    choice, table = some_choice(made), made.table
    (pair,) = group_report(choice, table)
    first, second = equal_pd_shares(table, 0, 1)
    assert first.sum() == pytest.approx(1.0)
    members = table.members.astype(float)
    weight = members.sum(axis=(0, 1)) / members.sum()
    declined = members[:, 1, 2] / members[:, :, 2].sum(axis=1) * weight[2]
    assert pair["approval_rate"] == pytest.approx((1 - declined).tolist())
    ratio = min(pair["approval_rate"]) / max(pair["approval_rate"])
    assert pair["approval_ratio"] == pytest.approx(ratio)
    assert first.shape == second.shape == (2, 3)


def test_a_group_constraint_binds_where_the_report_says_so() -> None:
    made = prepared({"group_approval_ratio": {"min": 0.5}})
    choice = some_choice(made)
    (pair,) = group_report(choice, made.table)
    chosen = chosen_entries(choice, made.table)
    for factor in (0.999, 1.001):
        bound = pair["approval_ratio"] * factor
        linear = prepared({"group_approval_ratio": {"min": bound}}).problem.constraints
        excess = max(float(c.coefficients[chosen].sum()) - c.bound for c in linear)
        assert (excess > 0) == (factor > 1)


@pytest.mark.parametrize(
    ("constraints", "message"),
    [
        ({"el_rate": {"max": 0.1, "basis": "approved"}}, "el_rate: no basis 'approved'"),
        ({"group_approval_ratio": {"max": 0.9}}, "give min"),
        ({"group_rate_difference": {"min": 0.9}}, "give max"),
    ],
)
def test_what_cannot_be_stated(constraints: dict[str, Any], message: str) -> None:
    with pytest.raises(BookError, match=message):
        prepared(constraints)


def test_groups_that_the_book_does_not_name() -> None:
    alone = columns(groups=("all",), group=np.zeros(400, np.int16))
    wished = config(constraints={"group_approval_ratio": {"min": 0.8}})
    with pytest.raises(BookError, match=r"strategy\.group must name a column"):
        prepare(alone, pricing(), wished, FACTS, threads=1)

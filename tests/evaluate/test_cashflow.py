"""Cash flow economics: a loan by hand, month by month, and what cannot be stated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from evaluate_cases import features, rows, strategy
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from engine.evaluate import EconomicsConfig, warnings

LOAN: dict[str, Any] = {
    "mode": "cashflow",
    "term_months": 24,
    "funding_cost": 0.03,
    "operating_cost": 0.02,
    "lgd": 0.4,
    "prepayment": 0.1,
    "discount_rate": 0.05,
    "fee": 0.01,
    "recovery_lag_months": 6,
    "drawn_share": 0.7,
    "acquisition_cost": 40.0,
    "capital_ratio": 0.1,
    "cost_of_capital": 0.08,
}


def by_hand(pd: float, rate: float, limit: float, loan: dict[str, Any]) -> tuple[float, float]:
    """Profit and loss of a booked loan: cash of every month, discounted."""
    hazard = 1 - (1 - pd) ** (1 / 12)
    leaves = 1 - (1 - loan["prepayment"]) ** (1 / 12)
    term, monthly = loan["term_months"], rate / 12
    discount = (1 + loan["discount_rate"]) ** (-1 / 12)
    payment = monthly / (1 - (1 + monthly) ** -term)
    owed, there = limit * loan["drawn_share"], 1.0
    payment *= owed
    lag = loan["recovery_lag_months"]
    capital = loan["capital_ratio"] * loan["cost_of_capital"]
    profit, loss = -loan["acquisition_cost"], 0.0
    for month in range(1, term + 1):
        now = discount**month
        performing, defaulting = there * (1 - hazard), there * hazard
        profit += now * performing * owed * (monthly + loan["fee"] / 12)
        carried = loan["funding_cost"] + loan["operating_cost"] + capital
        profit -= now * there * owed * carried / 12
        lost = now * discount**lag * defaulting * owed * loan["lgd"]
        waits = sum(discount**wait for wait in range(1, lag + 1))
        profit -= lost + now * defaulting * owed * loan["funding_cost"] / 12 * waits
        loss += lost
        there = performing * (1 - leaves)
        owed = owed * (1 + monthly) - payment
    return profit, loss


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0.0005, 0.6),
    st.floats(0.01, 0.5),
    st.floats(0.0, 0.5),
    st.integers(1, 60),
    st.integers(0, 20),
)
def test_a_loan_by_hand(pd: float, rate: float, prepayment: float, term: int, lag: int) -> None:
    loan = LOAN | {"prepayment": prepayment, "term_months": term, "recovery_lag_months": lag}
    grades = [{"grade": "A", "rate": rate, "limit": 3000}]
    found = rows(features(1), [pd], offers=_one(grades), economics=loan).row(0, named=True)
    profit, loss = by_hand(pd, rate, 3000.0, loan)
    taken = found["take_up"]
    assert found["exposure"] == pytest.approx(taken * 3000, rel=1e-12)
    assert found["expected_loss"] == pytest.approx(taken * loss, rel=1e-9)
    assert found["expected_profit"] == pytest.approx(taken * profit, rel=1e-9, abs=1e-7)
    assert found["margin"] == pytest.approx(rate - 0.05, abs=1e-15)


def _one(grades: list[dict[str, Any]]) -> Any:

    return strategy(grades=grades)


def test_without_interest_a_loan_is_paid_back_in_equal_parts() -> None:
    loan = {"mode": "cashflow", "term_months": 4, "lgd": 0.5, "funding_cost": 0.12}
    grades = [{"grade": "A", "rate": 0.0, "limit": 1000}]
    free = loan | {"discount_rate": 0.0}
    found = rows(features(1), [0.0], offers=_one(grades), economics=free).row(0, named=True)
    months = 1 + 0.75 + 0.5 + 0.25
    assert found["expected_profit"] == pytest.approx(-found["exposure"] * months * 0.01, rel=1e-12)


def test_interest_only() -> None:
    loan = {"mode": "cashflow", "term_months": 12, "lgd": 0.5, "funding_cost": 0.0}
    loan |= {"amortisation": "interest_only", "discount_rate": 0.0}
    grades = [{"grade": "A", "rate": 0.12, "limit": 1000}]
    found = rows(features(1), [0.0], offers=_one(grades), economics=loan).row(0, named=True)
    assert found["expected_profit"] == pytest.approx(found["exposure"] * 0.12, rel=1e-12)


@pytest.mark.parametrize("pd", [0.0, 1.0])
def test_certain_outcomes(pd: float) -> None:
    found = rows(features(1), [pd], economics=LOAN).row(0, named=True)
    assert np.isfinite(found["expected_profit"])
    assert (found["expected_loss"] == 0.0) == (pd == 0.0 or found["exposure"] == 0.0)


def test_adverse_selection_is_on_the_logit_of_the_pd() -> None:
    shift = {"rate": 8.0, "log_limit": -0.5, "reference_rate": 0.1, "reference_limit": 1500}
    economics = {"mode": "source", "funding_cost": 0.02, "lgd": 0.5, "adverse_selection": shift}
    grades = [{"grade": "A", "rate": 0.16, "limit": 3000}]
    found = rows(features(1), [0.05], offers=_one(grades), economics=economics).row(0, named=True)
    z = np.log(0.05 / 0.95) + 8.0 * 0.06 - 0.5 * np.log(2.0)
    moved = 1 / (1 + np.exp(-z))
    assert found["pd"] == 0.05  # at the reference offer, which grades are cut by
    assert found["expected_loss"] == pytest.approx(found["exposure"] * moved * 0.5, rel=1e-12)


def test_the_mode_is_cash_flow_unless_stated() -> None:
    with pytest.raises(ValidationError, match="term_months"):
        EconomicsConfig.model_validate({"funding_cost": 0.03, "lgd": 0.4})
    config = EconomicsConfig.model_validate({"funding_cost": 0.03, "lgd": 0.4, "term_months": 12})
    assert config.mode == "cashflow"
    assert warnings(config) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"credit_cost": 0.01}, "credit_cost is for mode"),
        ({"mode": "source"}, "does not use acquisition_cost"),
        ({"term_months": 0}, "greater than or equal to 1"),
        ({"drawn_share": 0.0}, "greater than 0"),
        ({"adverse_selection": {"rate": -1.0}}, "greater than or equal to 0"),
    ],
)
def test_what_cannot_be_stated(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        EconomicsConfig.model_validate(LOAN | changes)


def test_horizons_must_match_where_nothing_converts_them() -> None:
    source = {"mode": "source", "funding_cost": 0.03, "lgd": 0.4}
    with pytest.raises(ValidationError, match="PD of 24 months does not match annual rates"):
        EconomicsConfig.model_validate(source | {"pd_horizon_months": 24})
    cash = {"mode": "cashflow", "funding_cost": 0.0, "lgd": 1.0, "discount_rate": 0.0}
    cash |= {"amortisation": "interest_only", "term_months": 24}
    grades = [{"grade": "A", "rate": 0.0, "limit": 1000}]
    two = rows(
        features(1), [0.3], offers=_one(grades), economics=cash | {"pd_horizon_months": 24}
    ).row(0, named=True)
    assert two["expected_loss"] == pytest.approx(two["exposure"] * 0.3, rel=1e-9)

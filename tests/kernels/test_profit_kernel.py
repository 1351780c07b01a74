"""The profit kernel, its readable twin, and offers by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from money_cases import offers_in

from kernels import reference_money
from kernels.demand import logistic_demand
from kernels.economics import source_economics
from kernels.profit import OfferEconomics, Rows, offer_economics


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 80))
def test_offers_equal_the_twin(seed: int, n: int) -> None:
    given_ = offers_in(seed, n)
    got, expected = offer_economics(*given_), reference_money.offer_economics(*given_)
    assert got.margin.tobytes() == expected.margin.tobytes()
    for name in got._fields:
        a, b = getattr(got, name), getattr(expected, name)
        assert a.dtype == np.float64
        # 1e-9 of what is lent: the profit is a difference of amounts that may nearly cancel
        close = np.abs(a - b) <= 1e-9 * (np.abs(b) + np.nan_to_num(expected.exposure) + 1e-300)
        assert (close | (np.isnan(a) & np.isnan(b))).all(), name


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 40), st.integers(1, 7))
def test_each_offer_is_evaluated_alone(seed: int, n: int, chunk: int) -> None:
    rows, demand, economics = offers_in(seed, n)
    expected = offer_economics(rows, demand, economics)
    for lo in range(0, n, chunk):
        part = type(rows)(*(column[lo : lo + chunk] for column in rows))
        for a, b in zip(offer_economics(part, demand, economics), expected, strict=True):
            assert a.tobytes() == b[lo : lo + chunk].tobytes()


def one(**changes: Any) -> OfferEconomics:
    """What one offer brings."""
    arguments: dict[str, Any] = {
        "pd": np.array([0.1]),
        "rate": np.array([0.2]),
        "limit": np.array([20_000.0]),
        "approve": np.array([True]),
        "segment": np.array([0]),
        "take_up_intercept": np.array([1.0]),
        "take_up_rate": np.array([-20.0]),
        "take_up_log_limit": np.array([0.4]),
        "take_up_reference_limit": np.array([10_000.0]),
        "base": np.array([0.0]),
        "table": np.array([0]),
        "economics": source_economics(lgd=0.45, cost=0.05),
    } | changes
    parameters = ("intercept", "rate", "log_limit", "reference_limit")
    demand = logistic_demand(**{name: arguments[f"take_up_{name}"] for name in parameters})
    rows = Rows(**{name: arguments[name] for name in Rows._fields})
    return offer_economics(rows, demand, arguments["economics"])


def test_an_offer_by_hand() -> None:
    got = one()
    take_up = 1 / (1 + math.exp(-(1.0 - 20.0 * 0.2 + 0.4 * math.log(2.0))))
    exposure = take_up * 20_000
    assert got.take_up[0] == pytest.approx(take_up, rel=1e-14)
    assert got.margin[0] == pytest.approx(0.15, rel=1e-14)
    assert got.exposure[0] == pytest.approx(exposure, rel=1e-14)
    assert got.expected_loss[0] == pytest.approx(exposure * 0.045, rel=1e-14)
    profit = exposure * (0.9 * 0.15 - 0.045)
    assert got.expected_profit[0] == pytest.approx(profit, rel=1e-14)


@pytest.mark.parametrize(
    "changes",
    [
        {"approve": np.array([False])},
        {"approve": np.array([0], np.uint8)},
        {"limit": np.array([0.0])},
        {"limit": np.array([-5.0])},
        {"approve": np.array([False]), "limit": np.array([np.nan]), "rate": np.array([np.nan])},
        {"limit": np.array([0.0]), "pd": np.array([np.nan])},
    ],
)
def test_where_nothing_is_lent_amounts_are_zero(changes: dict[str, Any]) -> None:
    got = one(**changes)
    for amount in got[2:]:
        assert amount.tobytes() == np.zeros(1).tobytes()  # not -0.0, not NaN
    if "approve" not in changes:
        assert got.take_up[0] == 0.0


def test_unknown_stays_unknown() -> None:
    got = one(pd=np.array([np.nan]))
    assert got.exposure[0] > 0.0
    assert np.isnan([got.expected_loss[0], got.expected_profit[0]]).all()
    assert np.isnan(one(limit=np.array([np.nan])).exposure[0])


def test_take_up_does_not_overflow() -> None:
    for rate, expected in ((1e6, 0.0), (-1e6, 1.0)):
        assert one(rate=np.array([rate])).take_up[0] == expected
    tiny = one(rate=np.array([37.0]))  # exp(-739 + ...): denormal, not 0
    assert 0.0 < tiny.take_up[0] < 1e-300


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"rate": np.zeros(2)}, r"rate must be float64 \(1,\)"),
        ({"pd": np.zeros(1, np.float32)}, "pd must be float64"),
        ({"pd": np.zeros((1, 1))}, "pd must be float64"),
        ({"approve": np.array([1.0])}, "approve must be bool or uint8"),
        ({"segment": np.array([0.0])}, "segment must be int32 or int64"),
        ({"segment": np.array([1])}, r"segment must be in 0..0"),
        ({"segment": np.array([-1])}, r"segment must be in 0..0"),
        ({"take_up_rate": np.array([0.1])}, "take_up rate must not be above 0"),
        ({"take_up_rate": np.array([np.nan])}, "take_up rate must not be above 0"),
        ({"take_up_log_limit": np.array([-0.1])}, "take_up log_limit must not be below 0"),
        ({"take_up_reference_limit": np.array([0.0])}, "reference_limit must be above 0"),
        ({"take_up_rate": np.zeros(2)}, r"take_up rate must be float64 \(1,\)"),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, Any], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        one(**changes)

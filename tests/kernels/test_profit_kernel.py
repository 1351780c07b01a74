"""The profit kernel, its readable twin, and offers by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels import reference
from kernels.profit import offer_economics


def problem(seed: int, n: int) -> dict[str, Any]:
    """``n`` random offers in 3 segments, some declined, without a limit or unknown."""
    rng = np.random.default_rng(seed)
    return {
        "pd": rng.choice([np.nan, 0.0, 1.0, *rng.random(20)], n),
        "rate": rng.choice([np.nan, 0.0, *rng.uniform(0.0, 0.5, 20)], n),
        "limit": rng.choice([np.nan, 0.0, -0.0, -5.0, *rng.uniform(1, 1e5, 20)], n),
        "approve": rng.random(n) < 0.7,
        "segment": rng.integers(0, 3, n),
        "take_up_intercept": rng.normal(size=3),
        "take_up_rate": -rng.uniform(0.0, 40.0, 3),
        "take_up_log_limit": rng.uniform(0.0, 2.0, 3),
        "take_up_reference_limit": rng.uniform(1e3, 1e5, 3),
        "lgd": float(rng.random()),
        "cost": float(rng.random()) * 0.1,
    }


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 80))
def test_offers_equal_the_twin(seed: int, n: int) -> None:
    given_ = problem(seed, n)
    got, expected = offer_economics(**given_), reference.offer_economics(**given_)
    assert got.margin.tobytes() == expected.margin.tobytes()
    for name in got._fields:
        a, b = getattr(got, name), getattr(expected, name)
        assert a.dtype == np.float64
        # 1e-9: the profit is a difference of two amounts that may nearly cancel
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=0, err_msg=name)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 40), st.integers(1, 7))
def test_each_offer_is_evaluated_alone(seed: int, n: int, chunk: int) -> None:
    whole = problem(seed, n)
    rows = ("pd", "rate", "limit", "approve", "segment")
    expected = offer_economics(**whole)
    for lo in range(0, n, chunk):
        part = whole | {name: whole[name][lo : lo + chunk] for name in rows}
        for a, b in zip(offer_economics(**part), expected, strict=True):
            assert a.tobytes() == b[lo : lo + chunk].tobytes()


def one(**changes: Any) -> dict[str, Any]:
    arguments = {
        "pd": np.array([0.1]),
        "rate": np.array([0.2]),
        "limit": np.array([20_000.0]),
        "approve": np.array([True]),
        "segment": np.array([0]),
        "take_up_intercept": np.array([1.0]),
        "take_up_rate": np.array([-20.0]),
        "take_up_log_limit": np.array([0.4]),
        "take_up_reference_limit": np.array([10_000.0]),
        "lgd": 0.45,
        "cost": 0.05,
    }
    return arguments | changes


def test_an_offer_by_hand() -> None:
    got = offer_economics(**one())
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
    got = offer_economics(**one(**changes))
    for amount in got[2:]:
        assert amount.tobytes() == np.zeros(1).tobytes()  # not -0.0, not NaN
    if "approve" not in changes:
        assert got.take_up[0] == 0.0


def test_unknown_stays_unknown() -> None:
    got = offer_economics(**one(pd=np.array([np.nan])))
    assert got.exposure[0] > 0.0
    assert np.isnan([got.expected_loss[0], got.expected_profit[0]]).all()
    assert np.isnan(offer_economics(**one(limit=np.array([np.nan]))).exposure[0])


def test_take_up_does_not_overflow() -> None:
    for rate, expected in ((1e6, 0.0), (-1e6, 1.0)):
        assert offer_economics(**one(rate=np.array([rate]))).take_up[0] == expected
    tiny = offer_economics(**one(rate=np.array([37.0])))  # exp(-739 + ...): denormal, not 0
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
        ({"take_up_rate": np.array([0.1])}, "take_up_rate must not be above 0"),
        ({"take_up_rate": np.array([np.nan])}, "take_up_rate must not be above 0"),
        ({"take_up_log_limit": np.array([-0.1])}, "take_up_log_limit must not be below 0"),
        ({"take_up_reference_limit": np.array([0.0])}, "reference_limit must be above 0"),
        ({"take_up_rate": np.zeros(2)}, r"take_up_rate must be float64 \(1,\)"),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, Any], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        offer_economics(**one(**changes))

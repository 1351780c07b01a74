"""The published rows: columns, the formula against a plain twin, segments, economic profit."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from evaluate_cases import ECONOMICS, KEY, TAKE_UP, by_column, features, rows, strategy
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from engine.errors import BookError
from engine.evaluate import EconomicsConfig, TakeUpConfig, warnings

PARTS = {
    "net_interest_income": "nii",
    "provisions_change": "provisions",
    "net_fee_income": "fees",
    "net_transfer_income": "transfers",
    "servicing_cost": "servicing",
}
PUBLISHED = [
    *(KEY, "segment", "grade", "pd", "take_up", "rate", "limit", "approve", "margin"),
    *("exposure", "expected_loss", "expected_profit"),
]


def test_published_columns_in_the_order_of_the_contract() -> None:
    found = rows(features(1), [0.01], take_up_score=[0.5], fee_income=[3.0])
    assert found.columns == [*PUBLISHED, "take_up_score", "fee_income", "knock_out"]
    assert {name: str(found.schema[name]) for name in PUBLISHED} == {
        **dict.fromkeys(PUBLISHED, "Float64"),
        **{KEY: "Int64", "segment": "String", "grade": "String", "approve": "Boolean"},
    }


def test_by_hand() -> None:
    """5000 at 5 %: cost 4 %, so a margin of 1 %; PD 2 %, LGD 50 %."""
    (found,) = rows(features(1), [0.02]).to_dicts()
    take_up = 1 / (1 + math.exp(-(0.5 - 10 * 0.05 + 0.3 * math.log(5))))
    exposure = take_up * 5000
    assert found["take_up"] == pytest.approx(take_up, rel=1e-15)
    assert found["margin"] == pytest.approx(0.01)
    assert found["exposure"] == pytest.approx(exposure)
    assert found["expected_loss"] == pytest.approx(exposure * 0.02 * 0.5)
    assert found["expected_profit"] == pytest.approx(exposure * (0.98 * 0.01 - 0.02 * 0.5))


AMOUNTS = st.floats(0, 1e6)
FRACTIONS = st.floats(0, 1)
CUSTOMERS = st.lists(
    st.tuples(
        st.one_of(st.none(), FRACTIONS),
        st.one_of(st.none(), st.floats(0, 2)),
        st.one_of(st.none(), st.floats(-10, 1e6)),
        st.one_of(st.none(), AMOUNTS),
        st.sampled_from(["a", "b", None]),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=150)
@given(customers=CUSTOMERS, lgd=FRACTIONS, credit_cost=st.floats(0, 0.5))
def test_against_a_plain_twin(
    customers: list[tuple[Any, ...]], lgd: float, credit_cost: float
) -> None:
    """approve * P(apply) * (limit (1 - PD) margin - limit PD LGD)"""
    pds, rates, limits, caps, segments = map(list, zip(*customers, strict=True))
    table = features(len(customers), rate=rates, limit=limits, cap=caps, segment=segments)
    table = table.with_columns(pl.col("segment").cast(pl.String))
    economics = ECONOMICS | {"lgd": lgd, "credit_cost": credit_cost}
    take_up = TAKE_UP | {"segments": {"b": {"rate": -20.0, "intercept": 0.0}}}
    found = rows(
        table,
        pds,
        offers=by_column(caps=["cap"]),
        economics=economics,
        take_up=take_up,
        segment="segment",
    )
    for row, (pd, rate, limit, cap, segment) in zip(found.to_dicts(), customers, strict=True):
        known = None not in (pd, rate, limit, cap)
        assert row["approve"] == known
        if not known:
            assert row["exposure"] == row["expected_loss"] == row["expected_profit"] == 0.0
            continue
        lent = max(0.0, min(limit, cap))
        slope, intercept = (-20.0, 0.0) if segment == "b" else (-10.0, 0.5)
        z = intercept + slope * rate + (0.3 * (np.log(lent) - np.log(1000)) if lent else 0.0)
        taken = 1 / (1 + np.exp(-z)) if lent else 0.0
        margin = rate - (0.03 + 0.01 + credit_cost)
        profit = taken * (lent * (1 - pd) * margin - lent * pd * lgd)
        assert row["limit"] == lent
        assert row["take_up"] == pytest.approx(taken, rel=1e-12)
        assert row["margin"] == pytest.approx(margin, rel=1e-12, abs=1e-15)
        assert row["expected_loss"] == pytest.approx(taken * lent * pd * lgd, rel=1e-12)
        assert row["expected_profit"] == pytest.approx(profit, rel=1e-9, abs=1e-9 * (lent + 1))
        assert row["segment"] == (segment or "(none)")


@given(customers=CUSTOMERS)
@settings(max_examples=50)
def test_a_row_does_not_depend_on_its_neighbours(customers: list[tuple[Any, ...]]) -> None:
    pds, rates, limits, caps, segments = map(list, zip(*customers, strict=True))
    table = features(len(customers), rate=rates, limit=limits, cap=caps, segment=segments)
    table = table.with_columns(pl.col("segment").cast(pl.String))
    settings_: dict[str, Any] = {"offers": by_column(caps=["cap"]), "segment": "segment"}
    whole = rows(table, pds, **settings_)
    for i in range(len(customers)):
        assert rows(table[i : i + 1], pds[i : i + 1], **settings_).equals(whole[i : i + 1])


def take_up_of(rate: float, limit: float, config: dict[str, Any]) -> float:
    found = rows(
        features(1, rate=[rate], limit=[limit]), [0.01], offers=by_column(), take_up=config
    )
    return float(found["take_up"][0])


@given(
    rates=st.tuples(st.floats(0, 3), st.floats(0, 3)),
    limits=st.tuples(st.floats(0, 1e7), st.floats(0, 1e7)),
    slopes=st.tuples(st.floats(-50, 0), st.floats(0, 5)),
)
def test_take_up_falls_with_the_rate_and_rises_with_the_limit(
    rates: tuple[float, float], limits: tuple[float, float], slopes: tuple[float, float]
) -> None:
    config = TAKE_UP | {"rate": slopes[0], "log_limit": slopes[1]}
    assert take_up_of(min(rates), limits[0], config) >= take_up_of(max(rates), limits[0], config)
    assert take_up_of(rates[0], max(limits), config) >= take_up_of(rates[0], min(limits), config)


def test_take_up_of_a_tiny_limit_is_a_number() -> None:
    config = TAKE_UP | {"rate": 0.0, "log_limit": 0.0}
    assert take_up_of(0.1, 5e-324, config) == take_up_of(0.1, 1.0, config)


def test_segments() -> None:
    overrides = {"b": {"rate": -30.0}, "c": {"reference_limit": 5000, "log_limit": 1.0}, "x": {}}
    config = TAKE_UP | {"segments": overrides}
    table = features(4, segment=["a", "b", "c", None])
    found = rows(table, [0.01] * 4, take_up=config, segment="segment")
    assert found["segment"].to_list() == ["a", "b", "c", "(none)"]
    z = [0.5 - 0.5 + 0.3 * math.log(5), 0.5 - 1.5 + 0.3 * math.log(5), 0.5 - 0.5]
    z.append(z[0])
    assert found["take_up"].to_list() == pytest.approx([1 / (1 + math.exp(-v)) for v in z])
    assert rows(table, [0.01] * 4)["segment"].to_list() == ["all"] * 4


def test_an_override_of_zero_is_one() -> None:
    config = TAKE_UP | {"segments": {"a": {"rate": 0.0, "log_limit": 0.0, "intercept": 0.0}}}
    found = rows(features(1, segment=["a"]), [0.01], take_up=config, segment="segment")
    assert found["take_up"].to_list() == [0.5]


def test_segments_of_numbers() -> None:
    """Integers are float64 since aggregation; the override is named as the integer is."""
    config = TAKE_UP | {"segments": {"2": {"intercept": 0.0, "rate": 0.0, "log_limit": 0.0}}}
    table = features(4, region=[2.0, 10.0, 2.5, None])
    found = rows(table, [0.01] * 4, take_up=config, segment="region")
    assert found["segment"].to_list() == ["2", "10", "2.5", "(none)"]
    assert found["take_up"][0] == 0.5


def test_unknown_segment_column() -> None:
    with pytest.raises(
        BookError, match=r"book\.segment: no column 'segmnt'; did you mean 'segment'"
    ):
        rows(features(1, segment=["a"]), [0.01], segment="segmnt")


def test_economic_profit() -> None:
    table = features(
        3,
        nii=[100.0, 1.0, 1.0],
        provisions=[-40.0, 1.0, 1.0],  # an increase lowers the profit
        fees=[10.0, None, 1.0],
        transfers=[-5.0, 1.0, 1.0],
        servicing=[20.0, 1.0, 1.0],
    )
    found = rows(table, [0.01] * 3, economics=ECONOMICS | {"customer_profit": PARTS}, x=[1, 2, 3])
    assert found["economic_profit"].to_list() == [45.0, None, 3.0]
    assert found.columns[-3:] == ["x", "knock_out", "economic_profit"]


@pytest.mark.parametrize(
    ("column", "message"), [("nio", "did you mean 'nii'"), ("note", "not a num")]
)
def test_economic_profit_of_what_is_no_number(column: str, message: str) -> None:
    names = {name: [1.0] for name in PARTS.values()}
    economics = ECONOMICS | {"customer_profit": PARTS | {"net_interest_income": column}}
    with pytest.raises(BookError, match=rf"customer_profit\.net_interest_income: .*{message}"):
        rows(features(1, note=["?"], **names), [0.01], economics=economics)


def test_no_customers() -> None:
    """A chunk whose customers are all in quarantine."""
    table = features(0, segment=pl.Series([], dtype=pl.String), dpd=pl.Series([], dtype=pl.Float64))
    offers = strategy(caps=["dpd"], knock_outs=[{"reason": "x", "when": "dpd > 90"}])
    found = rows(table, [], offers=offers, segment="segment")
    assert (found.height, found.columns) == (0, [*PUBLISHED, "knock_out", "limit_cap"])
    one = rows(features(1, segment=["a"], dpd=[1]), [0.01], offers=offers, segment="segment")
    assert found.schema == one.schema


def test_losses_that_are_counted_twice() -> None:
    def said(**changes: float) -> list[str]:
        return warnings(EconomicsConfig.model_validate(ECONOMICS | changes))

    (text,) = said(credit_cost=0.02)
    assert "credit_cost" in text
    assert "lgd" in text
    assert said() == said(credit_cost=0.02, lgd=0.0) == []


@pytest.mark.parametrize(
    "changes",
    [
        *({"lgd": value} for value in (-0.1, 1.1, float("nan"))),
        *({name: -0.1} for name in ("funding_cost", "operating_cost", "credit_cost")),
        {"funding_cost": 3},  # per cent, where a fraction is meant
        {"mode": "other"},
        {"recoveries": 0.1},
    ],
)
def test_economics_that_cannot_be(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        EconomicsConfig.model_validate(ECONOMICS | changes)


@pytest.mark.parametrize(
    "changes",
    [{"rate": 0.1}, {"log_limit": -0.1}, {"reference_limit": 0}, {"intercept": float("nan")}],
)
def test_take_up_that_cannot_be(changes: dict[str, float]) -> None:
    """A higher rate attracts nobody, a higher limit repels nobody."""
    for config in (TAKE_UP | changes, TAKE_UP | {"segments": {"a": changes}}):
        with pytest.raises(ValidationError):
            TakeUpConfig.model_validate(config)

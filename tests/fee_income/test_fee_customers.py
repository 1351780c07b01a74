"""From rows of fees and cards to one row per customer: windows, tenure, exclusion, violations."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from fee_book import TARIFFS, twin
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BookError
from engine.fee_income import FeeIncome, FeeIncomeConfig, fee_income, read_tariffs
from engine.fee_income.customers import Made

AS_OF = date(2026, 6, 30)
FEE_SCHEMA = {"id": pl.Int64, "day": pl.Date, "fee_type": pl.String, "number": pl.Int64}


def using(after: int | None = None, **settings: Any) -> FeeIncome:
    config = FeeIncomeConfig(**settings)
    tariffs = read_tariffs(TARIFFS, config, file="tariffs.csv")
    return FeeIncome(config, tariffs, key="id", customers="customers", date="day", after=after)


def customers(activated: list[date | None], kind: str = "personal") -> pl.DataFrame:
    """Customers 0, 1, ... by activation date."""
    keys = list(range(len(activated)))
    dates = pl.Series(activated, dtype=pl.Date)
    return pl.DataFrame({"id": keys, "as_of": AS_OF, "activated_on": dates, "kind": kind})


def fees(*rows: tuple[int, int, str | None, int | None]) -> pl.DataFrame:
    """(customer, days from the as-of date, fee type, number)."""
    dated = [(key, AS_OF + timedelta(days=day), kind, number) for key, day, kind, number in rows]
    frame = pl.DataFrame(dated, FEE_SCHEMA, orient="row")
    return frame.with_columns(as_of=pl.lit(AS_OF))


def made(fee_rows: pl.DataFrame, who: pl.DataFrame, **settings: Any) -> Made:
    return fee_income(using(**settings), who, {"fees": fee_rows})


def ago(days: int) -> date:
    return AS_OF - timedelta(days=days)


def test_fees_up_to_the_as_of_date() -> None:
    rows = fees((0, 0, "atm", 2), (0, -400, "atm", 1), (0, 1, "atm", 50), (2, -1, "sms", 1))
    found = made(rows, customers([ago(100)] * 3), types=["atm"]).columns
    assert found["fee_income"].to_list() == [twin({"atm": 3}, 100), 0.0, twin({"sms": 1}, 100)]
    assert found["fee_income__atm"].to_list() == [twin({"atm": 3}, 100), 0.0, 0.0]
    assert found["fee_tenure_days"].to_list() == [100] * 3


def test_fees_of_the_days_after_it() -> None:
    rows = fees((0, 0, "atm", 7), (0, 1, "atm", 2), (0, 30, "sms", 1), (0, 31, "atm", 9))
    found = made(rows, customers([None]), after=30)
    assert found.columns["fee_income"].to_list() == [twin({"atm": 2, "sms": 1}, 30)]
    assert found.violations.is_empty()


def test_short_tenures_are_lengthened_and_flagged() -> None:
    rows = fees(*((key, -1, "service", 1) for key in range(4)))
    who = customers([ago(0), ago(89), ago(90), ago(365)])
    found = made(rows, who, least_tenure_days=90).columns
    assert found["fee_income"].to_list() == [
        twin({"service": 1}, days) for days in (90, 90, 90, 365)
    ]
    assert found["short_tenure"].to_list() == [1, 1, 0, 0]
    assert found["fee_tenure_days"].to_list() == [0, 89, 90, 365]


def test_a_row_may_be_a_fee() -> None:
    rows = fees((0, -1, "atm", 5), (0, -2, "atm", None)).drop("number")
    found = made(rows, customers([ago(100)]), number=False)
    assert found.columns["fee_income"].to_list() == [twin({"atm": 2}, 100)]


def test_the_earliest_activation_counts() -> None:
    dates = [ago(50), ago(500), None, ago(200)]
    cards = pl.DataFrame({"id": [0, 0, 0, 1], "opened": dates})
    tables = {"fees": fees((0, -1, "atm", 1)), "cards": cards}
    who = customers([None] * 3).drop("activated_on")
    found = fee_income(using(cards="cards", activated_on="opened"), who, tables)
    assert found.columns["fee_tenure_days"].to_list() == [500, 200, None]
    assert found.violations.rows() == [(2, "cards", "opened", "no activation date", None, 1)]


def test_the_first_rule_that_holds_excludes() -> None:
    who = customers([ago(100)] * 4).with_columns(kind=pl.Series(["a", "b", None, "c"]))
    rules = [{"reason": "is a", "when": "kind = 'a'"}, {"reason": "is ab", "when": "kind < 'c'"}]
    found = made(fees((0, -1, "atm", 1), (2, -1, "atm", 1)), who, exclude=rules).columns
    assert found["fee_excluded"].to_list() == ["is a", "is ab", None, None]
    assert found["fee_income"].to_list() == [None, None, twin({"atm": 1}, 100), 0.0]


def test_the_excluded_need_neither_activation_nor_tariffs() -> None:
    rule = {"reason": "payroll", "when": "kind = 'payroll'"}
    rows, who = fees((0, -1, "salary", 1)), customers([None], kind="payroll")
    found = made(rows, who, exclude=[rule], types=["atm"])
    assert found.violations.is_empty()
    assert found.columns.row(0) == (0, None, None, None, None, "payroll")


@pytest.mark.parametrize(
    ("row", "violation"),
    [
        ((0, -1, "fax", 1), ("fees", "fee_type", "fee type without a tariff", "fax", 2)),
        ((0, -1, None, 1), ("fees", "fee_type", "null", None, 2)),
        ((0, -1, "atm", None), ("fees", "number", "null", None, 2)),
        ((0, -1, "atm", 0), ("fees", "number", "below 1", "0", 2)),
        ((0, -1, "atm", -3), ("fees", "number", "below 1", "-3", 2)),
        ((0, -1, "atm", 2**31), ("fees", "number", "above 2147483647", "2147483648", 2)),
    ],
)
def test_fees_that_mean_nothing(row: Any, violation: tuple[Any, ...]) -> None:
    found = made(fees(row, row, (1, -1, "atm", 1)), customers([ago(100)] * 2))
    assert found.violations.rows() == [(0, *violation)]
    assert found.columns["fee_income"][1] == twin({"atm": 1}, 100)


def test_a_fee_that_does_not_count_needs_no_tariff() -> None:
    assert made(fees((0, 1, "fax", 1)), customers([ago(100)])).violations.is_empty()
    later = made(fees((0, -1, "fax", 1)), customers([ago(100)]), after=30)
    assert later.violations.is_empty()


def test_an_activation_after_the_as_of_date_or_none() -> None:
    found = made(fees(), customers([ago(-1), None])).violations
    assert found.rows() == [
        (1, "customers", "activated_on", "no activation date", None, 1),
        (0, "customers", "activated_on", "after the as-of date", "2026-07-01", 1),
    ]


def test_an_exclude_rule_must_be_a_condition() -> None:
    for when, says in (("id + 1", "'id + 1' is not a condition"), ("kind = 3", "cannot evaluate")):
        rule = {"reason": "odd", "when": when}
        with pytest.raises(BookError) as refused:
            made(fees(), customers([ago(1)]), exclude=[rule])
        assert f"fee_income.exclude 'odd': {says}" in str(refused.value)
        assert "\n" not in str(refused.value)


Row = tuple[int, int, str, int]
ROWS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.integers(-500, 100),
        st.sampled_from(TARIFFS["fee_type"].to_list()),
        st.integers(1, 9),
    ),
    max_size=30,
)


def by_hand(rows: list[Row], key: int, first: int, last: int, days: int) -> float:
    counts: dict[str, int] = {}
    for owner, day, kind, number in rows:
        if owner == key and first <= day <= last:
            counts[kind] = counts.get(kind, 0) + number
    return twin(counts, days)


@settings(max_examples=30)
@given(ROWS, st.lists(st.integers(0, 800), min_size=4, max_size=4), st.randoms())
def test_against_the_twin(rows: list[Row], tenures: list[int], random: Any) -> None:
    who = customers([ago(days) for days in tenures])
    shuffled = random.sample(rows, len(rows))
    now, later = made(fees(*shuffled), who).columns, made(fees(*shuffled), who, after=50).columns
    days = [max(tenure, 90) for tenure in tenures]
    assert now["fee_income"].to_list() == [by_hand(rows, k, -500, 0, days[k]) for k in range(4)]
    assert later["fee_income"].to_list() == [by_hand(rows, k, 1, 50, 50) for k in range(4)]

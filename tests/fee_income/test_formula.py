"""Fee income against the formula said a fee at a time."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from fee_book import TARIFFS, twin
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.fee_income import FeeIncomeConfig, read_tariffs
from engine.fee_income.formula import Counts, incomes

NAMES = TARIFFS["fee_type"].sort().to_list()
Numbers = list[list[int]]


def of(numbers: Numbers, days: list[int], table: pl.DataFrame = TARIFFS, **settings: object):
    """Incomes of customers with ``numbers[customer][place]`` fees, types by name; 0 is no pair."""
    matrix = np.array(numbers, np.int64).reshape(len(days), table.height)
    places, customers = np.nonzero(matrix.T)
    counts = Counts(customers, places, matrix.T[places, customers])
    config = FeeIncomeConfig(**settings)
    tariffs = read_tariffs(table, config, file="tariffs.csv")
    return incomes(counts, np.array(days, np.float64), tariffs, config.types)


@pytest.mark.parametrize(
    ("days", "income"), [(10, 18_250.0), (365, 500.0), (730, 250.0)], ids=lambda value: str(value)
)
def test_the_sources_example(days: int, income: float) -> None:
    """A fee of 500 a year, charged once: what it brings a year depends on when the card began."""
    table = pl.DataFrame({"fee_type": ["fee"], "tariff": [500.0], "periodicity": ["year"]})
    assert of([[1]], [days], table).total.tolist() == [income]


def test_a_fee_that_is_charged_once_is_not_weighted() -> None:
    assert of([[0, 2, 0, 0]] * 2, [10, 1000]).total.tolist() == [1000.0, 1000.0]


def test_a_month_a_year_and_a_use() -> None:
    found = of([[3, 0, 0, 12]], [365], types=["sms", "atm", "issue"])
    assert found.by_type["sms"].tolist() == [12 * 59.5 * 30.4375 / 365]
    assert found.by_type["atm"].tolist() == [3 * 33.3 * 365 / 365]
    assert found.by_type["issue"].tolist() == [0.0]
    common = of([[3, 0, 0, 12]], [365], types=["sms"], period=365)
    assert common.by_type["sms"].tolist() == [12 * 59.5 * 365 / 365]


@given(
    st.lists(
        st.tuples(st.lists(st.integers(0, 10**6), min_size=4, max_size=4), st.integers(1, 20_000)),
        min_size=0,
        max_size=9,
    ),
    st.one_of(st.none(), st.integers(1, 400)),
)
def test_bits_of_the_twin(customers: list[tuple[list[int], int]], period: int | None) -> None:
    numbers, days = [c[0] for c in customers], [c[1] for c in customers]
    found = of(numbers, days, period=period or "own")
    expected = [twin(dict(zip(NAMES, own, strict=True)), n, period=period) for own, n in customers]
    assert found.total.tolist() == expected


@settings(max_examples=30)
@given(st.permutations(range(6)))
def test_a_customer_depends_on_nobody(order: list[int]) -> None:
    rng = np.random.default_rng(1)
    numbers, days = rng.integers(0, 5, (6, 4)), rng.integers(1, 900, 6)
    whole = of(numbers.tolist(), days.tolist()).total
    moved = of(numbers[order].tolist(), days[order].tolist()).total
    np.testing.assert_array_equal(whole[order], moved)
    alone = [of([numbers[c].tolist()], [int(days[c])]).total.item() for c in range(6)]
    assert whole.tolist() == alone

"""The tariff table: periods by name or in days, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from engine.errors import BookError, DataError
from engine.fee_income import FeeIncomeConfig, Tariffs, read_tariffs


def tariffs(rows: dict[str, list[Any]], **settings: Any) -> Tariffs:
    table = {"fee_type": ["a", "b"], "tariff": [5.0, 7.0], "periodicity": ["once", "year"]} | rows
    return read_tariffs(pl.DataFrame(table), FeeIncomeConfig(**settings), file="raw/tariffs.csv")


def test_periods_by_name_whatever_the_order_of_the_table() -> None:
    table = {
        "fee_type": ["z", "y", "x", "w", "v"],
        "tariff": [1.0, 2.0, 3.0, 4.0, 0.0],
        "periodicity": ["once", "month", "year", "use", "182"],
    }
    found = tariffs(table)
    assert found.types == ("v", "w", "x", "y", "z")
    assert found.amounts.tolist() == [0, 4, 3, 2, 1]
    np.testing.assert_array_equal(found.periods, [182, 365, 365, 30.4375, np.nan])
    np.testing.assert_array_equal(
        tariffs(table, use_days=30).periods, [182, 30, 365, 30.4375, np.nan]
    )
    np.testing.assert_array_equal(tariffs(table, period=90).periods, [90, 90, 90, 90, np.nan])


@pytest.mark.parametrize("days", [[30, 182], [30.0, 182.0]])
def test_periods_in_days(days: list[float]) -> None:
    assert tariffs({"periodicity": days}).periods.tolist() == [30, 182]


@pytest.mark.parametrize(
    ("rows", "column", "says"),
    [
        ({"fee_type": ["a", None]}, "fee_type", "a fee type is missing"),
        ({"fee_type": ["a", "a"]}, "fee_type", "a fee type is there twice, such as 'a'"),
        ({"tariff": [5.0, None]}, "tariff", "a tariff is missing, such as 'b'"),
        ({"tariff": [5.0, float("nan")]}, "tariff", "a tariff is missing, such as 'b'"),
        ({"tariff": [5.0, -7.0]}, "tariff", "a tariff is negative, such as 'b': -7"),
        ({"tariff": [5.0, float("inf")]}, "tariff", "a tariff is above 1e+15, such as 'b': inf"),
        ({"periodicity": ["once", "weekly"]}, "periodicity", "none of once, month"),
        ({"periodicity": ["once", None]}, "periodicity", "such as 'b': None"),
        ({"periodicity": ["once", "0"]}, "periodicity", "such as 'b': 0"),
        ({"periodicity": [30.0, float("nan")]}, "periodicity", "such as 'b': nan"),
        ({"periodicity": [30, 40_000]}, "periodicity", "such as 'b': 40000"),
    ],
)
def test_refused(rows: dict[str, list[Any]], column: str, says: str) -> None:
    with pytest.raises(DataError) as refused:
        tariffs(rows)
    assert says in str(refused.value)
    assert "tariff table 'tariffs'" in str(refused.value)
    found = refused.value
    assert (found.file, found.column, found.count) == ("raw/tariffs.csv", column, 1)


def test_a_type_of_its_own_must_have_a_tariff() -> None:
    with pytest.raises(BookError, match="'tariffs' has no 'service'; did you mean 'services'"):
        tariffs({"fee_type": ["services", "b"]}, types=["service"])

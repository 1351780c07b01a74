"""Differences of dates in expressions: days wherever they stand, in every kind of expression."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.aggregate.derived import conditions
from engine.aggregate.shape import derive
from engine.date_differences import with_days
from engine.errors import BookError
from engine.expressions import row_expression

FRAME = pl.DataFrame(
    {
        "opened": [date(2026, 1, 1), date(2026, 3, 1), None],
        "as_of": [date(2026, 1, 11), date(2026, 9, 1), date(2026, 9, 1)],
        "at": [datetime(2026, 1, 1, 12)] * 3,
        "x": [1.0, 2.0, 3.0],
    }
)


def values(sql: str) -> list[Any]:
    expression = with_days(row_expression(sql, "here"), FRAME.schema)
    return FRAME.select(expression.alias("made")).to_series().to_list()


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("as_of - opened", [10, 184, None]),
        ("as_of - opened > 100", [False, True, None]),
        ("100 < as_of - opened", [False, True, None]),
        ("as_of - opened = 10", [True, False, None]),
        ("as_of - opened between 5 and 20", [True, False, None]),
        ("as_of - opened in (10, 3)", [True, False, None]),
        ("not as_of - opened > 30.5 and x > 0", [True, False, None]),
        ("case when as_of - opened > 100 then 1 else 0 end", [0, 1, 0]),
        ("case when x > 1 then as_of - opened else 7 end", [7, 184, None]),
        ("case when x > 1 then interval '3 days' else x end", [1, 3, 3]),
        ("coalesce(as_of - opened, 0)", [10, 184, 0]),
        ("least(as_of - opened, 60)", [10, 60, 60]),
        ("least(as_of - opened, interval '60 days')", [10, 60, 60]),
        ("as_of - opened + 1", [11, 185, None]),
        ("(as_of - opened) / x", [10, 92, None]),
        ("cast(as_of - opened as bigint)", [10, 184, None]),
        ("as_of - opened < interval '100 days'", [True, False, None]),
        ("opened > as_of - interval '100 days'", [True, False, None]),
        ("opened - date '2026-01-01'", [0, 59, None]),
        ("at - opened", [0.5, -58.5, None]),
        ("opened < at", [True, False, None]),
        ("opened = date '2026-03-01'", [False, True, None]),
        ("x > 1.5", [False, True, True]),
    ],
)
def test_by_hand(sql: str, expected: list[Any]) -> None:
    assert values(sql) == expected


@pytest.mark.parametrize("sql", ["opened > 100", "coalesce(opened, 0)", "opened = x"])
def test_a_date_is_no_number(sql: str) -> None:
    with pytest.raises(pl.exceptions.PolarsError, match="a date beside a number"):
        values(sql)


@given(st.integers(-40_000, 40_000), st.integers(-40_000, 40_000))
def test_compared_with_any_number(days: int, bound: int) -> None:
    start = date(2000, 1, 1)
    frame = pl.DataFrame({"a": [start], "b": [start + timedelta(days=days)]})
    sql = f"b - a > {bound}"
    found = frame.select(with_days(row_expression(sql, "here"), frame.schema)).item()
    assert found == (days > bound)


def test_derived_columns_and_row_filters() -> None:
    sql = {"old": "case when as_of - opened > 100 then 1 else 0 end"}
    assert derive(FRAME, sql, place="derive")["old"].to_list() == [0, 1, 0]
    found = conditions(FRAME, {"new": "as_of - opened <= 100"}, place="windows", keep=())
    assert found["new"].to_list() == [True, False, False]


def test_the_error_names_the_expression() -> None:
    with pytest.raises(BookError, match=r"derive\.late: 'opened > 100': a date beside a number"):
        derive(FRAME, {"late": "opened > 100"}, place="derive")

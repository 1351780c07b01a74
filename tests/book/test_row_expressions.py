"""SQL expressions: one row at a time, and nothing of the clock."""

from __future__ import annotations

import polars as pl
import pytest

from engine.errors import BookError
from engine.expressions import columns_of, numeric, row_expression

AGGREGATES = [
    *(f"{name}(a)" for name in ("sum", "avg", "min", "max", "count", "first", "last", "median")),
    *(f"{name}(a)" for name in ("stddev", "variance", "total", "array_agg", "unnest")),
    *("count(*)", "count(distinct a)", "string_agg(a, ',')", "quantile_cont(a, 0.5)"),
    *("quantile_disc(a, 0.5)", "approx_quantile(a, 0.5)", "corr(a, b)", "covar(a, b)"),
    *("covar_pop(a, b)", "a - avg(a)", "case when a > avg(a) then 1 else 0 end"),
]
WINDOWS = [
    *(
        "row_number() over (order by a)",
        "rank() over (order by a)",
        "dense_rank() over (order by a)",
    ),
    *("lag(a) over (order by a)", "lead(a, 2) over (order by a)", "sum(a) over (partition by b)"),
    *("first_value(a) over (order by a)", "last_value(a) over (order by a)"),
    *("nth_value(a, 2) over (order by a)", "ntile(2) over (order by a)"),
    *("percent_rank() over (order by a)", "cume_dist() over (order by a)"),
    *("a / sum(a) over (order by b)",),
]
OTHERS = ["columns('a')", "(select 1)", "exists (select 1)"]
CLOCK = [
    *("current_date", "CURRENT_DATE - day", "current_timestamp", "current_time", "now()", "Now ()"),
    *("localtime", "localtimestamp", "extract(year from current_date)"),
]


@pytest.mark.parametrize("sql", [*AGGREGATES, *WINDOWS, *OTHERS])
def test_more_than_one_row_is_refused(sql: str) -> None:
    with pytest.raises(BookError, match=r"^features\.x: '.*' looks at more than one row"):
        row_expression(sql, "features.x")


@pytest.mark.parametrize("sql", CLOCK)
def test_the_clock_is_refused(sql: str) -> None:
    with pytest.raises(BookError, match=r"^features\.x: '.*' reads the clock; use as_of"):
        row_expression(sql, "features.x")


@pytest.mark.parametrize("sql", ["", "a +", "a b c", "nope(a)", "a; b", "random()"])
def test_what_does_not_parse(sql: str) -> None:
    with pytest.raises(BookError, match=r"^features\.x: cannot read the expression '"):
        row_expression(sql, "features.x")


@pytest.mark.parametrize(
    "sql",
    [
        *(
            "a",
            "a * 0.5",
            "a / b",
            "-a",
            "a % 2",
            "pow(a, 2)",
            "round(a, 2)",
            "abs(a)",
            "a is null",
        ),
        *("a in (1, 2)", "a between 1 and 2", "coalesce(a, 0)", "greatest(a, b)", "least(a, b)"),
        *("case when a > 1 then 2 end", "not (a > 1)", "a and b", "cast(a as varchar)", "a::int"),
        *(
            "substr(s, 1, 2)",
            "reverse(s)",
            "s like 'x%'",
            "upper(s)",
            "s || 'x'",
            "split_part(s, 'x', 1)",
        ),
        *("extract(month from day)", "as_of - day", "date '2024-01-01'", "day > date '2024-01-01'"),
        *("s = 'now()'", "s = 'current_date'", '"current_date" + 1', "now + 1", "known_at"),
    ],
)
def test_one_row_is_fine(sql: str) -> None:
    row_expression(sql, "features.x")


def test_columns_of() -> None:
    assert columns_of("b / a + b * 0.5", "x") == ("b", "a")
    assert columns_of("\"a column\" > 1 or s = 'b'", "x") == ("a column", "s")
    assert columns_of("1", "x") == ()


def test_numeric() -> None:
    frame = pl.DataFrame(
        {
            "a": [1.0, float("inf"), float("nan"), None],
            "i": [1, 2, 3, None],
            "s": ["x", None, "", "y"],
        }
    )
    found = frame.select(numeric(pl.col(name), dtype) for name, dtype in frame.schema.items())
    assert found.to_dict(as_series=False) == {
        "a": [1.0, None, None, None],
        "i": [1.0, 2.0, 3.0, None],
        "s": ["x", None, "", "y"],
    }

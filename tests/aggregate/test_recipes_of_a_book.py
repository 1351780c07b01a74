"""What a book may ask of a table: refused with one error where the table cannot give it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from aggregate_cases import aggregated
from builders import AS_OF, KEY, columns, load, minimal_book

from engine.errors import BookError

SPEC = {"day": "date", "row": "int64", "balance": "float64?", "code": "string?", "paid": "boolean"}


def book(table: dict[str, Any] | None = None, /, **recipe: Any) -> dict[str, Any]:
    """A book whose statements have these settings and this recipe."""
    settings = {
        "files": "statements.parquet",
        "order": "day",
        "columns": columns({KEY: "int64"} | SPEC),
        "windows": {"paid": "paid = true", "early": "row < 2"},
    }
    asked = {"table": "statements", "columns": ["balance"], "statistics": ["mean"]}
    tables = minimal_book()["tables"] | {"statements": settings | (table or {})}
    return minimal_book() | {"tables": tables, "recipe": [asked | recipe]}


NO_DATE = {"order": "row"}
WRONG: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({}, {"statistics": ["lag_0"]}, "recipe.0.statistics.0: statistic 'lag_0' is none of count"),
    ({}, {"statistics": ["men"]}, "is none of count.*; did you mean 'mean'"),
    ({}, {"windows": ["last_0"]}, "window 'last_0' is none of 'all', 'last_<rows>'"),
    (
        {},
        {"windows": ["payd"]},
        "window 'payd' is none of .*, and no row filter of tables.statements.windows; "
        "did you mean 'paid'",
    ),
    (NO_DATE, {"windows": ["last_3d"]}, "window 'last_3d' counts days, but table 'statements'"),
    (
        NO_DATE,
        {"statistics": ["last_rank_in_month"]},
        "last_rank_in_month ranks within a month, but table 'statements' has no date",
    ),
    (
        {},
        {"statistics": ["last_rank_in_month"], "windows": ["last_3"]},
        "last_rank_in_month ranks among all customers: it has no window but 'all'",
    ),
    (
        {},
        {"statistics": ["last_valid_rank_in_month"], "of": ["diff"]},
        "last_valid_rank_in_month ranks among all customers",
    ),
    (
        {},
        {"columns": ["code"], "statistics": ["last_rank_in_month"]},
        "last_rank_in_month of 'statements.code', which is a string column",
    ),
    ({}, {"columns": ["code"], "statistics": ["range"]}, "range of 'statements.code'"),
    ({}, {"columns": ["day"], "statistics": ["last_rank"]}, "last_rank of 'statements.day'"),
    (
        {},
        {"columns": ["code"], "of": ["diff"], "statistics": ["last"]},
        "diff of 'statements.code'",
    ),
    ({}, {"table": "customers", "columns": ["income"]}, "table 'customers' has no order"),
    (
        {"windows": {"paid": "payed = true"}},
        {},
        "tables.statements.windows.paid: no column 'payed'; did you mean 'paid'",
    ),
    ({"windows": {"paid": "sum(row) > 1"}}, {}, "'sum.row. > 1' looks at more than one row"),
    ({"windows": {"last_3": "row > 1"}}, {}, "windows: 'last_3' cannot name a row filter"),
    ({"derive": {"balance": "row * 2"}}, {}, "the column 'balance' is made twice"),
    ({"derive": {"day": "day"}}, {}, "derive: 'day' orders the rows and cannot be replaced"),
    ({"derive": {KEY: f"{KEY} + 1"}}, {}, f"derive: '{KEY}' orders the rows"),
    ({"derive": {"balance": "balance +"}}, {}, "derive.balance: cannot read the expression"),
]


@pytest.mark.parametrize(("table", "recipe", "message"), WRONG)
def test_what_a_table_cannot_give(
    tmp_path: Path, table: dict[str, Any], recipe: dict[str, Any], message: str
) -> None:
    with pytest.raises(BookError, match=rf"(?s)book\.toml:.*{message}") as error:
        load(tmp_path, book(table, **recipe))
    assert error.value.exit_code == 78


def test_row_filters_of_a_table_without_an_order(tmp_path: Path) -> None:
    changed = book()
    changed["tables"]["customers"]["windows"] = {"rich": "income > 9"}
    with pytest.raises(BookError, match=r"tables\.customers\.windows: row filters are of a table"):
        load(tmp_path, changed)


FRAMES = {
    "customers": pl.DataFrame({KEY: [1, 2], "segment": ["a", "b"], "income": [1.0, 2.0]}),
    "statements": pl.DataFrame(
        {
            KEY: [1, 1, 1],
            "day": [AS_OF - timedelta(days=d) for d in (9, 5, 2)],
            "row": [0, 1, 2],
            "balance": [4.26, 6.0, 8.0],
            "code": ["x", "y", None],
            "paid": [True, False, True],
        }
    ),
}


def test_row_filters(tmp_path: Path) -> None:
    asked = book(windows=["paid", "early"], statistics=["mean", "count"], of=["value", "diff"])
    found = aggregated(tmp_path, asked, FRAMES).drop(KEY, "segment", "income", "as_of")
    assert found.rows(named=True)[0] == {
        "balance__paid__mean": (4.26 + 8.0) / 2,
        "balance__paid__count": 2.0,
        "balance__early__mean": (4.26 + 6.0) / 2,
        "balance__early__count": 2.0,
        "balance__diff__paid__mean": 2.0,
        "balance__diff__paid__count": 1.0,
        "balance__diff__early__mean": 6.0 - 4.26,
        "balance__diff__early__count": 1.0,
    }


def test_row_filter_that_is_no_condition(tmp_path: Path) -> None:
    asked = book({"windows": {"paid": "row + 1"}}, windows=["paid"])
    message = r"tables\.statements\.windows\.paid: 'row \+ 1': gives Float64, which is not true"
    with pytest.raises(BookError, match=message):
        aggregated(tmp_path, asked, FRAMES)


def test_a_string_column_replaced_by_numbers(tmp_path: Path) -> None:
    derive = {"code": "CASE WHEN code = 'x' THEN 1 ELSE 0 END"}
    asked = book({"derive": derive}, columns=["code"], statistics=["mean"], of=["value", "diff"])
    found = aggregated(tmp_path, asked, FRAMES)
    assert found.select("code__mean", "code__diff__mean").rows()[0] == (1 / 3, -0.5)


def test_a_replaced_column_and_the_as_of_date(tmp_path: Path) -> None:
    derive = {"balance": "floor(balance * 10)", "ago": "as_of - day"}
    asked = book({"derive": derive}, columns=["balance", "ago"], statistics=["first", "last"])
    found = aggregated(tmp_path, asked, FRAMES)
    names = ["balance__first", "balance__last", "ago__first", "ago__last"]
    assert found.select(names).rows() == [(42.0, 80.0, 9.0, 2.0), (None,) * 4]
    assert list(load(tmp_path, asked).feature_columns) == [KEY, "segment", "income", *names]

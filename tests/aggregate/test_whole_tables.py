"""From tables on disk to one row per customer: side tables, lookups, events-only books."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from aggregate_cases import aggregated
from builders import AS_OF, KEY, columns, load, minimal_book, write

from engine import run
from engine.aggregate import ShapeConfig, aggregate
from engine.errors import BookError


def days(*ago: int) -> list[Any]:
    return [AS_OF - timedelta(days=day) for day in ago]


CUSTOMERS = pl.DataFrame({KEY: [1, 2, 3], "segment": list("aba"), "income": [10.0, None, 30.0]})
STATEMENTS = pl.DataFrame(
    {KEY: [1, 1, 3], "day": days(9, 2, 5), "balance": [4.0, 6.0, None]},
    schema_overrides={"balance": pl.Float64},
)
FRAMES = {"customers": CUSTOMERS, "statements": STATEMENTS}


def with_table(name: str, **table: Any) -> dict[str, Any]:
    book = minimal_book()
    return book | {"tables": book["tables"] | {name: {"files": f"{name}.parquet"} | table}}


def test_columns_in_order_and_customers_without_rows(tmp_path: Path) -> None:
    book = minimal_book() | {"features": {"share": "balance__mean / income"}}
    found = aggregated(tmp_path, book, FRAMES)
    assert found.columns == [KEY, "segment", "income", "as_of", "balance__mean", "share"]
    assert found.drop("as_of").rows() == [
        (1, "a", 10.0, 5.0, 0.5),
        (2, "b", None, None, None),
        (3, "a", 30.0, None, None),
    ]
    names = load(tmp_path, book).feature_columns
    assert list(names) == [name for name in found.columns if name != "as_of"]


def test_side_table_with_a_prefix(tmp_path: Path) -> None:
    spec = columns({KEY: "int64", "income": "float64?", "day": "date"})
    settings = {"prefix": "tax_", "derive": {"age": "as_of - day"}, "columns": spec}
    book = with_table("taxes", **settings) | {"features": {"gap": "tax_income - income"}}
    taxes = pl.DataFrame({KEY: [3, 1], "income": [31.0, 12.0], "day": days(4, 7)})
    found = aggregated(tmp_path, book, FRAMES | {"taxes": taxes})
    assert found[KEY].to_list() == [1, 2, 3]
    assert found["tax_income"].to_list() == [12.0, None, 31.0]
    assert found["tax_age"].to_list() == [7.0, None, 4.0]
    assert found["gap"].to_list() == [2.0, None, 1.0]
    names = load(tmp_path, book).feature_columns
    assert list(names) == [name for name in found.columns if name != "as_of"]


def test_side_table_with_the_customers_columns_needs_a_prefix(tmp_path: Path) -> None:
    book = with_table("taxes", columns=columns({KEY: "int64", "income": "float64?"}))
    message = "table 'taxes' makes a feature 'income' that is there already; give it a prefix"
    with pytest.raises(BookError, match=message):
        load(tmp_path, book)


def test_one_row_tables_are_float64_whatever_is_stored() -> None:
    nan = float("nan")
    about = {KEY: [1, 2], "as_of": [AS_OF] * 2}
    rows = pl.DataFrame(about | {"x": [0.5, nan], "n": [3, None], "b": [True, None]})
    rows = rows.cast({"x": pl.Float32})
    found = aggregate(
        rows,
        {"side": rows},
        {},
        key=KEY,
        single={"customers": ShapeConfig(), "side": ShapeConfig(prefix="s_")},
        events=[],
        expressions={},
        threads=1,
    )
    assert found.columns == [KEY, "as_of", "x", "n", "b", "s_x", "s_n", "s_b"]
    assert set(found.drop(KEY, "as_of").dtypes) == {pl.Float64}
    assert found.drop(KEY, "as_of").rows() == [(0.5, 3.0, 1.0) * 2, (None,) * 6]


def test_lookup_joined_to_events(tmp_path: Path) -> None:
    book = with_table(
        "tariffs", lookup=True, columns=columns({"code": "string", "tariff": "float64"})
    )
    statements = book["tables"]["statements"]
    statements["columns"] |= columns({"code": "string?"})
    statements |= {
        "join": [{"table": "tariffs", "on": "code", "columns": ["tariff"]}],
        "derive": {"fee": "balance * tariff"},
    }
    book["recipe"] = [
        {"table": "statements", "columns": ["fee", "tariff"], "statistics": ["sum", "count"]}
    ]
    frames = {
        "customers": CUSTOMERS,
        "statements": STATEMENTS.with_columns(pl.Series("code", ["x", "z", None])),
        "tariffs": pl.DataFrame({"code": ["y", "x"], "tariff": [1.0, 0.5]}),
    }
    found = aggregated(tmp_path, book, frames)
    assert found.select("fee__sum", "fee__count", "tariff__count").rows() == [
        (2.0, 1.0, 1.0),
        (0.0, 0.0, 0.0),
        (0.0, 0.0, 0.0),
    ]


def test_order_and_tie_can_be_aggregated_too(tmp_path: Path) -> None:
    book = minimal_book()
    statements = book["tables"]["statements"]
    statements["columns"] |= columns({"id": "int64"})
    statements["tie"] = "id"
    book["recipe"] = [
        {
            "table": "statements",
            "columns": ["id"],
            "statistics": ["max", "sum"],
            "of": ["value", "diff"],
        },
        {"table": "statements", "columns": ["day"], "statistics": ["last", "count"]},
    ]
    frames = FRAMES | {"statements": STATEMENTS.with_columns(pl.Series("id", [5, 7, 9]))}
    found = aggregated(tmp_path, book, frames)
    assert found.select("id__max", "id__sum", "id__diff__max").rows() == [
        (7.0, 12.0, 2.0),
        (None, 0.0, None),
        (9.0, 9.0, None),
    ]
    assert found["day__last"].to_list() == [*days(2), None, *days(5)]
    assert found["id__max"].dtype == found["day__count"].dtype == pl.Float64


def events_only() -> dict[str, Any]:
    """One table, many rows per customer: the customers are those who have statements."""
    book = minimal_book()
    statements = book["tables"]["statements"] | {"prefix": "s_"}
    recipe = {"table": "statements", "columns": ["balance"], "statistics": ["mean", "count"]}
    return book | {
        "book": book["book"] | {"customers": "statements"},
        "tables": {"statements": statements},
        "recipe": [recipe | {"windows": ["all", "last_5d"]}],
        "features": {"twice": "s_balance__mean * 2"},
    }


def test_events_only_book(tmp_path: Path) -> None:
    found = aggregated(tmp_path, events_only(), {"statements": STATEMENTS})
    assert found.drop("as_of").to_dict(as_series=False) == {
        KEY: [1, 3],
        "s_balance__mean": [5.0, None],
        "s_balance__count": [2.0, 0.0],
        "s_balance__last_5d__mean": [6.0, None],
        "s_balance__last_5d__count": [1.0, 0.0],
        "twice": [10.0, None],
    }


def test_events_only_book_with_a_side_table(tmp_path: Path) -> None:
    book = events_only()
    book["tables"]["taxes"] = {
        "files": "taxes.parquet",
        "columns": columns({KEY: "int64", "income": "float64?"}),
    }
    taxes = pl.DataFrame({KEY: [3], "income": [31.0]})
    found = aggregated(tmp_path, book, {"statements": STATEMENTS, "taxes": taxes})
    assert found["income"].to_list() == [None, 31.0]
    assert found["s_balance__mean"].to_list() == [5.0, None]


def test_events_only_book_runs_from_end_to_end(tmp_path: Path) -> None:
    """As the Amex data have it: statements alone, string keys, grouped but not sorted."""
    book = events_only()
    book["tables"]["statements"]["columns"][KEY] = {"type": "string"}
    book["strategy"] = {"grades": [{"grade": "A", "rate": 0.1, "limit": 1000}]}
    keys = [f"c{number * 37 % 101:03d}" for number in range(60)]
    rows = pl.DataFrame(
        {
            KEY: [key for key in keys for _ in range(3)],
            "day": days(*[9, 5, 1] * 60),
            "balance": [float(i) for i in range(180)],
        }
    )
    card = {
        "kind": "scorecard",
        "intercept": -2.0,
        "features": [{"name": "twice", "coefficient": 0.001}],
    }
    write(tmp_path, {"statements.parquet": rows, "pd.json": json.dumps(card)})
    load(tmp_path, book)

    results = [
        run(tmp_path / "book.toml", out=tmp_path / f"out{size}", chunk_customers=size)
        for size in (7, 1_000)
    ]
    assert results[0].content_hash == results[1].content_hash
    assert (results[0].customers, results[0].quarantined) == (60, 0)
    manifest = json.loads((tmp_path / "out7" / results[0].run_id / "manifest.json").read_text())
    assert manifest["tables"]["statements"]["order"] == "streamed, in the order of the file"

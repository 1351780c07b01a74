"""Mistyped keys and values that do not fit: each is named, with what was perhaps meant."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from book_cases import with_column, with_sections, with_table
from builders import load, minimal_book

from engine.errors import BookError

UNKNOWN: list[tuple[dict[str, Any], str]] = [
    (with_sections(modles={}), "modles: unknown key; did you mean 'models'?"),
    (with_sections(folder="/"), "folder: unknown key"),
    (
        with_sections(book={"asof": date(2026, 1, 1)}),
        "book.asof: unknown key; did you mean 'as_of'?",
    ),
    (with_sections(ingest={"max_quarantine": 1}), "did you mean 'max_quarantine_share'?"),
    (
        with_table("statements", ordr="day"),
        "tables.statements.ordr: unknown key; did you mean 'order'?",
    ),
    (
        with_table("statements", csv={"seperator": ";"}),
        "statements.csv.seperator: unknown key; did you mean 'separator'?",
    ),
    (
        with_column("income", nulable=True),
        "columns.income.nulable: unknown key; did you mean 'nullable'?",
    ),
    (with_sections(recipe=[{"tabel": "t"}]), "recipe.0.tabel: unknown key; did you mean 'table'?"),
    (
        with_sections(models={"pd": {"file": "x", "predicts": "pd", "sha": "x"}}),
        "models.pd.sha: unknown key; did you mean 'sha256'?",
    ),
    (with_sections(economics={"lgdd": 1}), "economics.lgdd: unknown key; did you mean 'lgd'?"),
    (
        with_sections(economics={"customer_profit": {"net_fee": "x"}}),
        "did you mean 'net_fee_income'?",
    ),
    (with_sections(strategy={"grade": []}), "strategy.grade: unknown key; did you mean 'grades'?"),
    (
        with_sections(strategy={"grades": [{"grad": "A"}]}),
        "strategy.grades.0.grad: unknown key; did you mean 'grade'?",
    ),
    (with_sections(take_up={"rates": 0}), "take_up.rates: unknown key; did you mean 'rate'?"),
    (
        with_sections(take_up={"segments": {"a": {"rat": 0}}}),
        "take_up.segments.a.rat: unknown key; did you mean 'rate'?",
    ),
    (
        with_sections(optimise={"constraint": {}}),
        "optimise.constraint: unknown key; did you mean 'constraints'?",
    ),
    (with_sections(target={"colum": "bad"}), "target.colum: unknown key; did you mean 'column'?"),
    (
        with_sections(fit={"split_colum": "x"}),
        "fit.split_colum: unknown key; did you mean 'split_column'?",
    ),
    (
        with_sections(output={"chunk_customer": 1}),
        "output.chunk_customer: unknown key; did you mean 'chunk_customers'?",
    ),
]


@pytest.mark.parametrize(("book", "message"), UNKNOWN, ids=lambda value: str(value)[:40])
def test_unknown_keys(tmp_path: Path, book: dict[str, Any], message: str) -> None:
    with pytest.raises(BookError) as error:
        load(tmp_path, book)
    assert message in str(error.value)
    assert str(error.value).startswith(str(tmp_path / "book.toml"))


def test_hint_in_a_table_that_is_called_like_a_key(tmp_path: Path) -> None:
    book = minimal_book()
    book["tables"]["files"] = book["tables"].pop("statements") | {"ordr": "day"}
    with pytest.raises(BookError, match=r"tables\.files\.ordr: unknown key; did you mean 'order'"):
        load(tmp_path, book)


def test_all_problems_at_once(tmp_path: Path) -> None:
    book = with_sections(output={"dirr": "x", "chunk_customers": 0})
    del book["book"]["key"]
    with pytest.raises(BookError) as error:
        load(tmp_path, book)
    lines = str(error.value).splitlines()
    assert lines[0].endswith("book.toml: 3 problems")
    assert sorted(line.strip() for line in lines[1:]) == [
        "book.key: is required",
        "output.chunk_customers: Input should be greater than or equal to 1",
        "output.dirr: unknown key; did you mean 'dir'?",
    ]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({}, "book: is required"),
    (with_sections(book={"as_of_column": "x"}), "book: give either as_of or as_of_column"),
    (with_sections(book={"name": "a b"}), "book.name"),
    (with_sections(book={"currency": "euro"}), "book.currency"),
    (with_sections(ingest={"max_quarantine_share": 1.5}), "ingest.max_quarantine_share"),
    (with_table("customers", files=[]), "tables.customers: give either files or duckdb"),
    (with_table("customers", duckdb="x.db"), "tables.customers: give either files or duckdb"),
    (
        with_table("customers", table="x"),
        "tables.customers: table and query belong to a duckdb source",
    ),
    (
        with_table("customers", files=[], duckdb="x", table="a", query="b"),
        "needs either table or query",
    ),
    (with_table("customers", columns={}), "tables.customers.columns"),
    (
        with_table("statements", order="dya"),
        "order names the column 'dya', which columns does not list",
    ),
    (with_table("statements", tie="x"), "tie names the column 'x'"),
    (
        with_table("statements", date="balance"),
        "date names the column 'balance', which is not a date",
    ),
    (with_table("statements", unique=["x"]), "unique names the column 'x'"),
    (
        with_table("statements", order="balance"),
        "order names the column 'balance', which is nullable",
    ),
    (with_table("statements", tie="balance"), "tie names the column 'balance', which is nullable"),
    (with_table("customers", tie="segment"), "tie needs order"),
    (
        with_table("statements", lookup=True),
        "a lookup table has no order, tie or date, nor known_at",
    ),
    (with_table("customers", after_as_of="drop"), "after_as_of and cutoff need a date"),
    (with_table("customers", cutoff="before"), "after_as_of and cutoff need a date"),
    (with_table("statements", after_as_of="ignore"), "tables.statements.after_as_of"),
    (with_table("customers", csv={"separator": ";;"}), "tables.customers.csv.separator"),
    (
        with_table("customers", csv={"date_format": "dd.mm.yyyy"}),
        "csv.date_format: 'dd.mm.yyyy' does not",
    ),
    (with_column("income", type="decimal"), "columns.income.type"),
    (with_column("income", min="a"), "columns.income.min"),
    (with_column("income", min=5, max=1), "columns.income: min is above max"),
    (with_column("income", min=float("nan")), "columns.income.min"),
    (
        with_column("income", min=date(2024, 1, 1)),
        "min and max of a float64 column must be of that type",
    ),
    (with_column("segment", min=0), "min and max do not apply to a string column"),
    (with_column("segment", allowed=[]), "columns.segment.allowed"),
    (with_column("segment", allowed=["a", 1]), "allowed holds 1, which is not of type string"),
    (with_column("income", allowed=[1, True]), "allowed holds True, which is not of type float64"),
    (with_column("born", type="date", allowed=["x"]), "allowed does not apply to a date column"),
    (with_column("born", type="date", min=1), "min and max of a date column must be of that type"),
    (
        with_sections(recipe=[{"table": "t", "columns": ["x"], "statistics": ["median"]}]),
        "recipe.0.statistics.0",
    ),
    (
        with_sections(
            recipe=[{"table": "t", "columns": ["x"], "statistics": ["sum"], "windows": ["3m"]}]
        ),
        "window '3m' is none of",
    ),
    (
        with_sections(models={"pd": {"file": "x", "predicts": "pd", "sha256": "..."}}),
        "models.pd.sha256",
    ),
    (with_sections(models={"pd": {"file": "x", "predicts": "pd", "floor": 2}}), "models.pd.floor"),
    (with_sections(take_up={"rate": 1}), "take_up.rate"),
    (
        with_sections(strategy={"grades": [{"grade": "A", "max_pd": 0.1}]}),
        "the last grade takes all higher",
    ),
    (with_sections(optimise={"constraints": {"volume": {"min": 1}}}), "optimise.constraints"),
    (with_sections(optimise={"constraints": {"min_volume": {}}}), "give min, max or both"),
    (
        with_sections(target={"column": "bad", "table": "x"}),
        "target: give either column or another form",
    ),
    (with_sections(output={"chunk_customers": 0}), "output.chunk_customers"),
]


@pytest.mark.parametrize(("book", "message"), WRONG, ids=lambda value: str(value)[:40])
def test_values_that_do_not_fit(tmp_path: Path, book: dict[str, Any], message: str) -> None:
    with pytest.raises(BookError) as error:
        load(tmp_path, book)
    assert message in str(error.value)
    assert "pydantic" not in str(error.value)


def test_a_bound_of_the_wrong_kind_is_one_problem(tmp_path: Path) -> None:
    with pytest.raises(BookError) as error:
        load(tmp_path, with_column("income", min="a"))
    assert str(error.value).count("\n") == 1


@pytest.mark.parametrize("statistics", [["meen"], ["meen", "sum"]])
def test_a_wrong_item_is_one_problem(tmp_path: Path, statistics: list[str]) -> None:
    """Not also a list that is too short, even where no item of it is right."""
    recipe = {"table": "statements", "columns": ["balance"], "statistics": statistics}
    with pytest.raises(BookError, match=r"1 problem\n  recipe\.0\.statistics\.0: .*'mean'\?$"):
        load(tmp_path, with_sections(recipe=[recipe]))

"""Sections of a book that contradict each other are found before anything is read."""

from __future__ import annotations

from pathlib import Path

import pytest
from book_cases import (
    JOIN,
    TARGET,
    TARIFFS,
    Change,
    book,
    customers,
    events_only,
    recipe,
    refused,
    statements,
)
from builders import KEY, columns, load


def test_it_is_fine_as_it_is(tmp_path: Path) -> None:
    made = load(tmp_path, book())
    assert list(made.run_tables) == ["customers", "side", "statements"]
    assert list(made.lookup_tables) == ["tariffs"]
    made = load(tmp_path, book() | {"target": TARGET})
    assert list(made.run_tables) == ["customers", "side", "statements"]


CASES: dict[str, tuple[Change, str]] = {
    "PD of another time than its outcome": (
        lambda b: (
            b.update(target=dict(TARGET)),
            b["economics"].update(mode="cashflow", term_months=36, pd_horizon_months=24),
        ),
        "economics.pd_horizon_months = 24 does not match target.window_days = 365",
    ),
    "a propensity that nobody predicts": (
        lambda b: b.update(
            take_up={"form": "market", "market": "m.json", "propensity": "propensit"}
        ),
        "take_up.propensity: no score or feature 'propensit'",
    ),
    "another market than is fitted": (
        lambda b: b.update(
            market={"offers": "o.parquet", "file": "m.json"},
            take_up={"form": "market", "market": "models/market.json"},
        ),
        "take_up.market: 'models/market.json' is not market.file 'm.json'",
    ),
    "no customers table": (
        lambda b: b["book"].update(customers="customer"),
        "book.customers: 'customer' is not a table with customers; did you mean 'customers'?",
    ),
    "customers are a lookup": (
        lambda b: b["book"].update(customers="tariffs"),
        "book.customers: 'tariffs' is not a table with customers",
    ),
    "key missing": (
        lambda b: statements(b)["columns"].update(
            {"customerid": statements(b)["columns"].pop(KEY)}
        ),
        "tables.statements.columns: the key 'customer_id' is missing; did you mean 'customerid'?",
    ),
    "key nullable": (
        lambda b: customers(b)["columns"].update(columns({KEY: "int64?"})),
        "tables.customers.columns.customer_id: a key cannot be nullable",
    ),
    "key of a bad type": (
        lambda b: customers(b)["columns"].update(columns({KEY: "float64"})),
        "tables.customers.columns.customer_id: a key is int64 or string, not float64",
    ),
    "keys of different types": (
        lambda b: statements(b)["columns"].update(columns({KEY: "string"})),
        "book.key: 'customer_id' has different types (customers: int64, statements: string",
    ),
    "key is a published column": (
        lambda b: b["book"].update(key="grade"),
        "book.key: 'grade' is the name of a published column",
    ),
    "key is a column of the quarantine": (
        lambda b: b["book"].update(key="reason"),
        "book.key: 'reason' is the name of a published column",
    ),
    "as-of column missing": (
        lambda b: b["book"].update(as_of_column="joind") or b["book"].pop("as_of"),
        "book.as_of_column: 'joind' is not a date column of the customers table",
    ),
    "as-of column is no date": (
        lambda b: b["book"].update(as_of_column="income") or b["book"].pop("as_of"),
        "book.as_of_column: 'income' is not a date column",
    ),
    "as-of column may be null": (
        lambda b: (
            customers(b)["columns"].update(columns({"at": "date?"}))
            or b["book"].update(as_of_column="at")
            or b["book"].pop("as_of")
        ),
        "book.as_of_column: 'at' is not a date column of the customers table that is never null",
    ),
    "reserved column": (
        lambda b: customers(b)["columns"].update(columns({"as_of": "date"})),
        "tables.customers: the column name 'as_of' is reserved",
    ),
    "reserved derived column": (
        lambda b: statements(b).update(derive={"__x": "balance"}),
        "tables.statements: the column name '__x' is reserved",
    ),
    "feature called as_of": (
        lambda b: b.update(features={"as_of": "income"}),
        "[features] makes a feature 'as_of' that is there already",
    ),
    "feature called as the key": (
        lambda b: b.update(features={KEY: "income"}),
        "[features] makes a feature 'customer_id' that is there already",
    ),
    "join to nothing": (
        lambda b: statements(b).update(join=[JOIN | {"table": "tarifs"}]),
        "tables.statements.join: 'tarifs' is not a table with lookup = true",
    ),
    "join to no lookup": (
        lambda b: statements(b).update(join=[JOIN | {"table": "side"}]),
        "tables.statements.join: 'side' is not a table with lookup = true",
    ),
    "joined column missing": (
        lambda b: statements(b).update(join=[JOIN | {"columns": ["tarif"]}]),
        "table 'tariffs' has no column 'tarif'; did you mean 'tariff'?",
    ),
    "join on nothing of ours": (
        lambda b: statements(b)["columns"].pop("code"),
        "tables.statements.join: 'code' is not a column",
    ),
    "join of different types": (
        lambda b: statements(b)["columns"].update(columns({"code": "int64"})),
        "tables.statements.join: 'code' is int64 here and string in 'tariffs'",
    ),
    "joined column there already": (
        lambda b: statements(b)["columns"].update(columns({"tariff": "float64"})),
        "tables.statements: the column 'tariff' is made twice",
    ),
    "derived column there already": (
        lambda b: customers(b).update(derive={"income": "2"}),
        "tables.customers: the column 'income' is made twice",
    ),
    "lookup with a derived column": (
        lambda b: b["tables"].update(tariffs=TARIFFS | {"derive": {"x": "tariff"}}),
        "tables.tariffs: a lookup table has no join, derive or prefix",
    ),
    "prefix of the customers": (
        lambda b: customers(b).update(prefix="c_"),
        "tables.customers.prefix: the customers table takes none",
    ),
    "customers dropped": (
        lambda b: customers(b).update(
            after_as_of="drop", date="at", columns=customers(b)["columns"] | columns({"at": "date"})
        ),
        "tables.customers.after_as_of: a customer cannot be dropped",
    ),
    "optional customers": (
        lambda b: customers(b).update(optional=True),
        "tables.customers.optional: a run needs customers",
    ),
    "no model of pd": (
        lambda b: b["models"]["pd"].update(predicts="loss"),
        "models: exactly one model predicts 'pd', not 0",
    ),
    "two models of pd": (
        lambda b: b["models"].update(other={"file": "x.json", "predicts": "pd"}),
        "models: exactly one model predicts 'pd', not 2",
    ),
    "two models of another": (
        lambda b: b["models"].update({n: {"file": "x", "predicts": "loss"} for n in "ab"}),
        "models: 2 models predict 'loss'",
    ),
    "model of a published column": (
        lambda b: b["models"].update(x={"file": "x", "predicts": "margin"}),
        "models: 'margin' is a published column of its own, no model can predict it",
    ),
    "model of the key": (
        lambda b: b["models"].update(x={"file": "x", "predicts": KEY}),
        "models: 'customer_id' is a published column of its own",
    ),
    "target column missing": (
        lambda b: b.update(target={"column": "incom"}),
        "target.column: the customers table has no column 'incom'; did you mean 'income'?",
    ),
    "target column of an events-only book": (
        lambda b: events_only(b) or b.update(target={"column": "balance"}),
        "target.column: the customers table has many rows per customer; use target.table",
    ),
    "target table missing": (
        lambda b: b.update(target=TARGET | {"table": "performence"}),
        "target.table: no table 'performence' with customers; did you mean 'performance'?",
    ),
    "target table is a lookup": (
        lambda b: b.update(target=TARGET | {"table": "tariffs"}),
        "target.table: no table 'tariffs' with customers",
    ),
    "target's column missing": (
        lambda b: b.update(target=TARGET | {"days_past_due": "dp"}),
        "target: table 'performance' has no column 'dp'; did you mean 'dpd'?",
    ),
    "features of the outcome": (
        lambda b: recipe(b, table="performance", columns=["dpd"]) or b.update(target=TARGET),
        "target.table: 'performance' says what happened later, so no feature may come from it",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_contradiction(tmp_path: Path, case: str) -> None:
    change, message = CASES[case]
    assert message in refused(tmp_path, change)


def test_several_contradictions_are_said_together(tmp_path: Path) -> None:
    said = refused(
        tmp_path,
        lambda b: (
            b["models"]["pd"].update(predicts="loss")
            or customers(b)["columns"].update(columns({KEY: "int64?"}))
        ),
    )
    assert len(said.splitlines()) == 3


def test_only_what_is_used_is_read(tmp_path: Path) -> None:
    """An event table without a recipe, a lookup without a join, the target and its table."""
    changed = book() | {"target": TARGET}
    statements(changed)["join"] = []
    changed["tables"]["other"] = statements(changed) | {"files": "other.parquet"}
    made = load(tmp_path, changed)
    assert list(made.run_tables) == ["customers", "side", "statements"]
    assert made.lookup_tables == {}
    ready = load(tmp_path, book() | {"target": {"column": "income"}})
    assert "income" not in ready.run_tables["customers"].columns
    assert "income" not in ready.feature_columns


def test_events_only_book_loads(tmp_path: Path) -> None:
    changed = book()
    events_only(changed)
    statements(changed)["prefix"] = "s_"
    made = load(tmp_path, changed)
    assert list(made.run_tables) == ["statements"]
    assert made.feature_columns == (KEY, "s_balance__mean")

"""[fee_income] and good_fee_income in a book: what is accepted, what contradicts the tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from builders import KEY, columns, load, minimal_book

from engine.errors import BookError

Changes = dict[str, Any]


def fee_book(
    *, customers: Changes | None = None, fees: Changes | None = None, tariffs: Changes | None = None
) -> dict[str, Any]:
    """The smallest book with fees; columns of its tables added or changed (None: gone)."""
    book = minimal_book()
    spec: dict[str, Changes] = {
        "customers": {KEY: "int64", "activated_on": "date", "staff": "int64", **(customers or {})},
        "fees": {KEY: "int64", "day": "date", "fee_type": "string", "number": "int64"}
        | (fees or {}),
        "tariffs": {"fee_type": "string", "tariff": "float64", "periodicity": "string"}
        | (tariffs or {}),
    }
    for name, of_table in spec.items():
        given = columns({column: kind for column, kind in of_table.items() if kind})
        book["tables"].setdefault(name, {"files": f"{name}.parquet"})["columns"] = given
    book["tables"]["fees"] |= {"order": "day", "after_as_of": "drop"}
    book["tables"]["tariffs"] |= {"lookup": True}
    return book | {"fee_income": {}}


TARGET = {"good_fee_income": 100.0, "window_days": 365, "observed_until": "2027-06-30"}


def test_its_columns_are_features(tmp_path: Path) -> None:
    book = fee_book()
    book["fee_income"] = {"types": ["atm"]}
    book["features"] = {"big": "fee_income > 1000"}
    names = load(tmp_path, book).feature_columns
    made = ("fee_income", "fee_income__atm", "fee_tenure_days", "short_tenure", "fee_excluded")
    assert [name for name in names if name in made] == list(made)


def test_a_table_of_cards(tmp_path: Path) -> None:
    book = fee_book(customers={"activated_on": None})
    cards = {KEY: "int64", "opened": "date?", "card": "int64"}
    book["tables"]["cards"] = {"files": "c.parquet", "order": "card", "columns": columns(cards)}
    book["fee_income"] = {"cards": "cards", "activated_on": "opened"}
    assert list(load(tmp_path, book).fee_tables) == ["fees", "cards"]


REFUSED: list[tuple[dict[str, Any], Changes, str]] = [
    ({}, {"events": "fes"}, "fee_income.events: no table 'fes' with customers; did you mean"),
    ({}, {"events": "tariffs"}, "fee_income.events: no table 'tariffs' with customers"),
    ({}, {"tariffs": "tarifs"}, "'tarifs' is not a table with lookup = true; did you mean 'tar"),
    ({}, {"tariffs": "fees"}, "'fees' is not a table with lookup = true"),
    ({}, {"events": "customers"}, "one row per customer, which is not one per fee"),
    ({}, {"cards": "cards"}, "fee_income.cards: no table 'cards' with customers"),
    ({}, {"cards": "customers"}, "leave it out where 'customers' has one row per customer"),
    ({}, {"number": "times"}, "fee_income.number: table 'fees' has no column 'times'"),
    ({}, {"activated_on": "opened"}, "table 'customers' has no column 'opened'"),
    ({}, {"activated_on": "staff"}, "fee_income.activated_on is date or datetime, not int64"),
    ({"fees": {"number": "float64"}}, {}, "fee_income.number is int64, not float64"),
    (
        {"fees": {"fee_type": None}},
        {},
        "fee_income.fee_type: table 'fees' has no column 'fee_type'",
    ),
    ({"tariffs": {"fee_type": "int64"}}, {}, "fee_income.fee_type is string, not int64"),
    ({"tariffs": {"tariff": None, "tarif": "float64"}}, {}, "did you mean 'tarif'"),
    ({"tariffs": {"periodicity": "date"}}, {}, "is string or int64 or float64, not date"),
    ({"fees": {"day": "int64"}}, {}, "table 'fees' has no date"),
    ({}, {"exclude": [{"reason": "a", "when": "staf = 1"}]}, "no column 'staf'; did you mean"),
    ({}, {"exclude": [{"reason": "a", "when": "staff ="}]}, "fee_income.exclude 'a': cannot read"),
    ({}, {"exclude": [{"reason": "a", "when": "staff = 1"}] * 2}, "exclude occurs twice"),
    ({}, {"types": ["a", "a"]}, "fee_income.types: a fee type occurs twice"),
    ({}, {"period": "mine"}, "fee_income.period"),
    ({}, {"period": 0}, "fee_income.period"),
    ({}, {"period": 40_000}, "fee_income.period"),
    ({}, {"least_tenure_days": 0}, "greater than 0"),
    ({}, {"least_tenure_days": 10**20}, "less than or equal to 36525"),
    ({}, {"use_days": 40_000}, "less than or equal to 36525"),
    ({}, {"tarifs": "x"}, "fee_income.tarifs: unknown key; did you mean 'tariffs'"),
    ({"customers": {"fee_income": "float64"}}, {}, "makes a feature 'fee_income' that is there"),
]


@pytest.mark.parametrize(("tables", "section", "says"), REFUSED)
def test_refused(tmp_path: Path, tables: dict[str, Any], section: Changes, says: str) -> None:
    book = fee_book(**tables)
    if "day" in tables.get("fees", {}):
        book["tables"]["fees"].pop("after_as_of")
    book["fee_income"] = section
    with pytest.raises(BookError) as refused:
        load(tmp_path, book)
    assert says in str(refused.value), str(refused.value)


def test_no_model_predicts_it(tmp_path: Path) -> None:
    book = fee_book()
    book["models"]["fees"] = {"file": "f.json", "predicts": "fee_income"}
    with pytest.raises(BookError, match="models: 'fee_income' is a published column of its own"):
        load(tmp_path, book)


def test_fees_need_a_date(tmp_path: Path) -> None:
    book = fee_book(fees={"number": "int64", "charged": "date?"})
    book["tables"]["fees"] |= {"date": "charged"}
    with pytest.raises(
        BookError, match=r"tables.fees.columns.charged: a fee's date cannot be null"
    ):
        load(tmp_path, book)


@pytest.mark.parametrize(("table", "column"), [("fees", "number"), ("customers", "activated_on")])
def test_what_is_derived_is_not_read(tmp_path: Path, table: str, column: str) -> None:
    """So a derived column of the same name would be read by features alone."""
    book = fee_book()
    book["tables"][table]["derive"] = {column: f"coalesce({column}, {column})"}
    with pytest.raises(BookError, match=f"fee_income.{column} reads '{column}' as it is stored"):
        load(tmp_path, book)


def test_customers_of_many_rows_need_cards(tmp_path: Path) -> None:
    book = fee_book(customers={"day": "date"})
    book["tables"]["customers"]["order"] = "day"
    with pytest.raises(BookError, match="fee_income.cards: needed where customers have many rows"):
        load(tmp_path, book)


def test_a_target_of_fees(tmp_path: Path) -> None:
    for target in (TARGET, {"good_fee_income": 100.0, "same_window": True}):
        book = fee_book() | {"target": target}
        found = load(tmp_path, book).target
        assert found is not None
        assert found.by_fees
        assert bool(found.notes) == found.same_window


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"window_days": None}, "good_fee_income needs window_days"),
        ({"observed_until": None}, "good_fee_income needs observed_until"),
        ({"same_window": True}, "good_fee_income does not go with window_days, observed_until"),
        ({"bad_over": 90.0}, "good_fee_income does not go with bad_over"),
        ({"column": "staff"}, "give either column or another form"),
        ({"good_fee_income": None, "same_window": True}, "the table form does not go with same_w"),
        ({"good_fee_income": float("nan")}, "target.good_fee_income: Input should be a finite"),
        ({"window_days": 10**11}, "less than or equal to 36525"),
        ({"good_fee_incom": 1.0}, "unknown key; did you mean 'good_fee_income'"),
    ],
)
def test_a_contradictory_target(tmp_path: Path, changes: Changes, says: str) -> None:
    target = {name: value for name, value in (TARGET | changes).items() if value is not None}
    with pytest.raises(BookError) as refused:
        load(tmp_path, fee_book() | {"target": target})
    assert says in str(refused.value), str(refused.value)


@pytest.mark.parametrize("place", ["target", "fit.scorecard.target"])
@pytest.mark.parametrize("column", ["fee_income", "fee_income__atm", "short_tenure", "stuff"])
def test_who_is_left_out_cannot_hang_on_the_outcome(
    tmp_path: Path, place: str, column: str
) -> None:
    """Fee income is that of the outcome while customers are labelled."""
    target = TARGET | {"exclude": [{"reason": "dear", "when": f"staff = 1 or {column} > 5"}]}
    book = fee_book() | {"fee_income": {"types": ["atm"]}}
    if place == "target":
        book["target"] = target
    else:
        book["fit"] = {"scorecard": {"model": "pd", "target": target}}
    with pytest.raises(BookError) as refused:
        load(tmp_path, book)
    says = f"{place}.exclude 'dear': the customers table has no column '{column}'"
    assert says in str(refused.value), str(refused.value)


def test_a_target_of_fees_without_fee_income(tmp_path: Path) -> None:
    book = {name: part for name, part in fee_book().items() if name != "fee_income"}
    with pytest.raises(BookError, match="target.good_fee_income: the book has no \\[fee_income\\]"):
        load(tmp_path, book | {"target": TARGET})


def test_features_must_not_see_the_fees_of_the_outcome(tmp_path: Path) -> None:
    book = fee_book() | {"target": TARGET}
    book["tables"]["fees"].pop("after_as_of")
    with pytest.raises(BookError, match=r'tables.fees.after_as_of = "drop"'):
        load(tmp_path, book)


@pytest.mark.parametrize("place", ["target", "fit.scorecard.target"])
def test_days_past_due_are_not_in_the_table_of_fees(tmp_path: Path, place: str) -> None:
    target = {
        "table": "fees",
        "date": "day",
        "days_past_due": "dpd",
        "bad_over": 90,
        "indeterminate_over": 30,
        "window_days": 365,
        "observed_until": "2027-06-30",
    }
    book = fee_book(fees={"dpd": "int64"})
    if place == "target":
        book["target"] = target
    else:
        book["fit"] = {"scorecard": {"model": "pd", "target": target}}
    with pytest.raises(BookError, match=f"{place}.table: 'fees' says what happened later, so no"):
        load(tmp_path, book)


@pytest.mark.parametrize("key", ["features", "weights", "offset"])
@pytest.mark.parametrize("name", ["fee_income", "thousands"])
def test_a_scorecard_cannot_name_the_income_that_says_who_is_good(
    tmp_path: Path, key: str, name: str
) -> None:
    book = fee_book() | {"features": {"thousands": "fee_income / 1000"}}
    card = {"model": "pd", key: [name] if key == "features" else name}
    same = {"good_fee_income": 100.0, "same_window": True}
    with pytest.raises(BookError, match=f"fit.scorecard.{key}: '{name}' says who is good"):
        load(tmp_path, book | {"target": same, "fit": {"scorecard": card}})
    left_out = {"model": "pd", "leave_out": [name]}
    load(tmp_path, book | {"target": same, "fit": {"scorecard": left_out}})
    load(tmp_path, book | {"target": TARGET, "fit": {"scorecard": card}})

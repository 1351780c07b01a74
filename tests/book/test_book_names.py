"""Names in a book: what is referred to must be there, what is made must be new."""

from __future__ import annotations

from pathlib import Path

import pytest
from book_cases import (
    JOIN,
    SIDE,
    Change,
    book,
    customers,
    recipe,
    refused,
    statements,
)
from builders import columns, load

from engine.book_checks import check_models
from engine.errors import BookError

PARTS = ("net_interest_income", "provisions_change", "net_fee_income")
PARTS += ("net_transfer_income", "servicing_cost")

CASES: dict[str, tuple[Change, str]] = {
    "recipe of no table": (
        lambda b: recipe(b, table="statement"),
        "recipe: no table 'statement' with an order; did you mean 'statements'?",
    ),
    "recipe of a table without an order": (
        lambda b: recipe(b, table="side", columns=["score"]),
        "recipe: table 'side' has no order, which says that it holds one row per customer",
    ),
    "recipe of no column": (
        lambda b: recipe(b, columns=["balence"]),
        "recipe: table 'statements' has no column 'balence'; did you mean 'balance'?",
    ),
    "days without a date": (
        lambda b: statements(b).update(order="code") or recipe(b, windows=["last_30d"]),
        "recipe: window 'last_30d' counts days, but table 'statements' has no date",
    ),
    "mean of a string": (
        lambda b: recipe(b, columns=["code"], statistics=["mean"]),
        "recipe: mean of 'statements.code', which is a string column",
    ),
    "sum of a date": (
        lambda b: recipe(b, columns=["day"], statistics=["sum"]),
        "recipe: sum of 'statements.day', which is a date column",
    ),
    "difference of dates": (
        lambda b: recipe(b, columns=["day"], statistics=["max"], of=["diff"]),
        "recipe: diff of 'statements.day', which is a date column",
    ),
    "mean of a joined string": (
        lambda b: (
            statements(b).update(join=[JOIN | {"columns": ["label"]}])
            or recipe(b, columns=["label"], statistics=["std"])
        ),
        "recipe: std of 'statements.label', which is a string column",
    ),
    "two tables with the same feature": (
        lambda b: (
            b["tables"].update(other=statements(b) | {"join": []})
            or recipe(b, table="other", statistics=["mean"])
        ),
        "tables 'statements' and 'other' both make the feature 'balance__mean'; give one of the",
    ),
    "side table with a customers' column": (
        lambda b: b["tables"]["side"].update(
            columns=SIDE["columns"] | columns({"income": "float64"})
        ),
        "table 'side' makes a feature 'income' that is there already; give it a prefix",
    ),
    "feature that is there already": (
        lambda b: b.update(features={"balance__mean": "income"}),
        "[features] makes a feature 'balance__mean' that is there already",
    ),
    "derive of an unknown column": (
        lambda b: statements(b).update(derive={"x": "balence / 2"}),
        "tables.statements.derive.x: no column 'balence'; did you mean 'balance'?",
    ),
    "derive of a later one": (
        lambda b: customers(b).update(derive={"x": "y + 1", "y": "income"}),
        "tables.customers.derive.x: no column 'y'",
    ),
    "derive of the outcome": (
        lambda b: (
            customers(b).update(derive={"x": "income * 2"}) or b.update(target={"column": "income"})
        ),
        "tables.customers.derive.x: no column 'income'",
    ),
    "derive of an aggregate": (
        lambda b: statements(b).update(derive={"x": "balance - avg(balance)"}),
        "tables.statements.derive.x: 'balance - avg(balance)' looks at more than one row",
    ),
    "feature of an unknown one": (
        lambda b: b.update(features={"x": "balance__mea / 2"}),
        "features.x: no column 'balance__mea'; did you mean 'balance__mean'?",
    ),
    "feature that reads the clock": (
        lambda b: b.update(features={"x": "current_date - as_of"}),
        "features.x: 'current_date - as_of' reads the clock",
    ),
    "unknown segment": (
        lambda b: b["book"].update(segment="segmnt"),
        "book.segment: no column or feature 'segmnt'; did you mean 'segment'?",
    ),
    "unknown cap": (
        lambda b: b["strategy"].update(caps=["incom"]),
        "strategy.caps: no column or feature 'incom'; did you mean 'income'?",
    ),
    "unknown rate column": (
        lambda b: b["strategy"].update(grades=[{"grade": "A", "limit": 1}], rate_column="rat"),
        "strategy.rate_column: no column or feature 'rat'",
    ),
    "unknown limit column": (
        lambda b: b["strategy"].update(grades=[{"grade": "A", "rate": 1}], limit_column="x"),
        "strategy.limit_column: no column or feature 'x'",
    ),
    "unknown knock-out": (
        lambda b: b["strategy"].update(knock_outs=[{"reason": "late", "when": "dpd__max > 90"}]),
        "strategy.knock_outs 'late': no column or feature 'dpd__max'",
    ),
    "unknown component of profit": (
        lambda b: b["economics"].update(customer_profit=dict.fromkeys(PARTS, "incme")),
        "economics.customer_profit.net_interest_income: no column or feature 'incme'",
    ),
    "unknown segment of take-up": (
        lambda b: (
            customers(b)["columns"]["segment"].update(allowed=["salaried", "student"])
            or b["book"].update(segment="segment")
            or b.update(take_up={"segments": {"studnt": {"rate": -1}}})
        ),
        "take_up.segments: no segment 'studnt'; did you mean 'student'?",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_name(tmp_path: Path, case: str) -> None:
    change, message = CASES[case]
    assert message in refused(tmp_path, change)


def test_a_rule_may_read_the_as_of_date(tmp_path: Path) -> None:
    changed = book()
    changed["strategy"]["knock_outs"] = [{"reason": "new", "when": "as_of < date '2020-01-01'"}]
    changed["features"] = {"year": "extract(year from as_of)"}
    assert "year" in load(tmp_path, changed).feature_columns


def test_models_read_what_the_book_makes(tmp_path: Path) -> None:
    made = load(tmp_path, book())
    check_models(made, {"pd": ["balance__mean", "income"]})
    message = (
        r"models\.pd: pd\.json reads 2 features .* such as 'balance__men'; did you mean 'balance_"
    )
    with pytest.raises(BookError, match=message):
        check_models(made, {"pd": ["balance__men", "income", "x"]})

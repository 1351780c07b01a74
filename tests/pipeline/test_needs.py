"""Which aggregates, tables and columns a run needs, for what its models and rules read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from builders import KEY, load
from hypothesis import given
from hypothesis import strategies as st
from needs_cases import rich_book

from engine.book import Book
from engine.needs import Needs, needs_of, whole


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return load(tmp_path, rich_book())


def columns_of(needs: Needs) -> dict[str, set[str]]:
    """By table, the columns that are read."""
    return {name: set(table.columns) for name, table in needs.read.items()}


BASE = {"customers": {KEY, "segment"}}
ROWS = {KEY, "day", "number"}
"""Of ``statements``, whatever is needed of it."""
CASES: dict[str, tuple[str, dict[str, set[str]]]] = {
    "nothing but the offers": (KEY, BASE),
    "a column": ("income", {"customers": {KEY, "segment", "income"}}),
    "an aggregate": ("s_a__mean", BASE | {"statements": ROWS | {"a"}}),
    "of a difference in a window": (
        "s_b__diff__last_90d__std",
        BASE | {"statements": ROWS | {"b"}},
    ),
    "a derived column": ("s_ab__max", BASE | {"statements": ROWS | {"a", "b"}}),
    "a joined column": (
        "s_fee__sum",
        BASE | {"statements": ROWS | {"tariff"}, "tariffs": {"tariff", "fee"}},
    ),
    "derived of derived and joined": (
        "s_paid__last",
        BASE | {"statements": ROWS | {"a", "b", "tariff"}, "tariffs": {"tariff", "fee"}},
    ),
    "a derived column of the customers": (
        "rent_share",
        {"customers": {KEY, "segment", "income", "branch"}, "branches": {"branch", "rent"}},
    ),
    "of a side table": ("x_uv", BASE | {"side": {KEY, "u", "v"}}),
    "a feature of features": (
        "trend_3",
        BASE | {"statements": ROWS | {"a", "c"}, "side": {KEY, "u", "v"}},
    ),
    "a feature of two tables": (
        "long",
        BASE | {"statements": ROWS | {"b"}, "visits": {KEY, "day", "minutes"}},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_columns_that_are_read(book: Book, case: str) -> None:
    feature, expected = CASES[case]
    needs = needs_of(book, {"pd": [feature]})
    assert columns_of(needs) == expected


def test_only_what_is_needed_is_computed(book: Book) -> None:
    needs = needs_of(book, {"pd": ["trend_2", "s_paid__max"], "other": ["s_paid__max"]})
    made = {"s_a__last_3__mean", "s_a__mean", "s_paid__max"}
    assert {feature.name for feature in needs.aggregates} == made
    assert list(needs.expressions) == ["trend", "trend_2"]
    assert list(needs.tables["statements"].derive) == ["ab", "paid"]
    assert list(needs.tables["side"].derive) == ["uv"]
    assert needs.tables["customers"].derive == {}
    assert [join.columns for join in needs.tables["statements"].join] == [("fee",)]
    assert list(needs.event_tables) == ["statements"]
    assert list(needs.one_row_tables) == ["customers", "side"]


def test_declared_columns_are_read_of_the_tables_that_are_opened(tmp_path: Path) -> None:
    loaded = load(tmp_path, rich_book() | {"ingest": {"check": "declared"}})
    needs = needs_of(loaded, {"pd": ["s_fee__sum"]})
    assert columns_of(needs) == {
        name: set(loaded.tables[name].columns) for name in ("customers", "statements", "tariffs")
    }
    assert [feature.name for feature in needs.aggregates] == ["s_fee__sum"]
    assert needs.tables["statements"].derive == {}


def test_the_whole_book(book: Book) -> None:
    needs = whole(book)
    assert columns_of(needs) == {name: set(table.columns) for name, table in book.tables.items()}
    assert needs.aggregates == book.aggregates
    assert needs.features == len(book.feature_columns)


RULES: dict[str, tuple[dict[str, Any], str]] = {
    "a cap": ({"strategy": {"caps": ["s_c__min"]}}, "s_c__min"),
    "a rate": ({"strategy": {"rate_column": "s_c__min", "file": "f.toml"}}, "s_c__min"),
    "a limit": ({"strategy": {"limit_column": "s_c__min", "file": "f.toml"}}, "s_c__min"),
    "a group": ({"strategy": {"group": "s_c__min"}}, "s_c__min"),
    "a rule": (
        {"strategy": {"knock_outs": [{"reason": "r", "when": "s_c__min > s_c__max"}]}},
        "s_c__max",
    ),
    "take-up": ({"take_up": {"propensity": "s_c__min"}}, "s_c__min"),
    "segments": ({"book": {"segment": "s_c__min"}}, "s_c__min"),
    "a component of the customer's profit": (
        {
            "economics": {
                "customer_profit": dict.fromkeys(
                    ("net_interest_income", "provisions_change", "net_fee_income"), "income"
                )
                | {"net_transfer_income": "branch", "servicing_cost": "s_c__min"}
            }
        },
        "s_c__min",
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_offers_need_features_too(tmp_path: Path, rule: str) -> None:
    sections, feature = RULES[rule]
    changed = rich_book()
    for name, section in sections.items():
        changed[name] = changed.get(name, {}) | section
    needs = needs_of(load(tmp_path, changed), {"pd": []})
    assert feature in {aggregate.name for aggregate in needs.aggregates}
    assert "c" in needs.tables["statements"].columns


def test_a_propensity_that_a_model_predicts_is_no_feature(tmp_path: Path) -> None:
    changed = rich_book() | {"take_up": {"propensity": "s_c__min"}}
    changed["models"]["likes"] = {"file": "likes.json", "predicts": "s_c__min"}
    assert needs_of(load(tmp_path, changed), {"pd": [], "likes": []}).aggregates == ()


def test_the_column_that_says_each_as_of_date_is_read(tmp_path: Path) -> None:
    changed = rich_book()
    del changed["book"]["as_of"]
    changed["book"]["as_of_column"] = "asked_on"
    changed["tables"]["customers"]["columns"]["asked_on"] = {"type": "date"}
    needs = needs_of(load(tmp_path, changed), {"pd": []})
    assert columns_of(needs) == {"customers": {KEY, "segment", "asked_on"}}


def test_a_customers_table_with_many_rows_is_always_read(tmp_path: Path) -> None:
    changed = rich_book()
    changed["book"] |= {"customers": "statements"}
    del changed["book"]["segment"]
    needs = needs_of(load(tmp_path, changed), {"pd": ["v_minutes__max"]})
    assert columns_of(needs) == {"statements": ROWS, "visits": {KEY, "day", "minutes"}}
    assert list(needs.event_tables) == ["visits"]


@given(st.data())
def test_chains_of_expressions(tmp_path_factory: pytest.TempPathFactory, data: Any) -> None:
    """A column is read if a path of expressions leads from a wanted feature to it, else not."""
    reads: dict[str, list[str]] = {}
    known = [f"s_{column}__{statistic}" for column in "abc" for statistic in ("min", "max")]
    made = list(known)
    for number in range(data.draw(st.integers(1, 8))):
        reads[f"f{number}"] = data.draw(st.lists(st.sampled_from(made), min_size=1, max_size=3))
        made.append(f"f{number}")
    wanted = data.draw(st.lists(st.sampled_from(made), max_size=3))
    reached, waiting = set[str](), list(wanted)
    while waiting:
        name = waiting.pop()
        reached.add(name)
        waiting += reads.get(name, [])
    changed = rich_book() | {"features": {name: " + ".join(of) for name, of in reads.items()}}
    book = load(tmp_path_factory.mktemp("book"), changed)
    needs = needs_of(book, {"pd": wanted})
    assert {feature.name for feature in needs.aggregates} == reached & set(known)
    assert list(needs.expressions) == [name for name in reads if name in reached]

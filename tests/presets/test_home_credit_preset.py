"""Preset ``home_credit``: tables, parts, types, order, recipe, values of a run."""

from __future__ import annotations

from collections import Counter
from math import nan
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from builders import load
from hypothesis import given
from hypothesis import strategies as st
from preset_cases import home_credit_folder, preset_book
from preset_runs import scored

from bench_data.real_data import real_data_folder
from engine.presets import expand
from engine.presets.home_credit_files import split_name
from engine.presets.home_credit_tables import GROUPS, KEY, tables

DEPTHS = {
    "base": 0,
    "static_0": 0,
    "static_cb_0": 0,
    **dict.fromkeys(["applprev_1", "credit_bureau_a_1", "credit_bureau_b_1", "person_1"], 1),
    **dict.fromkeys(["other_1", "deposit_1", "debitcard_1"], 1),
    **dict.fromkeys(["tax_registry_a_1", "tax_registry_b_1", "tax_registry_c_1"], 1),
    **dict.fromkeys(["applprev_2", "person_2", "credit_bureau_a_2", "credit_bureau_b_2"], 2),
}
DEFINITIONS = real_data_folder() / "homecredit_stability" / "feature_definitions.csv"


@pytest.fixture
def expanded(tmp_path: Path) -> dict[str, Any]:
    home_credit_folder(tmp_path / "data")
    return expand(preset_book("home_credit"), tmp_path)


def test_all_tables_and_their_depths() -> None:
    assert {name: table.depth for name, table in tables().items()} == DEPTHS
    sizes = {name: len(table.columns) for name, table in tables().items()}
    assert sizes["static_0"] == 168
    assert sizes["static_cb_0"] == 53
    assert (sizes["credit_bureau_a_1"], sizes["credit_bureau_a_2"]) == (79, 19)
    for table in tables().values():
        assert table.columns[0].name == KEY
        assert table.groups == GROUPS[: table.depth]


def test_a_column_is_in_one_table() -> None:
    count = Counter(column.name for table in tables().values() for column in table.values)
    assert max(count.values()) == 1


@pytest.mark.realdata
@pytest.mark.skipif(not DEFINITIONS.is_file(), reason=f"no {DEFINITIONS}")
def test_columns_are_those_that_are_described() -> None:
    described = set(pl.read_csv(DEFINITIONS)["Variable"])
    ours = {c.name for t in tables().values() if t.name != "base" for c in t.values}
    assert ours <= described
    assert described - ours == {"score_940"}  # described, but in no file


@pytest.mark.parametrize(
    ("stem", "table", "part"),
    [
        ("applprev_1_0", "applprev_1", 0),
        ("applprev_1", "applprev_1", None),
        ("other_1", "other_1", None),
        ("static_0_1", "static_0", 1),
        ("static_0", "static_0", None),
        ("static_cb_0", "static_cb_0", None),
        ("credit_bureau_a_2_10", "credit_bureau_a_2", 10),
        ("base", "base", None),
        ("applprev_3", None, None),
        ("static_0_01", None, None),
        ("static_0_1_1", None, None),
        ("", None, None),
    ],
)
def test_the_last_number_is_a_part_only_after_a_depth(
    stem: str, table: str | None, part: int | None
) -> None:
    assert split_name(stem, tables()) == (table, part)


@given(st.sampled_from(list(DEPTHS)), st.none() | st.integers(0, 10**6))
def test_a_name_made_of_table_and_part_is_read_back(table: str, part: int | None) -> None:
    stem = table if part is None else f"{table}_{part}"
    assert split_name(stem, tables()) == (table, part)


def test_parts_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    home_credit_folder(tmp_path / "data")
    below = tmp_path / "data" / "parquet_files" / "train"
    rows = pl.read_parquet(below / "train_credit_bureau_a_2.parquet")
    (below / "train_credit_bureau_a_2.parquet").unlink()
    for part in range(12):
        rows.write_parquet(below / f"train_credit_bureau_a_2_{part}.parquet")
    made = expand(preset_book("home_credit"), tmp_path)["tables"]["credit_bureau_a_2"]
    folder = "data/parquet_files/train"
    assert made["files"] == [f"{folder}/train_credit_bureau_a_2_{n}.parquet" for n in range(12)]


def test_types_follow_from_the_endings_of_names(expanded: dict[str, Any]) -> None:
    endings = {"P": "float64", "A": "float64", "D": "date", "M": "string"}
    seen = Counter()
    for table in expanded["tables"].values():
        for name, column in table["columns"].items():
            if name[-2:-1].isdigit() and (ending := name[-1]) in endings:
                assert column["type"] == endings[ending]
                assert (column["nullable"], column["may_be_empty"]) == (True, True)
                assert (column.get("future") == "allow") == (ending == "D")
                seen[ending] += 1
    assert seen == {"A": 102, "M": 63, "D": 57, "P": 33}


def test_order_applicant_and_days(expanded: dict[str, Any]) -> None:
    made = expanded["tables"]
    assert "order" not in made["static_0"]
    assert made["applprev_1"]["order"] == "num_group1"
    assert "tie" not in made["applprev_1"]
    assert (made["person_2"]["order"], made["person_2"]["tie"]) == GROUPS
    filters = {name: table["windows"] for name, table in made.items() if "windows" in table}
    applicant = {"applicant": "num_group1 = 0"}
    assert filters == {"person_1": applicant, "person_2": applicant}
    dates = {n for t in made.values() for n, c in t["columns"].items() if c["type"] == "date"}
    derived = {n: sql for t in made.values() for n, sql in t.get("derive", {}).items()}
    days = {name: sql for name, sql in derived.items() if not name.endswith("_rows")}
    assert days == {name: f"{name} - as_of" for name in dates - {"date_decision"}}


def test_only_in_test_a_table_may_be_missing(tmp_path: Path) -> None:
    home_credit_folder(tmp_path / "data", "train")
    home_credit_folder(tmp_path / "data", "test")
    below = tmp_path / "data" / "parquet_files" / "test"
    (below / "test_tax_registry_c_1.parquet").unlink()
    made = expand(preset_book("home_credit", split="test"), tmp_path)
    tables_of_test = made["tables"]
    assert "target" not in tables_of_test["base"]["columns"]
    assert "target" not in made
    assert {name for name, table in tables_of_test.items() if not table.get("optional")} == {"base"}
    assert tables_of_test["tax_registry_c_1"]["files"] == [
        "data/parquet_files/test/test_tax_registry_c_1.parquet"
    ]
    trained = expand(preset_book("home_credit"), tmp_path)
    assert not any("optional" in table for table in trained["tables"].values())
    assert trained["target"] == {"column": "target"}
    assert "target" in trained["tables"]["base"]["columns"]


def test_train_and_test_make_the_same_features(tmp_path: Path) -> None:
    for split in ("train", "test"):
        home_credit_folder(tmp_path / "data", split)
    train, test = (
        load(tmp_path, preset_book("home_credit", split=split)) for split in ("train", "test")
    )
    assert train.aggregates == test.aggregates
    assert set(train.feature_columns) == set(test.feature_columns)
    assert len(set(train.feature_columns)) == len(train.feature_columns)


def test_every_column_is_used(tmp_path: Path) -> None:
    home_credit_folder(tmp_path / "data")
    book = load(tmp_path, preset_book("home_credit"))
    used = {(feature.table, feature.column) for feature in book.aggregates}
    for table in tables().values():
        if table.depth:
            assert {(table.name, column.name) for column in table.values} <= used
        else:
            kept = {c.name for c in table.values} - {"target", "MONTH", "WEEK_NUM"}
            assert kept <= set(book.feature_columns)


def test_the_calendar_is_no_feature_unless_it_is_asked_for(tmp_path: Path) -> None:
    home_credit_folder(tmp_path / "data")
    book = preset_book("home_credit")
    assert not {"MONTH", "WEEK_NUM"} & set(load(tmp_path, book).feature_columns)
    book["tables"] = {"base": {"columns": {"WEEK_NUM": {"type": "int64"}}}}
    assert "WEEK_NUM" in load(tmp_path, book).feature_columns


def test_values_of_a_run(tmp_path: Path) -> None:
    """A number is its row's, counted over the table: two rows a case, four where there are pairs.

    Cases are on rows 0, 1, 2 of a table of depth 0; a date is that many days before the decision.
    """
    home_credit_folder(tmp_path / "data")
    expected = {
        "birthdate_574D": [0, -1, -2],
        "annuity_780A": [0, 1, 2],
        "annuity_853A__max": [1, 3, 5],
        "annuity_853A__first": [0, 2, 4],
        "approvaldate_319D__min": [-1, -3, -5],
        "approvaldate_319D__last": [-1, -3, -5],
        "applprev_1_rows__count": [2, 2, 2],
        "credit_bureau_a_2_rows__count": [4, 4, 4],
        "pmts_overdue_1140A__mean": [1.5, 5.5, 9.5],
        "birth_259D__applicant__last": [0, -2, -4],
        "birth_259D__max": [0, -2, -4],
        "addres_zip_823M__nunique": [4, 4, 4],
        "isdebitcard_527L__mean": [0.5, 0.5, 0.5],
    }
    found = scored(tmp_path, preset_book("home_credit"), expected)
    assert found[KEY].to_list() == [1, 2, 5]
    for name, values in expected.items():
        assert found[name].to_list() == pytest.approx(values, abs=1e-9), name


def test_run_of_the_test_split_without_a_table(tmp_path: Path) -> None:
    home_credit_folder(tmp_path / "data", "test")
    below = tmp_path / "data" / "parquet_files" / "test"
    (below / "test_tax_registry_c_1.parquet").unlink()
    rows = pl.read_parquet(below / "test_other_1.parquet")
    rows.clear().write_parquet(below / "test_other_1.parquet")
    expected = {
        "tax_registry_c_1_rows__count": [0, 0, 0],
        "pmtamount_36A__max": [nan, nan, nan],
        "other_1_rows__count": [0, 0, 0],
        "annuity_853A__max": [1, 3, 5],
    }
    found = scored(tmp_path, preset_book("home_credit", split="test"), expected)
    for name, values in expected.items():
        assert found[name].to_list() == pytest.approx(values, abs=1e-9, nan_ok=True), name

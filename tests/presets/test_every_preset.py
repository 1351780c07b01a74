"""What holds for every preset, split and recipe: the contract of a new one."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from builders import load
from preset_cases import FOLDERS, preset_book

from engine.presets import NO_RECIPE, PRESETS, expand

CASES = [
    (name, split, recipe)
    for name, preset in PRESETS.items()
    for split in preset.splits
    for recipe in (*preset.recipes, NO_RECIPE)
]


@pytest.fixture(params=CASES, ids="-".join)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    """A book of the case; its files are below ``tmp_path / "data"``."""
    name, split, recipe = request.param
    FOLDERS[name, split](tmp_path / "data")
    return preset_book(name, split=split, recipe=recipe)


def test_there_is_a_folder_for_every_split() -> None:
    assert set(FOLDERS) == {(name, split) for name, split, _ in CASES}


def test_the_book_loads_and_every_table_has_its_files(case: dict[str, Any], tmp_path: Path) -> None:
    book = load(tmp_path, case)
    assert book.preset is not None
    assert book.preset.model_dump() == case["preset"] | {"window_days": book.preset.window_days}
    for table in book.tables.values():
        assert table.files
        for file in table.files:
            assert (book.folder / file).is_file()
    assert bool(book.aggregates) == (case["preset"]["recipe"] != NO_RECIPE)


def test_declared_columns_are_those_of_the_files(case: dict[str, Any], tmp_path: Path) -> None:
    for table in expand(case, tmp_path)["tables"].values():
        for file in table["files"]:
            separator = table.get("csv", {}).get("separator", ",")
            found = (
                pl.read_parquet_schema(tmp_path / file)
                if file.endswith(".parquet")
                else pl.read_csv(tmp_path / file, separator=separator, n_rows=1).schema
            )
            assert set(table["columns"]) <= set(found)


def test_expansion_is_the_same_every_time_and_changes_nothing(
    case: dict[str, Any], tmp_path: Path
) -> None:
    before = deepcopy(case)
    once, again = expand(case, tmp_path), expand(case, tmp_path)
    assert once == again
    assert case == before
    assert expand(once, tmp_path)["tables"] == once["tables"]


def test_the_users_own_sections_come_on_top(case: dict[str, Any], tmp_path: Path) -> None:
    plain = expand(case, tmp_path)
    key, customers = plain["book"]["key"], plain["book"].get("customers", "customers")
    case["book"] = {"name": "mine", "currency": "KRW"}
    case["tables"] = {customers: {"columns": {key: {"allowed": [1]}}}}
    case["features"] = {"one": "1"}
    own = {"table": "mine", "columns": ["x"], "statistics": ["sum"]}
    case["recipe"] = [own]
    mine = expand(case, tmp_path)
    assert mine["book"] == plain["book"] | {"name": "mine", "currency": "KRW"}
    was = plain["tables"][customers]["columns"][key]
    assert mine["tables"][customers]["columns"][key] == was | {"allowed": [1]}
    assert mine["recipe"] == [*plain["recipe"], own]
    assert mine["features"] == plain.get("features", {}) | {"one": "1"}


def test_the_folder_can_be_absolute_and_of_any_name(case: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "data").rename(tmp_path / "the [2019] data")
    for folder in ("the [2019] data", str(tmp_path / "the [2019] data")):
        case["preset"]["folder"] = folder
        for table in expand(case, tmp_path)["tables"].values():
            assert all((tmp_path / file).is_file() for file in table["files"])

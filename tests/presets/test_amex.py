"""Preset ``amex``: the columns, the recipe's counts, codes and one-hot columns, values of a run."""

from __future__ import annotations

from collections import Counter
from datetime import date
from math import nan
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from builders import load
from preset_cases import CUSTOMERS, amex_folder, amex_statements, preset_book
from preset_runs import scored

from engine.aggregate.shape import derive
from engine.presets import expand
from engine.presets.amex import columns

CODES = {
    "D_63": {"CR": 0, "XZ": 1, "XM": 2, "CO": 3, "CL": 4, "XL": 5},
    "D_64": {None: -1, "O": 0, "-1": 1, "R": 2, "U": 3},
}


@pytest.fixture
def sections(tmp_path: Path) -> dict[str, Any]:
    amex_folder(tmp_path / "data")
    return expand(preset_book("amex"), tmp_path)


def test_columns_are_as_many_as_are_published() -> None:
    assert Counter(name[0] for name in columns()) == {"D": 96, "B": 40, "R": 28, "S": 21, "P": 3}
    assert sum(bool(categories) for categories in columns().values()) == 11
    assert list(columns())[:3] == ["P_2", "D_39", "B_1"]
    assert list(columns())[-1] == "D_145"


def test_the_winning_recipe_makes_29_aggregates_of_a_numeric_column(tmp_path: Path) -> None:
    amex_folder(tmp_path / "data")
    features = load(tmp_path, preset_book("amex")).aggregates
    count = Counter(feature.column for feature in features)
    numeric = [name for name, categories in columns().items() if not categories]
    assert {count[name] for name in numeric} == {29}
    assert {count[name] for name, categories in columns().items() if categories} == {2}
    assert {n for name, n in count.items() if "_is_" in name} == {4}
    assert count["S_2"] == 1
    one_hot = sum(len(categories) for categories in columns().values())
    assert len(features) == 29 * 177 + 2 * 11 + 4 * one_hot + 1


def test_as_of_is_the_end_of_the_splits_last_month(tmp_path: Path) -> None:
    for split, day in (("train", date(2018, 3, 31)), ("test", date(2019, 10, 31))):
        amex_folder(tmp_path / split, split)
        book = load(tmp_path, preset_book("amex", split, split=split))
        assert (book.book.as_of, book.target is None) == (day, split == "test")


def test_codes_one_hot_and_noise(sections: dict[str, Any]) -> None:
    frame = amex_statements().cast({pl.Float32: pl.Float64})
    made = derive(frame, sections["tables"]["statements"]["derive"], place="derive")
    for name, codes in CODES.items():
        assert made[name].to_list() == [codes[value] for value in frame[name]]
        for value, code in codes.items():
            word = {None: "null", "-1": "minus_1"}.get(value, value)
            assert made[f"{name}_is_{word}"].to_list() == [float(v == code) for v in made[name]]
    assert made["D_117_is_1"].to_list() == frame["D_117"].to_list()
    assert made["D_117_is_minus_1"].to_list() == [0.0] * frame.height
    assert made["P_2"].to_list() == list(range(frame.height))
    assert made["B_30"].to_list() == frame["B_30"].to_list()


def test_missing_values_are_of_no_category_and_stay_missing(sections: dict[str, Any]) -> None:
    frame = amex_statements().cast({pl.Float32: pl.Float64})
    frame = frame.with_columns(D_68=pl.lit(None, pl.Float64), R_1=pl.lit(None, pl.Float64))
    made = derive(frame, sections["tables"]["statements"]["derive"], place="derive")
    assert made["R_1"].null_count() == made["D_68"].null_count() == frame.height
    assert {value for code in range(7) for value in made[f"D_68_is_{code}"]} == {0.0}


def test_parquet_with_codes_for_strings(tmp_path: Path) -> None:
    amex_folder(tmp_path / "data")
    frame = amex_statements().with_columns(
        pl.col(name).replace_strict(codes, return_dtype=pl.Int8) for name, codes in CODES.items()
    )
    plain = expand(preset_book("amex"), tmp_path)["tables"]["statements"]
    frame.write_parquet(tmp_path / "data" / "train_data.parquet")
    coded = expand(preset_book("amex"), tmp_path)["tables"]["statements"]
    assert coded["files"] == ["data/train_data.parquet"]
    assert {coded["columns"][name]["type"] for name in CODES} == {"int64"}
    assert set(plain["derive"]) - set(coded["derive"]) == set(CODES)
    made = derive(frame.cast({pl.Int8: pl.Float64}), coded["derive"], place="derive")
    assert made["D_64_is_null"].to_list() == [0, 1, 0, 0, 0, 1, 0]


def test_values_of_a_run(tmp_path: Path) -> None:
    """floor(100 x) is the number of the row: 0, then 1 and 2, then 3 to 6."""
    amex_folder(tmp_path / "data")
    expected = {
        "S_2__count": [1, 2, 4],
        "P_2__mean": [0, 1.5, 4.5],
        "P_2__sum": [0, 3, 18],
        "P_2__std": [nan, 0.5**0.5, (5 / 3) ** 0.5],
        "P_2__last_valid": [0, 2, 6],
        "P_2__diff__last_valid": [nan, 1, 1],
        "P_2__diff__last_3__sum": [0, 1, 3],
        "P_2__last_3__mean": [0, 1.5, 5],
        "P_2__last_6__min": [0, 1, 3],
        "P_2__last_valid_rank": [1, 1, 1],
        "D_64__nunique": [1, 2, 4],
        "D_64__last_valid": [0, 3, 0],
        "D_64_is_null__sum": [0, 1, 1],
        "D_64_is_O__last": [1, 0, 1],
    }
    found = scored(tmp_path, preset_book("amex"), expected)
    assert found["customer_ID"].to_list() == CUSTOMERS
    for name, values in expected.items():
        assert found[name].to_list() == pytest.approx(values, rel=1e-9, abs=1e-9, nan_ok=True), name


def test_rank_within_a_month(tmp_path: Path) -> None:
    """In 2018-01 the first two customers have 0 and 2; the third is alone in 2017-12."""
    amex_folder(tmp_path / "data")
    name = "P_2__last_valid_rank_in_month"
    assert scored(tmp_path, preset_book("amex"), [name])[name].to_list() == pytest.approx(
        [0.5, 1, 1]
    )

"""A ``[preset]`` that is wrong, or points at the wrong place: the error and its exit code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from builders import load, minimal_book
from preset_cases import FOLDERS, amex_folder, card_fees_folder, home_credit_folder, preset_book

from engine.errors import BookError, DataError, InputMissingError


def refused(folder: Path, book: dict[str, Any]) -> str:
    """The BookError's message, which begins with the book's path."""
    with pytest.raises(BookError) as error:
        load(folder, book)
    assert str(error.value).startswith(f"{folder / 'book.toml'}:")
    assert error.value.exit_code == 78
    return str(error.value)


def missing(folder: Path, book: dict[str, Any]) -> str:
    with pytest.raises(InputMissingError) as error:
        load(folder, book)
    assert error.value.exit_code == 66
    return str(error.value)


@pytest.mark.parametrize(
    ("preset", "said"),
    [
        ({"name": "amx"}, "preset.name: no preset 'amx'; did you mean 'amex'?"),
        ({"name": "x"}, "no preset 'x'; there are amex, home_credit, card_fees"),
        ({"folder": "data"}, "preset.name: is required"),
        ({"name": "amex", "foldr": "data"}, "preset.foldr: unknown key; did you mean 'folder'?"),
        ({"name": "amex", "split": "valid"}, "preset.split: Input should be 'train' or 'test'"),
        (
            {"name": "amex", "recipe": "wining"},
            "preset.recipe: amex has no recipe 'wining'; did you mean 'winning'?",
        ),
        ({"name": "card_fees", "split": "test"}, "preset.split: card_fees has no split 'test'"),
        ({"name": "amex", "window_days": 30}, "preset.window_days: amex has no window in days"),
        ({"name": "card_fees", "window_days": 0}, "preset.window_days: Input should be greater"),
    ],
)
def test_wrong_keys_of_preset(tmp_path: Path, preset: dict[str, Any], said: str) -> None:
    assert said in refused(tmp_path, minimal_book() | {"preset": preset})


def test_preset_that_is_no_section(tmp_path: Path) -> None:
    assert "preset: Input should be" in refused(tmp_path, minimal_book() | {"preset": "amex"})


def test_no_folder(tmp_path: Path) -> None:
    said = missing(tmp_path, preset_book("amex", "nowhere"))
    assert said == f"preset.folder: there is no folder {tmp_path / 'nowhere'}"


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("amex", "no train_data.parquet or train_data.csv or train.parquet in"),
        ("home_credit", "no train_base.parquet: there is no folder"),
        ("card_fees", "no customers.parquet in"),
    ],
)
def test_folder_with_other_files(tmp_path: Path, name: str, wanted: str) -> None:
    data = tmp_path / "data"
    data.mkdir()
    assert wanted in missing(tmp_path, preset_book(name))
    for number in range(7):
        (data / f"{number}.txt").touch()
    said = missing(tmp_path, preset_book(name))
    assert wanted in said
    if name != "home_credit":
        assert f"{data}, which holds 0.txt, 1.txt, 2.txt, 3.txt, 4.txt and 2 more" in said


@pytest.mark.parametrize("name", ["amex", "home_credit"])
def test_the_test_split_without_its_files(tmp_path: Path, name: str) -> None:
    FOLDERS[name, "train"](tmp_path / "data")
    said = missing(tmp_path, preset_book(name, split="test"))
    assert "no test_" in said


def test_amex_without_its_labels(tmp_path: Path) -> None:
    amex_folder(tmp_path / "data")
    (tmp_path / "data" / "train_labels.csv").unlink()
    said = missing(tmp_path, preset_book("amex"))
    assert f"no train_labels.parquet or train_labels.csv in {tmp_path / 'data'}" in said


@pytest.mark.parametrize(
    ("name", "file"), [("amex", "train_data.parquet"), ("card_fees", "customers.parquet")]
)
def test_parquet_that_is_none(tmp_path: Path, name: str, file: str) -> None:
    FOLDERS[name, "train"](tmp_path / "data")
    (tmp_path / "data" / file).write_bytes(b"PAR1 and then nothing")
    with pytest.raises(DataError, match="not a Parquet file, or cut off") as error:
        load(tmp_path, preset_book(name))
    assert error.value.file == str(tmp_path / "data" / file)


def test_home_credit_without_two_tables(tmp_path: Path) -> None:
    home_credit_folder(tmp_path / "data")
    below = tmp_path / "data" / "parquet_files" / "train"
    for name in ("other_1", "person_2"):
        (below / f"train_{name}.parquet").unlink()
    said = missing(tmp_path, preset_book("home_credit"))
    assert said == f"preset.folder: 2 of 17 tables have no file in {below}: other_1, person_2"


def test_home_credit_with_a_gap_in_the_parts(tmp_path: Path) -> None:
    home_credit_folder(tmp_path / "data")
    below = tmp_path / "data" / "parquet_files" / "train"
    pl.read_parquet(below / "train_static_0_1.parquet").write_parquet(
        below / "train_static_0_3.parquet"
    )
    (below / "train_static_0_1.parquet").unlink()
    said = missing(tmp_path, preset_book("home_credit"))
    assert said == (
        f"2 of 4 parts are missing in {below}: there is train_static_0_3.parquet, "
        "but no train_static_0_1.parquet"
    )


def test_home_credit_table_whole_and_in_parts(tmp_path: Path) -> None:
    home_credit_folder(tmp_path / "data")
    below = tmp_path / "data" / "parquet_files" / "train"
    pl.DataFrame({"case_id": [1]}).write_parquet(below / "train_static_0.parquet")
    with pytest.raises(DataError, match="whole and in 2 parts such as train_static_0_0.parquet"):
        load(tmp_path, preset_book("home_credit"))


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"tables": {"operations": 3}}, "tables.operations: Input should be"),
        ({"tables": {"operations": {"ordr": "x"}}}, "tables.operations.ordr: unknown key; did"),
        ({"recipe": {"table": "fees"}}, "recipe: Input should be"),
        ({"book": "mine"}, "book: Input should be"),
        (
            {"tables": {"operations": {"columns": {"amount": {"type": "string"}}}}},
            "tables.operations.columns.amount: min and max do not apply to a string column",
        ),
        (
            {"tables": {"operations": {"derive": {"amount": "1"}}}},
            "tables.operations: the column 'amount' is made twice",
        ),
        (
            {"tables": {"fees": {"prefix": "f_"}}},
            "features.statements_ordered: no column 'statement_copies__last_365d__sum'; did you",
        ),
        (
            {"recipe": [{"table": "fee", "columns": ["number"], "statistics": ["sum"]}]},
            "recipe: no table 'fee' with an order; did you mean 'fees'?",
        ),
    ],
)
def test_sections_of_the_user_that_do_not_fit(
    tmp_path: Path, section: dict[str, Any], said: str
) -> None:
    card_fees_folder(tmp_path / "data")
    assert said in refused(tmp_path, preset_book("card_fees") | section)

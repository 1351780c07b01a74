"""Preset home_credit by the command line: train and test, lost parts and tables, what is read."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest
from command import call
from preset_books import bench_data, manifest_of, plan, rows_of, run, write_book, write_card

from engine.book_file import load_book
from engine.presets.home_credit_tables import tables

CASES, TEST_CASES = 1000, 100
OTHER_TYPES = [
    "clientscnt_136L",
    "credacc_minhisbal_90A__max",
    "credacc_status_367L__count",
    "interestrate_508L__mean",
]
"""Of columns that are null, and of another type, throughout a part of test."""
FEATURES = [
    "annuity_780A",
    "birthdate_574D",
    "applprev_1_rows__count",
    "annuity_853A__max",
    "approvaldate_319D__last",
    "cancelreason_3545846M__nunique",
    "pmts_overdue_1140A__mean",
    "credit_bureau_a_2_rows__count",
    "birth_259D__applicant__last",
    "pmtamount_36A__max",
    "last180dayaveragebalance_704A__mean",
    *OTHER_TYPES,
]
"""Of depths 0, 1 and 2, of the applicant, and of what is missing or stored otherwise in test."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home_credit") / "files"
    bench_data("home-credit", folder, "--cases", CASES, "--test-cases", TEST_CASES)
    return folder


@pytest.fixture(scope="module")
def fitted(data: Path) -> Path:
    """A book of the train split whose model was fitted by the command line."""
    book = write_book(data.parent / "books" / "b.toml", "home_credit", data, recipe="simple")
    metrics = call("fit", "pd", book, "--threads", 1, "--json").json["metrics"]
    assert metrics["parts"]["heldout"]["customers"] == CASES // 4
    return book


def below(data: Path, split: str) -> Path:
    return data / "parquet_files" / split


def book_of_test(path: Path, data: Path, model: str) -> Path:
    return write_book(path, "home_credit", data, split="test", recipe="full", model=model)


def test_run_verify_optimise(fitted: Path, tmp_path: Path) -> None:
    shown = plan(fitted)
    assert (shown["customers"], shown["aggregates"] < shown["aggregates_of"]) == (CASES, True)
    found = run(fitted, "--out", tmp_path)
    assert (found["customers"], found["quarantined"]) == (CASES, 0)
    assert call("verify", tmp_path, "--json").json["content_hash"] == found["content_hash"]
    assert call("optimise", fitted, "--out", tmp_path, "--json").json["gap"] <= 2e-4


def test_the_test_split_differs_as_it_does_in_the_competition(data: Path) -> None:
    """What the other tests rest on: other parts, an empty table, empty columns of other types."""
    names = {split: len(list(below(data, split).iterdir())) for split in ("train", "test")}
    assert names["test"] > names["train"]
    assert pl.read_parquet(below(data, "test") / "test_tax_registry_c_1.parquet").is_empty()
    files = {
        "clientscnt_136L": ("static_0_1", pl.String),
        "credacc_minhisbal_90A": ("applprev_1_2", pl.String),
        "credacc_status_367L": ("applprev_1_2", pl.Int32),
        "interestrate_508L": ("credit_bureau_a_1_1", pl.String),
    }
    assert list(files) == [name.split("__")[0] for name in OTHER_TYPES]
    for column, (file, dtype) in files.items():
        found = pl.read_parquet(below(data, "test") / f"test_{file}.parquet")[column]
        assert (found.dtype, found.null_count()) == (dtype, found.len())
        first = pl.read_parquet_schema(below(data, "train") / f"train_{file[:-2]}_0.parquet")
        assert first[column] != dtype


def test_the_model_scores_the_test_split(fitted: Path, data: Path, tmp_path: Path) -> None:
    """Also where a table has no file; nothing of it is known then."""
    model = str(fitted.parent / "models" / "pd.txt")
    book = write_book(
        tmp_path / "b.toml", "home_credit", data, split="test", recipe="simple", model=model
    )
    found = run(book)
    assert (found["customers"], found["quarantined"]) == (TEST_CASES, 0)
    assert rows_of(found)["pd"].null_count() == 0


@pytest.mark.parametrize("lost", [(), ("debitcard_1", "deposit_1", "person_1")])
def test_tables_that_are_empty_or_missing(
    data: Path, tmp_path: Path, lost: tuple[str, ...]
) -> None:
    files = Path(shutil.copytree(data, tmp_path / "files"))
    for name in lost:
        (below(files, "test") / f"test_{name}.parquet").unlink()
    model = write_card(tmp_path / "card.json", FEATURES)
    book = book_of_test(tmp_path / "b.toml", files, model)
    of = {table["table"]: table for table in plan(book)["tables"]}
    assert of["tax_registry_c_1"]["rows"] == 0
    assert {name for name, table in of.items() if table["order"] == "no file"} == {*lost} & set(of)
    found = run(book)
    assert (found["customers"], found["quarantined"]) == (TEST_CASES, 0)
    rows = manifest_of(found)["counts"]["rows"]
    assert {name for name, counts in rows.items() if counts["read"] == 0} == {
        "tax_registry_c_1",
        *(set(lost) & set(of)),
    }


def test_any_chunks_threads_and_parts_give_the_same(data: Path, tmp_path: Path) -> None:
    """Rows may lie in one file, or scattered over parts in which customers do not ascend."""
    model = write_card(tmp_path / "card.json", FEATURES)
    hashes = set()
    book = write_book(tmp_path / "b.toml", "home_credit", data, recipe="full", model=model)
    for size, threads in ((1000, 2), (130, 1)):
        options = ("--chunk-customers", size, "--threads", threads)
        hashes.add(run(book, *options, "--out", tmp_path / f"{size}")["content_hash"])
    files = Path(shutil.copytree(data, tmp_path / "files"))
    for name in ("applprev_1", "credit_bureau_a_2"):
        parts = sorted(below(files, "train").glob(f"train_{name}_[0-9]*.parquet"))
        whole = pl.concat([pl.read_parquet(part) for part in parts])
        for part in parts:
            part.unlink()
        whole.sample(fraction=1, shuffle=True, seed=1).write_parquet(
            below(files, "train") / f"train_{name}.parquet"
        )
    book = write_book(tmp_path / "c.toml", "home_credit", files, recipe="full", model=model)
    hashes.add(run(book, "--chunk-customers", 300, "--out", tmp_path / "whole")["content_hash"])
    assert len(hashes) == 1


@pytest.mark.parametrize("split", ["train", "test"])
def test_pruning_changes_no_bit(data: Path, tmp_path: Path, split: str) -> None:
    """Beside a model that reads all that is numeric, the PD is the same; tables are left alone."""
    model = write_card(tmp_path / "card.json", FEATURES)
    book = write_book(
        tmp_path / "b.toml", "home_credit", data, split=split, recipe="full", model=model
    )
    shown = plan(book)
    assert shown["aggregates"] == len(FEATURES) - 3
    assert set(shown["not_read"]) == {
        *("applprev_2", "credit_bureau_b_1", "credit_bureau_b_2", "deposit_1", "other_1"),
        *("person_2", "tax_registry_a_1", "tax_registry_b_1"),
    }
    few = rows_of(run(book, "--out", tmp_path / "few"))
    assert few["pd"].n_unique() > few.height // 2
    every = write_card(tmp_path / "every.json", numeric_aggregates(book), 1e-9)
    book.write_text(book.read_text() + f'\n[models.every]\nfile = "{every}"\npredicts = "every"\n')
    assert plan(book)["not_read"] == []
    whole = rows_of(run(book, "--out", tmp_path / "whole"))
    assert whole.drop("every").equals(few)


def numeric_aggregates(book: Path) -> list[str]:
    """Those of the recipe that a scorecard can read: none of text."""
    text = {column for table in tables().values() for column in table.named("string")}
    loaded = load_book(book)
    return [
        f.name
        for f in loaded.aggregates
        if f.column not in text or f.statistic in ("count", "nunique")
    ]


def test_a_part_between_others_is_lost(data: Path, tmp_path: Path) -> None:
    files = Path(shutil.copytree(data, tmp_path / "files"))
    part = sorted(below(files, "test").glob("test_applprev_1_[0-9]*.parquet"))[1]
    part.unlink()
    done = call("run", book_of_test(tmp_path / "b.toml", files, "none.json"))
    assert done.code == 66
    for piece in ("1 of 3 parts are missing", str(part.parent), part.name):
        assert piece in done.message


def test_a_table_of_train_is_lost(data: Path, tmp_path: Path) -> None:
    files = Path(shutil.copytree(data, tmp_path / "files"))
    (below(files, "train") / "train_person_2.parquet").unlink()
    done = call("fit", "pd", write_book(tmp_path / "b.toml", "home_credit", files, recipe="full"))
    assert (done.code, "1 of 17 tables have no file" in done.message) == (66, True)
    assert "person_2" in done.message


@pytest.mark.slow
def test_fit_of_the_whole_recipe(data: Path, tmp_path: Path) -> None:
    book = write_book(tmp_path / "b.toml", "home_credit", data, recipe="full")
    metrics = call("fit", "pd", book, "--json").json["metrics"]
    assert 0.55 < metrics["parts"]["heldout"]["auc"] < 0.95
    found = run(book_of_test(tmp_path / "c.toml", data, "models/pd.txt"))
    assert found["customers"] == TEST_CASES

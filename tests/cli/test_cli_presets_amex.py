"""Preset amex by the command line, from generated files to a strategy; both splits and formats."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from command import call, kill_at
from preset_books import bench_data, manifest_of, plan, rows_of, run, write_book, write_card

from engine.book_file import load_book

CUSTOMERS, TEST_CUSTOMERS = 300, 120
OWN = """
[[recipe]]
table = "statements"
columns = ["P_2", "B_9", "D_45", "S_3"]
statistics = ["mean", "last_valid", "last_valid_rank_in_month"]
[[recipe]]
table = "statements"
columns = ["R_1", "D_39"]
statistics = ["sum"]
windows = ["last_3", "last_90d"]
"""
"""A few aggregates, so that a fit is quick."""
WINNING = [
    "S_2__count",
    "P_2__mean",
    "P_2__last_valid",
    "B_9__std",
    "D_45__diff__sum",
    "D_45__diff__last_3__std",
    "S_3__last_6__max",
    "R_1__last_valid_rank",
    "P_2__last_valid_rank_in_month",
    "D_39__last_valid_rank_in_month",
    "D_63__nunique",
    "D_64__last_valid",
    "D_63_is_CR__mean",
    "D_64_is_null__last",
]
"""Of every kind that the recipe ``winning`` has."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same customers as ``csv`` and ``parquet``, and a folder for books beside them."""
    folder = tmp_path_factory.mktemp("amex")
    for form in ("csv", "parquet"):
        sizes = ("--customers", CUSTOMERS, "--test-customers", TEST_CUSTOMERS)
        bench_data("amex", folder / form, *sizes, "--format", form)
    return folder


@pytest.fixture(scope="module")
def fitted(data: Path) -> Path:
    """A book of few aggregates whose model was fitted by the command line."""
    book = write_book(data / "books" / "own.toml", "amex", data / "csv", recipe="none", more=OWN)
    metrics = call("fit", "pd", book, "--threads", 1, "--json").json["metrics"]
    assert metrics["parts"]["heldout"]["customers"] == CUSTOMERS // 4
    return book


def test_dry_run(fitted: Path) -> None:
    found = plan(fitted)
    assert found["preset"] == {
        "name": "amex",
        "folder": str(fitted.parents[1] / "csv"),
        "split": "train",
        "recipe": "none",
    }
    assert (found["customers"], found["chunks"], found["chosen"]) == (CUSTOMERS, 1, True)
    assert (found["aggregates"] <= 16, found["aggregates_of"]) == (True, 16)
    of = {table["table"]: table for table in found["tables"]}
    assert (of["customers"]["reads"], of["customers"]["does_not_read"]) == (
        ["customer_ID"],
        ["target"],
    )
    read, rest = of["statements"]["reads"], of["statements"]["does_not_read"]
    assert set(read) <= {"customer_ID", "S_2", "P_2", "B_9", "D_45", "S_3", "R_1", "D_39"}
    assert (len(read) + len(rest), "D_63" in rest) == (190, True)
    text = call("run", fitted, "--dry-run").out
    assert text.startswith("preset amex\n")
    for piece in ("chosen by size", f"{found['aggregates']} of 16 are computed", "split   train"):
        assert piece in text


def test_run_verify_optimise(fitted: Path, tmp_path: Path) -> None:
    found = run(fitted, "--out", tmp_path)
    assert (found["customers"], found["quarantined"]) == (CUSTOMERS, 0)
    assert rows_of(found)["pd"].n_unique() > 3
    assert call("verify", tmp_path, "--json").json["content_hash"] == found["content_hash"]
    best = call("optimise", fitted, "--out", tmp_path, "--json").json
    assert best["gap"] <= 2e-4
    assert best["expected_profit"] >= best["today"]["expected_profit"]


def test_the_test_split_has_the_same_features(fitted: Path, data: Path, tmp_path: Path) -> None:
    """It has no target and other months; the model of the train split scores it as it is."""
    model = str(fitted.parent / "models" / "pd.txt")
    hashes = []
    for form in ("csv", "parquet"):
        book = write_book(
            tmp_path / f"{form}.toml",
            "amex",
            data / form,
            split="test",
            recipe="none",
            model=model,
            more=OWN,
        )
        found = run(book, "--out", tmp_path / form)
        assert (found["customers"], found["quarantined"]) == (TEST_CUSTOMERS, 0)
        assert manifest_of(found)["config"]["book"]["as_of"] == "2019-10-31"
        hashes.append(found["content_hash"])
    assert hashes[0] == hashes[1]
    refused = call("fit", "pd", book)
    assert (refused.code, "[target] is missing" in refused.message) == (78, True)


@pytest.fixture
def winning(data: Path, tmp_path: Path) -> dict[str, Path]:
    """By format, a book of the whole recipe whose scorecard reads ``WINNING``."""
    card = write_card(tmp_path / "card.json", WINNING)
    return {
        form: write_book(
            tmp_path / f"{form}.toml", "amex", data / form, recipe="winning", model=card
        )
        for form in ("csv", "parquet")
    }


def test_same_scores_from_both_formats_any_chunks_and_threads(
    winning: dict[str, Path], tmp_path: Path
) -> None:
    hashes = set()
    for form, size, threads in (("csv", 300, 2), ("parquet", 37, 1), ("parquet", 1000, 2)):
        options = ("--chunk-customers", size, "--threads", threads)
        found = run(winning[form], *options, "--out", tmp_path / f"{form}-{size}")
        assert (found["customers"], found["quarantined"]) == (CUSTOMERS, 0)
        hashes.add(found["content_hash"])
    assert len(hashes) == 1


def test_pruning_changes_no_bit(winning: dict[str, Path], tmp_path: Path) -> None:
    """Beside a model that reads every aggregate, the PD is the same."""
    book = winning["parquet"]
    shown = plan(book)
    assert (shown["aggregates"], shown["aggregates_of"]) == (len(WINNING), 5_340)
    few = rows_of(run(book, "--out", tmp_path / "few"))
    every = write_card(tmp_path / "every.json", [f.name for f in load_book(book).aggregates], 1e-9)
    book.write_text(book.read_text() + f'\n[models.every]\nfile = "{every}"\npredicts = "every"\n')
    shown = plan(book)
    assert (shown["aggregates"], shown["tables"][1]["does_not_read"]) == (5_340, [])
    whole = rows_of(run(book, "--out", tmp_path / "whole"))
    assert whole["every"].n_unique() > CUSTOMERS // 2
    assert whole.drop("every").equals(few)


@pytest.mark.parametrize("check", ["read", "declared"])
def test_a_broken_rule_of_a_column_that_nothing_reads(
    data: Path, tmp_path: Path, check: str
) -> None:
    """B_3 is in no feature of ``WINNING``; its ten largest values break the rule."""
    rows = pl.read_parquet(data / "parquet" / "train_data.parquet", columns=["customer_ID", "B_3"])
    bound = rows["B_3"].drop_nulls().sort(descending=True)[10]
    lost = rows.filter(pl.col("B_3") > bound)["customer_ID"].n_unique()
    card = write_card(tmp_path / "card.json", WINNING)
    more = (
        f'[ingest]\ncheck = "{check}"\nmax_quarantine_share = 0.1\n'
        f"[tables.statements.columns.B_3]\nmax = {bound!r}\n"
    )
    book = write_book(
        tmp_path / "b.toml", "amex", data / "parquet", recipe="winning", model=card, more=more
    )
    found = run(book)
    assert found["quarantined"] == (lost if check == "declared" else 0)
    reasons = {(r["table"], r["column"]) for r in manifest_of(found)["quarantine"]}
    assert reasons == ({("statements", "B_3")} if check == "declared" else set())


@pytest.mark.slow
def test_killed_in_the_first_pass_and_later(winning: dict[str, Path], tmp_path: Path) -> None:
    book, options = winning["csv"], ("--chunk-customers", 20)
    whole = run(winning["parquet"], *options, "--out", tmp_path / "whole")
    for place in ("ranks within months", "chunk 4/15"):
        kill_at(place, "run", book, *options)
        assert not (tmp_path / "out" / "CURRENT").exists()
    done = call("run", book, *options, "--json")
    assert done.err.count("kept from an earlier run") >= 4
    assert done.json["content_hash"] == whole["content_hash"]


@pytest.mark.slow
def test_fit_on_every_column(data: Path, tmp_path: Path) -> None:
    """Trained on one format, it scores the other; the bads are 1.7 % once the prior is undone."""
    book = write_book(tmp_path / "b.toml", "amex", data / "parquet", recipe="simple")
    metrics = call("fit", "pd", book, "--threads", 1, "--json").json["metrics"]
    assert 0.55 < metrics["parts"]["heldout"]["auc"] < 0.95
    hashes = set()
    for form in ("csv", "parquet"):
        book = write_book(tmp_path / "b.toml", "amex", data / form, recipe="simple")
        assert plan(book)["aggregates"] < 500
        found = run(book, "--out", tmp_path / form)
        assert 0.005 < rows_of(found)["pd"].mean() < 0.05
        hashes.add(found["content_hash"])
    assert len(hashes) == 1

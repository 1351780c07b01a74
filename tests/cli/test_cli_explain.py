"""nightbook explain: one customer of the book, equal to the bit to what the run has published."""

from __future__ import annotations

import json
import os
from pathlib import Path

import polars as pl
import pytest
from applicant_books import RANKED, book_with_models, explain, found, published
from command import call
from small_book import Frames, make_frames, replace, shuffled, write_table

FIRST = 1000


@pytest.mark.parametrize("size", [2, 7, 1000])
def test_the_row_is_the_run_s_whatever_the_chunks(tmp_path: Path, size: int) -> None:
    chunks = replace("chunk_customers = 25", f"chunk_customers = {size}")
    book = book_with_models(tmp_path, make_frames(14), "parquet", chunks)
    rows = published(book)
    for place in (0, 6, 7, 13):
        row = rows.row(place, named=True)
        told = found(book, row["customer_id"])
        assert told["key"] == row["customer_id"]
        assert told["chunk"] == place // size
        assert told["published"]["row"] == told["row"]
        assert (told["published"]["equal"], told["published"]["differs"]) == (True, [])
        assert told["published"]["changed"] == []
        scores = {answer["predicts"]: answer["score"] for answer in told["answers"]}
        assert scores == {name: row[name] for name in ("pd", "good", "trees", "others")}


@pytest.mark.parametrize("source", ["csv", "table"])
def test_tables_in_any_order(tmp_path: Path, source: str) -> None:
    book = book_with_models(tmp_path, shuffled(make_frames(40)), source)
    rows = published(book)
    for key in rows["customer_id"][[0, 20, 39]]:
        told = found(book, key)["published"]
        assert (told["equal"], told["changed"]) == (True, [])


def test_ranks_over_all_customers(tmp_path: Path) -> None:
    """What one customer's rows do not tell."""
    book = book_with_models(tmp_path, make_frames(40), "parquet", *RANKED)
    rows = published(book)
    assert rows["limit_cap"].n_unique() > 10
    for key in rows["customer_id"][[0, 20, 39]]:
        assert found(book, key)["published"]["equal"]


def test_what_every_feature_adds(tmp_path: Path) -> None:
    book = book_with_models(tmp_path)
    answers = {answer["model"]: answer for answer in found(book, FIRST + 3)["answers"]}
    for name in ("pd", "good"):
        card = answers[name]
        total = card["base"] + sum(share["contribution"] for share in card["shares"])
        assert total == pytest.approx(card["raw"], abs=1e-12)
        points = card["base_points"] + sum(share["points"] for share in card["shares"])
        assert points == pytest.approx(card["points"], abs=1e-9)
    trees = answers["trees"]
    total = trees["base"] + sum(share["contribution"] for share in trees["shares"])
    assert total == pytest.approx(trees["raw"], abs=1e-9)
    assert trees["score"] != trees["probability"]  # the book corrects it
    assert trees["points"] is None
    others = answers["others"]
    assert {share["contribution"] for share in others["shares"]} == {None}
    assert others["base"] is None


def test_cut_off_and_decision(tmp_path: Path) -> None:
    book = book_with_models(tmp_path)
    seen = set()
    for key in range(FIRST, FIRST + 24, 3):
        for answer in found(book, key)["answers"]:
            if answer["event"] is None:
                assert answer["decision"] is None
                continue
            event, other = ("bad", "good") if answer["event"] == "bad" else ("good", "bad")
            above = answer["probability"] >= answer["cut_off"]
            assert answer["decision"] == (event if above else other)
            seen.add((answer["event"], answer["decision"]))
    assert len(seen) == 4


def test_without_a_run(tmp_path: Path) -> None:
    book = book_with_models(tmp_path)
    assert found(book, FIRST)["published"] is None
    told = explain(book, FIRST).out
    assert "no run is published" in told
    assert "points" in told


def test_as_text(tmp_path: Path) -> None:
    book = book_with_models(tmp_path)
    published(book)
    done = explain(book, FIRST)
    for piece in (
        "model pd",
        "model trees",
        "decision",
        "balance__mean",
        "to the bit",
        "knock_out",
    ):
        assert piece in done.out
    elsewhere = tmp_path / "elsewhere"
    published(book, "--out", elsewhere)
    assert found(book, FIRST, "--out", elsewhere)["published"]["equal"]
    assert found(book, FIRST, "--out", tmp_path / "none")["published"] is None


def with_negative_income(customer: int) -> Frames:
    frames = make_frames(40)
    income = pl.when(pl.col("customer_id") == customer).then(-5.0).otherwise("income")
    changed = frames["customers"].with_columns(income.alias("income"))
    return frames | {"customers": changed}


def test_a_customer_in_quarantine(tmp_path: Path) -> None:
    book = book_with_models(tmp_path, with_negative_income(FIRST + 6))
    assert published(book).height == 39
    told = found(book, FIRST + 6)
    ((reason),) = told["quarantined"]
    assert (reason["table"], reason["column"], reason["reason"], reason["value"]) == (
        "customers",
        "income",
        "below 0",
        "-5.0",
    )
    assert (told["answers"], told["row"], told["features"]) == ([], None, {})
    assert (told["published"]["row"], told["published"]["equal"]) == (None, True)
    text = explain(book, FIRST + 6).out
    assert f"customer {FIRST + 6} is in quarantine" in text
    assert text.endswith("does not have this customer either\n")
    assert found(book, FIRST)["quarantined"] == []


def test_a_customer_that_comes_or_goes(tmp_path: Path) -> None:
    """Who is in quarantine only now, or was when the run was made."""
    frames = {name: with_negative_income(FIRST + place) for name, place in (("a", 3), ("b", 6))}
    book = book_with_models(tmp_path, frames["a"])
    published(book)
    write_table(tmp_path / "raw", "customers", frames["b"]["customers"], "parquet", 2)
    gone = explain(book, FIRST + 6).out.splitlines()[-1]
    assert gone.endswith("has this customer; changed since: inputs")
    new = explain(book, FIRST + 3).out.splitlines()[-1]
    assert new.endswith("does not have this customer; changed since: inputs")


def test_a_manifest_that_cannot_be_read(tmp_path: Path) -> None:
    book = book_with_models(tmp_path)
    published(book)
    (manifest,) = (tmp_path / "out").glob("*/manifest.json")
    said = json.loads(manifest.read_bytes())
    for edited in (
        said | {"inputs": dict.fromkeys(said["inputs"])},
        {name: part for name, part in said.items() if name != "versions"},
    ):
        manifest.write_text(json.dumps(edited))
        done = explain(book, FIRST)
        assert done.code == 66
        assert "no readable manifest.json" in done.message


def test_inputs_that_have_changed_since(tmp_path: Path) -> None:
    book = book_with_models(tmp_path)
    published(book)
    frames = make_frames(40)
    frames["customers"].with_columns(arrears=pl.lit(45)).write_parquet(
        tmp_path / "raw" / "customers-0.parquet"
    )
    (tmp_path / "raw" / "customers-1.parquet").unlink()
    changed = found(book, FIRST)["published"]
    assert "inputs" in changed["changed"]
    assert (changed["equal"], "pd" in changed["differs"]) == (False, True)
    assert "changed since: inputs" in explain(book, FIRST).out


def test_a_book_that_has_changed_since(tmp_path: Path) -> None:
    book = book_with_models(tmp_path)
    published(book)
    book.write_text(book.read_text().replace("floor = 0.001", "floor = 0.9"))
    changed = found(book, FIRST)["published"]
    assert changed["changed"] == ["config"]
    assert "pd" in changed["differs"]


def test_what_no_row_depends_on_is_no_change(tmp_path: Path) -> None:
    """How much of a file was hashed, how chunks were cut, what only training reads."""
    book = book_with_models(tmp_path)
    published(book, "--hash-inputs", "--chunk-customers", 7)
    book.write_text(book.read_text() + "[fit]\nseed = 8\n")
    told = found(book, FIRST)["published"]
    assert (told["equal"], told["changed"]) == (True, [])
    customers = tmp_path / "raw" / "customers-0.parquet"
    os.utime(customers, ns=(1, 1))
    assert found(book, FIRST)["published"]["changed"] == ["inputs"]


@pytest.mark.parametrize(
    ("key", "code", "says"),
    [
        ("1001", 65, "no customer of the table 'customers' has the key 1001"),
        ("x", 65, "'x' is not a whole number"),
        ("1e3", 65, "not a whole number"),
        (" ", 65, "not a whole number"),
        ("", 65, "the key is empty"),
        (str(2**63), 65, "not a whole number of 64 bits"),
    ],
)
def test_keys_that_nobody_has(tmp_path: Path, key: str, code: int, says: str) -> None:
    done = explain(book_with_models(tmp_path), key)
    assert done.code == code
    assert says in done.message
    assert "customer_id" in done.message


def test_a_run_that_cannot_be_read(tmp_path: Path) -> None:
    book = book_with_models(tmp_path)
    rows = published(book)
    (part,) = (tmp_path / "out").glob("*/part-00000.parquet")
    part.write_bytes(b"PAR1")
    done = explain(book, rows["customer_id"][0])
    assert done.code == 66
    assert "cannot be read" in done.message


def test_a_run_of_another_book(tmp_path: Path) -> None:
    book = book_with_models(tmp_path)
    published(book)
    book.write_text(book.read_text().replace('name = "small"', 'name = "other"'))
    done = explain(book, FIRST)
    assert done.code == 78
    assert "is a run of the book 'small'" in done.message


def test_keys_that_are_text(tmp_path: Path) -> None:
    frames = {
        name: frame.with_columns(pl.format("k{}", "customer_id").alias("customer_id"))
        for name, frame in make_frames(40).items()
    }
    text = replace('customer_id = { type = "int64" }', 'customer_id = { type = "string" }')
    book = book_with_models(tmp_path, frames, "parquet", text)
    published(book)
    assert found(book, "k1003")["published"]["equal"]
    done = explain(book, "1003")
    assert (done.code, "has the key 1003" in done.message) == (65, True)


def test_a_missing_table(tmp_path: Path) -> None:
    book = book_with_models(tmp_path)
    for file in (tmp_path / "raw").glob("statements*"):
        file.unlink()
    assert explain(book, FIRST).code == 66


@pytest.mark.slow
@pytest.mark.parametrize("size", [700, 50_000])
def test_the_demo_book(tmp_path: Path, size: int) -> None:
    """LightGBM with a calibrator and a floor, and a scorecard, over five tables."""
    assert call("demo", tmp_path / "demo", "--customers", 3000).code == 0
    book = tmp_path / "demo" / "book.toml"
    rows = published(book, "--chunk-customers", size)
    for key in rows["customer_id"][[0, 699, 700, 2999]]:
        told = found(book, key)
        assert told["published"]["equal"], told["published"]["differs"]
        assert told["published"]["changed"] == []


@pytest.mark.slow
def test_fee_income(tmp_path: Path) -> None:
    """A feature, and published, though no table has it; an applicant's can be given."""
    assert call("demo", tmp_path / "fees", "--book", "card-fees", "--customers", 200).code == 0
    book = tmp_path / "fees" / "book.toml"
    card = {
        "kind": "scorecard",
        "features": [{"name": "fee_income", "coefficient": 1e-4, "impute": 0.0}],
        "intercept": -1.0,
    }
    (book.parent / "models").mkdir(exist_ok=True)
    (book.parent / "models" / "fee_good.json").write_text(json.dumps(card))
    for row in published(book).sample(3, seed=1).iter_rows(named=True):
        told = found(book, row["customer_id"])
        assert told["published"]["equal"]
        assert told["row"] == row
        fees = {name: value for name, value in row.items() if name.startswith("fee_income")}
        given = [f"{name}={'' if value is None else value}" for name, value in fees.items()]
        asked = call("score-one", book, "--set", *given, "fee_excluded=payroll card", "--json").json
        assert asked["row"]["fee_good"] == row["fee_good"]
        assert asked["row"]["fee_excluded"] == "payroll card"
        assert asked["unused"] == []


def test_fee_tenure_and_exclusion_follow_from_the_customer(tmp_path: Path) -> None:
    """What a run tells without any fee, an applicant is told too; incomes are not known."""
    assert call("demo", tmp_path / "fees", "--book", "card-fees", "--customers", 200).code == 0
    book = tmp_path / "fees" / "book.toml"
    products = {"name": "products", "coefficient": 0.5, "impute": 1.0}
    card = {"kind": "scorecard", "features": [products], "intercept": -1.0}
    (book.parent / "models").mkdir(exist_ok=True)
    (book.parent / "models" / "fee_good.json").write_text(json.dumps(card))
    rows = published(book)
    named = ["reviewed_on", "activated_on", "card_kind"]
    raw = pl.read_parquet(
        book.parent / "raw" / "customers.parquet", columns=["customer_id", *named]
    )
    told = ["fee_tenure_days", "short_tenure", "fee_excluded"]
    both = rows.join(raw, on="customer_id").unique("fee_excluded")
    assert len(both) >= 2
    for row in both.iter_rows(named=True):
        given = [f"{name}={row[name]}" for name in named]
        asked = call("score-one", book, "--set", *given, "--json").json
        assert {name: asked["row"][name] for name in told} == {name: row[name] for name in told}
        assert asked["row"]["fee_income"] is None
        assert asked["unused"] == []
    nothing = call("score-one", book, "--json").json["row"]
    assert {nothing[name] for name in told} == {None}

"""The fee book: the same bytes, sound tables, dates on their side of the review."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from builders import toml
from command import call
from synth_cases import check_contract, digests, read_book, read_table

from engine.errors import BookError, OutputError
from engine.presets import expand
from engine.score import load_model
from engine.synth import write_card_fees
from engine.synth.blocks import BLOCK, FIRST_ID
from engine.synth.card_fees import FEATURES, GOOD_INCOME
from engine.synth.card_fees.holders import KINDS, YEAR
from engine.synth.card_fees.operations import AFTER

CUSTOMERS = BLOCK + 300  # two blocks, the second one cut
TABLES = ("customers", "operations", "fees")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_card_fees(tmp_path_factory.mktemp("fees"), customers=CUSTOMERS)


@pytest.fixture(scope="module")
def raw(book: Path) -> dict[str, pl.DataFrame]:
    """The tables, with the customer's dates beside every row."""
    folder = book.parent / "raw"
    customers = pl.read_parquet(folder / "customers.parquet")
    fees = pl.read_csv(folder / "fees.csv", separator=";", try_parse_dates=True)
    operations = pl.read_parquet(folder / "operations.parquet")
    reviews = customers.select("customer_id", "reviewed_on", "activated_on")
    joined = {"operations": operations, "fees": fees}
    return {"customers": customers} | {
        n: f.join(reviews, on="customer_id") for n, f in joined.items()
    }


def expanded(book: Path) -> dict[str, Any]:
    return expand(read_book(book), book.parent)


def days(rows: pl.DataFrame, date: str, since: str = "reviewed_on") -> pl.Series:
    return (rows[date] - rows[since]).dt.total_days()


def test_a_seed_decides_every_byte(tmp_path: Path) -> None:
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        write_card_fees(tmp_path / name, customers=300, seed=seed)
    a, b, c = (digests(tmp_path / name) for name in "abc")
    assert a == b
    assert {name for name in a if a[name] == c[name]} == {"raw/tariffs.csv"}


def test_a_smaller_book_is_the_beginning_of_a_larger_one(
    raw: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    small = write_card_fees(tmp_path / "small", customers=120).parent / "raw"
    fees = pl.read_csv(small / "fees.csv", separator=";", try_parse_dates=True)
    found = {name: pl.read_parquet(small / f"{name}.parquet") for name in TABLES[:2]}
    for name, rows in (found | {"fees": fees}).items():
        larger = raw[name].filter(pl.col("customer_id") < FIRST_ID + 120)
        assert larger.select(rows.columns).equals(rows), name


def test_tables_keep_the_contract_of_the_book(book: Path) -> None:
    """Of the book with its preset spelled out."""
    sections = expanded(book)
    for table in sections["tables"].values():
        if isinstance(table["files"], list):
            (table["files"],) = table["files"]
    spelled_out = book.with_name("spelled_out.toml")
    spelled_out.write_text(toml(sections))
    check_contract(spelled_out)


def test_row_counts(raw: dict[str, pl.DataFrame]) -> None:
    ids = raw["customers"]["customer_id"].to_list()
    assert ids == list(range(FIRST_ID, FIRST_ID + CUSTOMERS))
    assert set(raw["customers"]["card_kind"]) == set(KINDS)
    assert raw["operations"]["operation_id"].is_unique().all()
    assert raw["fees"]["fee_id"].is_unique().all()
    assert 100 < len(raw["operations"]) / CUSTOMERS < 130
    assert 45 < len(raw["fees"]) / CUSTOMERS < 65


def test_dates_lie_on_their_side_of_the_review(raw: dict[str, pl.DataFrame]) -> None:
    since = days(raw["operations"], "operation_date")
    assert (since.min(), since.max()) == (1 - YEAR, AFTER)
    since = days(raw["fees"], "fee_date")
    assert since.max() == YEAR
    assert since.min() == -3 * YEAR
    for name, date in (("operations", "operation_date"), ("fees", "fee_date")):
        assert days(raw[name], date, "activated_on").min() >= 0, name
    assert (days(raw["customers"], "activated_on") < 0).all()


def test_what_recurs_recurs_as_often_every_year(raw: dict[str, pl.DataFrame]) -> None:
    """In the year after the review, of which the label is made, and in every full one before."""
    fees = raw["fees"].with_columns(year=-(-days(raw["fees"], "fee_date") // YEAR))
    fees = fees.filter(-pl.col("year") < (days(raw["fees"], "reviewed_on", "activated_on") // YEAR))
    many = fees.group_by("customer_id", "year", "fee_type").agg(pl.col("number").sum())
    many = many.join(raw["customers"], on="customer_id")
    assert set(many["year"]) == {-2, -1, 0, 1}
    service = many.filter(fee_type="card_service")
    assert (service["number"] == service["products"]).all()
    sms = many.filter(fee_type="sms_service")
    assert (sms["number"] == 12).all()
    assert (sms["sms_banking"] == 1).all()
    holders = raw["customers"].filter(days(raw["customers"], "activated_on") <= -YEAR)
    assert len(service.filter(year=1)) == CUSTOMERS
    assert len(sms.filter(year=1)) == raw["customers"]["sms_banking"].sum()
    assert len(service.filter(year=0)) == len(holders)


def test_the_card_is_issued_once(raw: dict[str, pl.DataFrame]) -> None:
    issued = raw["fees"].filter(fee_type="card_issue")
    assert issued["customer_id"].to_list() == raw["customers"]["customer_id"].to_list()
    assert (issued["fee_date"] == issued["activated_on"]).all()
    assert issued["number"].to_list() == raw["customers"]["products"].to_list()


def test_every_fee_has_a_tariff(book: Path, raw: dict[str, pl.DataFrame]) -> None:
    tariffs = read_table(book, "tariffs")
    assert tariffs["fee_type"].is_unique().all()
    assert set(raw["fees"]["fee_type"]) == set(tariffs["fee_type"])
    assert set(tariffs["periodicity"]) == {"once", "year", "month", "use"}


def test_the_book_names_what_there_is(book: Path) -> None:
    sections = expanded(book)
    made = set(sections["tables"]["customers"]["columns"]) | set(sections["features"])
    assert set(sections["fit"]["scorecard"]["features"]) == set(FEATURES) <= made
    assert sections["target"]["good_fee_income"] == GOOD_INCOME
    assert set(sections["fee_income"]["types"]) < set(read_table(book, "tariffs")["fee_type"])
    last = pl.read_parquet(book.parent / "raw" / "customers.parquet")["reviewed_on"].max()
    assert (sections["target"]["observed_until"] - last).days >= YEAR
    assert {rule["reason"] for rule in sections["fee_income"]["exclude"]} == {
        "payroll card",
        "corporate card",
    }


@pytest.mark.slow
def test_the_command_writes_the_same_book_and_fits_its_scorecard(tmp_path: Path) -> None:
    done = call(
        "demo", tmp_path / "c", "--book", "card-fees", "--customers", 400, "--seed", 3, "--json"
    )
    found = done.json
    book = tmp_path / "c" / "book.toml"
    assert (found["book"], found["customers"], found["seed"]) == (str(book), 400, 3)
    assert found["model"] == str(book.parent / "models" / "fee_good.json")
    assert {"products", "turnover_per_day"} <= set(load_model(found["model"]).used_features)
    write_card_fees(tmp_path / "p", customers=400, seed=3)
    written, expected = digests(tmp_path / "c"), digests(tmp_path / "p")
    assert {name: written[name] for name in expected} == expected


def test_what_makes_no_book_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BookError, match="customers >= 1 and seed >= 0, not 0 and 7"):
        write_card_fees(tmp_path / "none", customers=0)
    assert not (tmp_path / "none").exists()
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="not empty"):
        write_card_fees(tmp_path, customers=5)
    assert call("demo", tmp_path / "x", "--book", "cards").code != 0

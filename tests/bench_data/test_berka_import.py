"""The loans, and one language for two extracts of their transactions."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from real_books import command

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def loans(berka: Path) -> pl.DataFrame:
    return pl.read_parquet(berka / "raw" / "loans.parquet")


@pytest.fixture(scope="module")
def transactions(berka: Path) -> pl.DataFrame:
    return pl.read_parquet(berka / "raw" / "transactions.parquet")


def test_loans(loans: pl.DataFrame) -> None:
    late = loans.filter(pl.col("granted_on") >= date(1997, 1, 1))
    assert (loans.height, late.height, int(loans["bad"].sum())) == (392, 354, 35)
    statuses = late["status"].value_counts().sort("status")
    assert statuses.rows() == [("A", 40), ("B", 3), ("C", 284), ("D", 27)]
    assert loans.filter((pl.col("bad") == 1) != pl.col("status").is_in(["B", "D"])).is_empty()
    assert (loans["amount"] == loans["payments"] * loans["duration"]).all()


def test_owners(loans: pl.DataFrame) -> None:
    """Account 1787 is client 2166's, number 475722: a woman, born on 22 July 1947."""
    row = loans.filter(pl.col("account_id") == 1787).select("female", "birth_date", "granted_on")
    assert row.row(0) == (1, date(1947, 7, 22), date(1993, 7, 5))
    ages = (loans["granted_on"] - loans["birth_date"]).dt.total_days() / 365.25
    assert 10 < ages.min() < ages.max() < 70
    assert 0.4 < loans["female"].mean() < 0.6


def test_districts_of_1996_are_unknown_to_earlier_loans(loans: pl.DataFrame) -> None:
    facts = pl.col("inhabitants", "unemployment_percent", "crimes_per_1000")
    early = loans.filter(pl.col("granted_on") < date(1997, 1, 1)).select(facts)
    late = loans.filter(pl.col("granted_on") >= date(1997, 1, 1)).select(facts)
    assert early.height == 38
    assert sum(early.null_count().row(0)) == 3 * 38
    assert sum(late.null_count().row(0)) == 0


def test_codes_of_both_extracts_are_one(loans: pl.DataFrame, transactions: pl.DataFrame) -> None:
    """Each word occurs before early loans and before late ones."""
    dated = transactions.join(loans.select("account_id", "granted_on"), on="account_id")
    before = dated.filter(pl.col("booked_on") < pl.col("granted_on"))
    late = pl.col("granted_on") >= date(1997, 1, 1)
    for column in ("direction", "operation"):
        words = [set(before.filter(part)[column]) for part in (late, ~late)]
        assert words[0] == words[1], column
    purposes = {None, "interest", "statement_fee", "household", "insurance", "sanction_interest"}
    assert set(before.filter(late)["purpose"]) == purposes
    assert set(before.filter(~late)["purpose"]) <= purposes
    assert "loan_payment" in set(dated["purpose"])


def balances_that_fit(transactions: pl.DataFrame, *order: str) -> float:
    """Share of rows whose balance is the one before plus or minus the amount, in this order."""
    signed = pl.when(pl.col("direction") == "in").then(1.0).otherwise(-1.0) * pl.col("amount")
    off = (pl.col("balance").diff().over("account_id") - signed).abs()
    steps = transactions.sort("account_id", *order).select(off.alias("off"))["off"].drop_nulls()
    return float((steps < 0.15).mean())


def test_postings_follow_the_running_balance(transactions: pl.DataFrame) -> None:
    """But for the day on which the early extract breaks off."""
    assert transactions.sort("account_id", "booked_on", "posting").equals(transactions)
    whole_days = transactions.filter(pl.col("booked_on") != date(1994, 3, 31))
    assert balances_that_fit(whole_days, "booked_on", "posting") == 1.0
    assert balances_that_fit(whole_days, "booked_on", "trans_id") < 0.7


def test_the_same_data_give_the_same_bytes(berka: Path, tmp_path: Path) -> None:
    done = command("bench_data", "berka", tmp_path / "again")
    assert done.returncode == 0, done.stderr
    names = ("loans", "transactions", "cards")
    for name in ("book.toml", *(f"raw/{name}.parquet" for name in names)):
        assert (berka / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name

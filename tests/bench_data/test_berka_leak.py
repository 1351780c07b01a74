"""Nothing from the day of the loan or after it enters a feature, to the bit."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from real_books import nightbook

from bench_data.features import book_features

pytestmark = pytest.mark.realdata

KEY = "account_id"
WILD = {"amount": 1e9, "balance": -1e9, "direction": "out", "purpose": "sanction_interest"}


@pytest.fixture(scope="module")
def loans(berka: Path) -> pl.DataFrame:
    return pl.read_parquet(berka / "raw" / "loans.parquet").select(KEY, "granted_on")


@pytest.fixture(scope="module")
def features(berka: Path) -> pl.DataFrame:
    return book_features(berka / "book.toml")


def changed(
    berka: Path, folder: Path, transactions: pl.DataFrame, cards: pl.DataFrame | None = None
) -> Path:
    """A copy of the book (and of its models, where it has some) with other raw tables."""
    shutil.copytree(berka, folder, ignore=shutil.ignore_patterns("out"))
    tables = {"transactions": transactions} | ({"cards": cards} if cards is not None else {})
    for name, frame in tables.items():
        known = pl.read_parquet_schema(folder / "raw" / f"{name}.parquet")
        frame.select(list(known)).sort(KEY, maintain_order=True).write_parquet(
            folder / "raw" / f"{name}.parquet"
        )
    return folder / "book.toml"


def table(berka: Path, loans: pl.DataFrame, name: str) -> pl.DataFrame:
    """A raw table with its rows' loan dates."""
    frame = pl.read_parquet(berka / "raw" / f"{name}.parquet")
    return frame.join(loans, on=KEY, maintain_order="left")


def removed(frame: pl.DataFrame, date: str) -> pl.DataFrame:
    return frame.filter(pl.col(date) < pl.col("granted_on"))


def altered(frame: pl.DataFrame) -> pl.DataFrame:
    late = pl.col("booked_on") >= pl.col("granted_on")
    return frame.with_columns(
        pl.when(late).then(pl.lit(value)).otherwise(pl.col(name)).alias(name)
        for name, value in WILD.items()
    )


def appended(frame: pl.DataFrame, loans: pl.DataFrame, days: tuple[int, ...]) -> pl.DataFrame:
    """A wild row for every loan, so many days after it."""
    rows = [
        loans.with_columns(
            (pl.col("granted_on") + timedelta(days=day)).alias("booked_on"),
            pl.lit(900 + number, dtype=pl.Int64).alias("posting"),
            pl.lit(-1 - number, dtype=pl.Int64).alias("trans_id"),
            pl.lit("cash_out").alias("operation"),
            *(pl.lit(value).alias(name) for name, value in WILD.items()),
        ).select(frame.columns)
        for number, day in enumerate(days)
    ]
    return pl.concat([frame, *rows])


def bits(frame: pl.DataFrame) -> dict[str, bytes | list[object]]:
    """Every column exactly: nulls by place, floats by their bytes."""
    return {
        name: column.fill_null(0.0).to_numpy().tobytes() + column.is_null().to_numpy().tobytes()
        if column.dtype == pl.Float64
        else column.to_list()
        for name, column in zip(frame.columns, frame, strict=True)
    }


def different(one: pl.DataFrame, other: pl.DataFrame) -> list[str]:
    """Names of the features that differ."""
    first, second = bits(one), bits(other)
    assert list(first) == list(second)
    return [name for name in first if first[name] != second[name]]


def test_removed_rows_change_nothing(
    berka: Path, loans: pl.DataFrame, features: pl.DataFrame, tmp_path: Path
) -> None:
    transactions = table(berka, loans, "transactions")
    kept, cards = removed(transactions, "booked_on"), table(berka, loans, "cards")
    assert transactions.height - kept.height == 1_072
    assert cards.height - removed(cards, "issued_on").height == 69
    book = changed(berka, tmp_path / "book", kept, removed(cards, "issued_on"))
    assert different(features, book_features(book)) == []


def test_altered_rows_change_nothing(
    berka: Path, loans: pl.DataFrame, features: pl.DataFrame, tmp_path: Path
) -> None:
    transactions = altered(table(berka, loans, "transactions"))
    assert transactions.filter(pl.col("balance") == WILD["balance"]).height == 1_072
    book = changed(berka, tmp_path / "book", transactions)
    assert different(features, book_features(book)) == []


def test_appended_rows_change_nothing(
    berka: Path, loans: pl.DataFrame, features: pl.DataFrame, tmp_path: Path
) -> None:
    cards = table(berka, loans, "cards")
    new = loans.with_columns(
        pl.col("granted_on").alias("issued_on"),
        pl.col(KEY).alias("card_id") + 1_000_000,
        pl.lit("gold").alias("card_type"),
    )
    cards = pl.concat([cards, new.select(cards.columns)])
    transactions = appended(table(berka, loans, "transactions"), loans, (0, 1, 30, 4_000))
    book = changed(berka, tmp_path / "book", transactions, cards)
    assert different(features, book_features(book)) == []


def test_rows_before_the_loan_do_count(
    berka: Path, loans: pl.DataFrame, features: pl.DataFrame, tmp_path: Path
) -> None:
    """The control: the same wild rows one day earlier change every kind of feature."""
    transactions = appended(table(berka, loans, "transactions"), loans, (-1,))
    book = changed(berka, tmp_path / "book", transactions)
    found = different(features, book_features(book))
    assert len(found) >= 40
    assert {"balance__last", "balance__last_30d__min", "sanction__sum", "outflow_to_inflow"} <= {
        *found
    }


def test_without_the_cutoff_the_day_of_the_loan_would_leak(
    berka: Path, loans: pl.DataFrame, features: pl.DataFrame, tmp_path: Path
) -> None:
    """The control of ``cutoff``: the book without it sees the day of the loan, and no later one."""
    transactions = table(berka, loans, "transactions")
    for day, leaks in ((0, True), (1, False)):
        folder = tmp_path / str(day)
        kept = appended(removed(transactions, "booked_on"), loans, (day,))
        book = changed(berka, folder, kept)
        book.write_text(book.read_text().replace('cutoff = "before"', 'cutoff = "up_to"'))
        found = different(features, book_features(book))
        assert ("balance__last" in found) == leaks, found


def test_a_run_publishes_the_same(fitted_berka: Path, loans: pl.DataFrame, tmp_path: Path) -> None:
    """By the command line: other raw rows, another run, the same content."""
    plain = nightbook("run", fitted_berka / "book.toml", "--out", tmp_path / "plain")
    transactions = table(fitted_berka, loans, "transactions")
    wild = appended(altered(transactions), loans, (0, 7))
    book = changed(fitted_berka, tmp_path / "wild", wild)
    found = nightbook("run", book)
    assert found["quarantined"] == 0
    assert found["run_id"] != plain["run_id"]
    assert found["content_hash"] == plain["content_hash"]

"""The fee book through the engine: its files say what the generator says, and each window keeps
to its side of the review."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine.book_file import load_book
from engine.cli.fit_scorecard import print_scorecard
from engine.progress import Silent
from engine.scorecard_training import train_scorecard
from engine.synth.card_fees import FEATURES, GOOD_INCOME, draw_sample, write_card_fees
from engine.training_data import TrainingRows, training_rows

CUSTOMERS, SEED = 1_500, 11
_PREDICTED = f"good_fee_income = {GOOD_INCOME}\nwindow_days = 365\nobserved_until = 2026-04-01\n"
_PARTS = [f"amount__last_365d__{name}" for name in ("count", "sum", "mean")] + [
    "statement_copies__last_365d__sum"
]
"""What the preset's features are made of, and so linear combinations of."""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_card_fees(tmp_path_factory.mktemp("fees"), customers=CUSTOMERS, seed=SEED)


@pytest.fixture(scope="module")
def rows(book: Path) -> TrainingRows:
    return learnt_from(book)


def learnt_from(path: Path) -> TrainingRows:
    """What a scorecard of the book learns from."""
    book = load_book(path)
    assert book.target is not None
    return training_rows(book, book.target, book.fit, threads=1, progress=Silent())


def beside(book: Path, folder: Path) -> Path:
    """The same book in ``folder``, its tables to be written by the test."""
    (folder / "raw").mkdir()
    for name in ("customers.parquet", "tariffs.csv"):
        (folder / "raw" / name).write_bytes((book.parent / "raw" / name).read_bytes())
    (folder / "book.toml").write_text(book.read_text())
    return folder / "book.toml"


def events(book: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Operations and fees, with the customer's review."""
    raw = book.parent / "raw"
    reviews = pl.read_parquet(raw / "customers.parquet").select("customer_id", "reviewed_on")
    fees = pl.read_csv(raw / "fees.csv", separator=";", try_parse_dates=True)
    return (
        pl.read_parquet(raw / "operations.parquet").join(reviews, on="customer_id"),
        fees.join(reviews, on="customer_id"),
    )


def write_events(book: Path, operations: pl.DataFrame, fees: pl.DataFrame) -> None:
    raw = book.parent / "raw"
    operations.drop("reviewed_on").write_parquet(raw / "operations.parquet")
    fees.drop("reviewed_on").write_csv(raw / "fees.csv", separator=";")


def test_features_and_labels_are_the_generators(rows: TrainingRows) -> None:
    """Of exactly the customers that ``draw_sample`` has, to rounding of sums."""
    size = len(rows.target.frame)
    sample = draw_sample(size, seed=SEED)
    found = rows.features.sort("customer_id").select("customer_id", *FEATURES)
    assert found["customer_id"].to_list() == sample.features["customer_id"].to_list()
    expected = sample.features.cast({"customer_id": pl.Int64})
    assert_frame_equal(found.cast(dict.fromkeys(FEATURES, pl.Float64)), expected, rel_tol=1e-12)
    bad = rows.target.frame.sort("customer_id")["target"].to_numpy()
    assert np.array_equal(bad, 1 - sample.good)


def test_every_customer_is_counted_once(rows: TrainingRows) -> None:
    counts = rows.target.counts
    assert set(counts["excluded"]) == {"new card", "payroll card", "corporate card"}
    assert min(counts["excluded"].values()) > 20
    assert counts["good"] + counts["bad"] + sum(counts["excluded"].values()) == CUSTOMERS
    assert rows.quarantined == {"labels": 0, "features": 0}


def test_what_comes_after_the_review_is_in_no_feature(
    book: Path, rows: TrainingRows, tmp_path: Path
) -> None:
    """Operations after it ten times as large and fees after it gone: nobody is good any more, and
    every feature keeps its bits."""
    operations, fees = events(book)
    later = pl.col("operation_date") > pl.col("reviewed_on")
    assert operations.select(later.sum()).item() > 10_000
    larger = pl.when(later).then(pl.col("amount") * 10).otherwise("amount")
    other = beside(book, tmp_path)
    known = fees.filter(pl.col("fee_date") <= pl.col("reviewed_on"))
    write_events(other, operations.with_columns(amount=larger), known)
    found = learnt_from(other)
    assert found.target.counts["good"] == 0 < rows.target.counts["good"]
    assert_frame_equal(found.features, rows.features, check_exact=True)


def test_what_came_before_the_review_is_in_no_label(
    book: Path, rows: TrainingRows, tmp_path: Path
) -> None:
    operations, fees = events(book)
    other = beside(book, tmp_path)
    write_events(
        other,
        operations.filter(pl.col("operation_date") > pl.col("reviewed_on")),
        fees.filter(pl.col("fee_date") > pl.col("reviewed_on")),
    )
    found = learnt_from(other)
    assert_frame_equal(found.target.frame, rows.target.frame)
    assert (found.features["statements_ordered"] == 0).all()
    assert (found.features["operations_per_day"] == 0).all()


def test_the_same_window_describes_and_says_so(
    book: Path, rows: TrainingRows, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The source's reproduction: fees after the review decide nothing, and income is no feature,
    also where the book names no features."""
    operations, fees = events(book)
    other = beside(book, tmp_path)
    same = f"good_fee_income = {GOOD_INCOME}\nsame_window = true\n"
    text = other.read_text()
    assert _PREDICTED in text
    named = text[text.index("features = [") : text.index("# Each feature")]
    text = text.replace(named, f"leave_out = {_PARTS}\nplots = false\n")
    other.write_text(text.replace(_PREDICTED, same))
    write_events(other, operations, fees.filter(pl.col("fee_date") <= pl.col("reviewed_on")))
    result = train_scorecard(other, threads=1)
    report = result.metrics
    assert report["descriptive"] is True
    assert "share a window" in report["note"]
    print_scorecard(result)
    assert f"descriptive  {report['note']}" in capsys.readouterr().out
    found = learnt_from(other)
    assert 0.2 < found.target.counts["good"] / len(found.target.frame) < 0.6
    assert not any(name.startswith("fee_income") for name in found.features.columns)
    assert any(name.startswith("fee_income") for name in rows.features.columns)

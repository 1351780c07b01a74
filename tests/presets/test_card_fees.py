"""Preset ``card_fees``: the seven features, by hand and against the demo's raw tables."""

from __future__ import annotations

from datetime import date, timedelta
from math import nan
from pathlib import Path

import polars as pl
import pytest
from builders import load
from preset_cases import card_fees_folder, preset_book
from preset_runs import scored

REVIEWED = date(2026, 3, 1)
NUMBERS = [1, 2, 3, 4, 5]


def small_folder(folder: Path, **columns: list[int]) -> None:
    """Customer 1 has operations from 400 days before to a day after the review, customer 2 none."""
    folder.mkdir()
    customers = {"customer_id": [1, 2], "reviewed_on": [REVIEWED] * 2}
    flags = {"products": [2, 1], "sms_banking": [1, 0], **columns}
    pl.DataFrame(customers | flags).write_parquet(folder / "customers.parquet")
    days = [REVIEWED - timedelta(days=days) for days in (400, 30, 29, 0, -1)]
    operations = {"operation_date": days, "operation_id": NUMBERS, "amount": [7.0, 5, 2, 1, 9]}
    pl.DataFrame({"customer_id": [1] * 5, **operations}).write_parquet(
        folder / "operations.parquet"
    )
    kinds = ["statement_copy", "statement_copy", "sms_service", "statement_copy", "statement_copy"]
    fees = {"fee_date": days, "fee_id": NUMBERS, "fee_type": kinds, "number": [4, 1, 1, 2, 8]}
    pl.DataFrame({"customer_id": [1] * 5, **fees}).write_csv(folder / "fees.csv", separator=";")


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (
            30,
            {
                "operation_amount_per_day": [1.5, nan],
                "turnover_per_day": [3 / 30, 0],
                "operations_per_day": [2 / 30, 0],
                "statements_ordered": [2, 0],
            },
        ),
        (
            None,
            {
                "operation_amount_per_day": [8 / 3, nan],
                "turnover_per_day": [8 / 365, 0],
                "operations_per_day": [3 / 365, 0],
                "statements_ordered": [3, 0],
            },
        ),
    ],
)
def test_features_by_hand(
    tmp_path: Path, days: int | None, expected: dict[str, list[float]]
) -> None:
    small_folder(tmp_path / "data", tele_banking=[0, 1])
    window = {"window_days": days} if days else {}
    held = {"products": [2, 1], "sms_banking": [1, 0], "tele_banking": [0, 1]}
    found = scored(tmp_path, preset_book("card_fees", **window), expected | held)
    for name, values in (expected | held).items():
        assert found[name].to_list() == pytest.approx(values, abs=1e-9, nan_ok=True), name


def test_tele_banking_is_a_feature_where_the_file_has_it(tmp_path: Path) -> None:
    small_folder(tmp_path / "data")
    assert "tele_banking" not in load(tmp_path, preset_book("card_fees")).feature_columns
    (tmp_path / "other").mkdir()
    small_folder(tmp_path / "other" / "data", tele_banking=[0, 1])
    assert "tele_banking" in load(tmp_path / "other", preset_book("card_fees")).feature_columns


def test_features_of_the_demo(tmp_path: Path) -> None:
    card_fees_folder(tmp_path / "data")
    found = scored(tmp_path, preset_book("card_fees"), ["turnover_per_day", "operations_per_day"])
    operations = pl.read_parquet(tmp_path / "data" / "operations.parquet")
    totals = operations.group_by("customer_id").agg(
        turnover=pl.col("amount").sum() / 365, number=pl.len() / 365
    )
    both = found.join(totals, on="customer_id", how="left").fill_null(0)
    assert both.height == 40
    assert both["turnover_per_day"].to_list() == pytest.approx(both["turnover"].to_list())
    assert both["operations_per_day"].to_list() == pytest.approx(both["number"].to_list())

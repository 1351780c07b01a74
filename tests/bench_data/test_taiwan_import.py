"""The monthly rows hold what the wide file holds: aggregation gives its columns back."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from real_books import command, real_data_folder

from bench_data.features import book_features

pytestmark = pytest.mark.realdata

Wide = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def wide() -> Wide:
    """The original columns, read without any library of the importer."""
    with (real_data_folder() / "taiwan" / "taiwan.csv").open(newline="") as lines:
        names, *rows = csv.reader(lines)
    values = np.array(rows).astype(np.float64)
    return {name: values[:, place] for place, name in enumerate(names)}


@pytest.fixture(scope="module")
def features(taiwan: Path) -> pl.DataFrame:
    return book_features(taiwan / "book.toml")


def months(wide: Wide, name: str) -> np.ndarray:
    """(30000, 6), the latest month first."""
    first = "PAY_0" if name == "PAY_" else f"{name}1"
    return np.stack([wide[first], *(wide[f"{name}{n}"] for n in range(2, 7))], axis=1)


def test_rows(taiwan: Path, wide: Wide) -> None:
    customers = pl.read_parquet(taiwan / "raw" / "customers.parquet")
    statements = pl.read_parquet(taiwan / "raw" / "statements.parquet")
    assert (customers.height, statements.height) == (30_000, 180_000)
    assert int(customers["default_next_month"].sum()) == 6_636
    assert statements.group_by("customer_id").len()["len"].unique().to_list() == [6]
    assert customers["limit_bal"].sum() == wide["LIMIT_BAL"].sum()
    assert customers["limit_bal"].null_count() == 0


def test_original_columns_come_back(features: pl.DataFrame, wide: Wide) -> None:
    exact = {
        "bill__last": wide["BILL_AMT1"],
        "payment__last": wide["PAY_AMT1"],
        "pay_status__last": wide["PAY_0"],
        "pay_status__first": wide["PAY_6"],
        "bill__max": months(wide, "BILL_AMT").max(axis=1),
        "payment__last_3__min": months(wide, "PAY_AMT")[:, :3].min(axis=1),
        "pay_status__last_3__max": months(wide, "PAY_")[:, :3].max(axis=1),
        "late__sum": (months(wide, "PAY_") > 0).sum(axis=1),
        "bill__diff__last": wide["BILL_AMT1"] - wide["BILL_AMT2"],
        "unpaid__last": wide["BILL_AMT2"] - wide["PAY_AMT1"],
        "spent__last": wide["BILL_AMT1"] - wide["BILL_AMT2"] + wide["PAY_AMT1"],
        "limit_bal": wide["LIMIT_BAL"],
        "education": wide["EDUCATION"],
        "age": wide["AGE"],
    }
    for name, values in exact.items():
        np.testing.assert_array_equal(features[name].to_numpy(), values, err_msg=name)


def test_means_and_ratios_of_original_columns(features: pl.DataFrame, wide: Wide) -> None:
    bills, payments = months(wide, "BILL_AMT"), months(wide, "PAY_AMT")
    close = {
        "payment__mean": payments.mean(axis=1),
        "bill__last_3__mean": bills[:, :3].mean(axis=1),
        "bill__std": bills.std(axis=1, ddof=1),
        "payment__diff__mean": (payments[:, 0] - payments[:, 5]) / 5,
        "utilisation_last": bills[:, 0] / wide["LIMIT_BAL"],
        "payment_to_limit": payments.mean(axis=1) / wide["LIMIT_BAL"],
        "unpaid__mean": (bills[:, 1:] - payments[:, :5]).mean(axis=1),
    }
    for name, values in close.items():
        found = features[name].to_numpy()
        np.testing.assert_allclose(found, values, rtol=1e-12, atol=1e-9, err_msg=name)


def test_paid_share_needs_a_bill(features: pl.DataFrame, wide: Wide) -> None:
    bill, payment = wide["BILL_AMT2"], wide["PAY_AMT1"]
    share = np.minimum(payment / np.where(bill > 0, bill, np.nan), 1.5)
    found = features["paid_share__last"].to_numpy()
    assert np.isnan(share).any()
    np.testing.assert_allclose(found, share, rtol=1e-15)


def test_the_same_data_give_the_same_bytes(taiwan: Path, tmp_path: Path) -> None:
    done = command("bench_data", "taiwan", tmp_path / "again")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(tmp_path / "again" / "book.toml")
    for name in ("book.toml", "raw/customers.parquet", "raw/statements.parquet"):
        assert (taiwan / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name

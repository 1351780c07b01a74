"""What is in the files: histories, nulls, noise, codes, outcomes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from bench_data.amex import write_amex
from bench_data.amex.columns import CUSTOMERS_BY_STATEMENTS, codes_of, columns
from bench_data.amex.values import loadings
from engine.metrics import auc

CUSTOMERS = 6_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("amex") / "new"
    return write_amex(target, customers=CUSTOMERS, test_customers=1_000, seed=11)


@pytest.fixture(scope="module")
def train(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(folder / "train_data.parquet")


@pytest.fixture(scope="module")
def target(folder: Path) -> pl.Series:
    return pl.read_parquet(folder / "train_labels.parquet")["target"]


def test_rows_ascend_by_customer_and_date_with_one_a_month(train: pl.DataFrame) -> None:
    rows = train.select("customer_ID", "S_2")
    assert rows.equals(rows.sort("customer_ID", "S_2"))
    months = rows.with_columns(pl.col("S_2").dt.truncate("1mo"))
    assert not months.is_duplicated().any()
    assert rows["customer_ID"].str.contains("^[0-9a-f]{64}$").all()


def test_dates_lie_where_the_competitions_lie(train: pl.DataFrame, folder: Path) -> None:
    assert str(train["S_2"].min())[:7] == "2017-03"
    last = train.group_by("customer_ID").agg(pl.col("S_2").max())["S_2"]
    assert set(last.dt.strftime("%Y-%m")) == {"2018-03"}
    test = pl.read_parquet(folder / "test_data.parquet", columns=["customer_ID", "S_2"])
    last = test.group_by("customer_ID").agg(pl.col("S_2").max())["S_2"]
    assert set(last.dt.strftime("%Y-%m")) == {"2019-04", "2019-10"}
    assert set(test["customer_ID"]).isdisjoint(train["customer_ID"])


def test_numbers_of_statements(train: pl.DataFrame) -> None:
    counts = train.group_by("customer_ID").len()["len"]
    assert len(counts) == CUSTOMERS
    found = np.bincount(counts.to_numpy(), minlength=14)[1:] / CUSTOMERS
    expected = np.array(CUSTOMERS_BY_STATEMENTS) / sum(CUSTOMERS_BY_STATEMENTS)
    assert np.abs(found - expected).max() < 0.015


def test_a_quarter_defaults(target: pl.Series) -> None:
    assert target.is_in([0, 1]).all()
    assert abs(target.mean() - 0.259) < 0.02  # type: ignore[operator]


def test_null_rates(train: pl.DataFrame) -> None:
    found = train.null_count().row(0, named=True)
    for column in columns():
        rate = found[column.name] / len(train)
        assert abs(rate - column.null_rate) < 0.03, column.name
        assert (found[column.name] == 0) or column.nulls


def test_nulls_are_of_whole_customers_of_statements_and_of_columns_together(
    train: pl.DataFrame,
) -> None:
    valid = train.select("customer_ID", pl.col("D_50", "D_134", "D_138").is_not_null())
    assert valid["D_134"].equals(valid["D_138"].rename("D_134"))
    share = valid.group_by("customer_ID").agg(pl.col("D_50").mean())["D_50"]
    assert (share == 0).mean() > 0.3  # type: ignore[operator]
    assert share.is_between(0.01, 0.99).mean() > 0.3  # type: ignore[operator]


def test_noise_hides_whole_numbers(train: pl.DataFrame) -> None:
    """k / steps + [0, 0.01): floor(x * 100) gives 100 k / steps where that is a whole number."""
    for column in columns():
        if column.kind == "steps":
            value = train[column.name].drop_nulls().cast(pl.Float64).to_numpy()
            k = np.floor(value * column.steps + 1e-6)
            noise = value - k / column.steps
            assert noise.min() > 0, column.name
            assert noise.max() < 0.01, column.name
            assert k.min() >= column.lowest, column.name
            assert k.max() <= column.steps, column.name
            if 100 % column.steps == 0:
                assert set(np.floor(value * 100) % (100 // column.steps)) == {0}, column.name


def test_codes_have_the_shares_of_the_competition(train: pl.DataFrame) -> None:
    for name, codes in codes_of().items():
        values = train[name].drop_nulls()
        texts = values if values.dtype == pl.String else values.cast(pl.Int64).cast(pl.String)
        total = sum(code.rows for code in codes)
        assert set(texts) <= {code.text for code in codes}
        for code in codes:
            share = (texts == code.text).sum() / max(len(texts), 1)
            assert abs(share - code.rows / total) < 0.06, (name, code.text)


def test_the_past_tells_more_than_the_last_statement(
    train: pl.DataFrame, target: pl.Series
) -> None:
    """Columns weighted by what they owe to risk: the change over the year adds to the last."""
    weight = {c.name: float(loadings(c).risk) for c in columns() if c.kind == "bell"}
    factor = pl.sum_horizontal(
        weight[c] * (pl.col(c).fill_null(pl.col(c).mean()) - pl.col(c).mean()) / pl.col(c).std()
        for c in weight
    )
    scored = train.select("customer_ID", factor.alias("factor"))
    parts = scored.group_by("customer_ID", maintain_order=True).agg(
        pl.col("factor").last().alias("last"), pl.col("factor").first().alias("first")
    )
    last, first = parts["last"].to_numpy(), parts["first"].to_numpy()
    truth = target.to_numpy().astype(np.float64)
    assert auc(last, truth) > 0.7
    assert auc(last + 0.5 * (last - first), truth) > auc(last, truth) + 0.02

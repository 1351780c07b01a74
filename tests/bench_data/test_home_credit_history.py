"""Generated Home Credit files: how many rows and nulls, and what history says of the outcome."""

from __future__ import annotations

from math import sqrt
from pathlib import Path

import polars as pl
import pytest

from bench_data.home_credit.columns import columns_of, table_names
from bench_data.home_credit.layout import file_names
from bench_data.home_credit.population import draw_cases
from engine.metrics import auc

PER_CASE = {"applprev_1": 4.27, "applprev_2": 9.22, "credit_bureau_a_1": 10.44,
            "credit_bureau_a_2": 123.3, "person_1": 1.948, "person_2": 1.076,
            "tax_registry_a_1": 2.146, "tax_registry_b_1": 0.726,
            "tax_registry_c_1": 2.190}  # fmt: skip
"""Rows of the real train files over their 1,526,659 cases."""


def table_of(folder: Path, table: str) -> pl.LazyFrame:
    return pl.scan_parquet([folder / "train" / name for name in file_names(table, "train")])


@pytest.mark.parametrize("table", PER_CASE)
def test_rows_per_case_are_those_of_the_real_files(home_credit: Path, table: str) -> None:
    """3,000 cases: the mean of the most skewed counts has a standard error of 2 to 3 %."""
    rows = table_of(home_credit, table).select(pl.len()).collect().item()
    assert rows / 3_000 == pytest.approx(PER_CASE[table], rel=0.12)


@pytest.mark.parametrize("table", table_names())
def test_null_rates_are_those_of_the_facts(home_credit: Path, table: str) -> None:
    frame = table_of(home_credit, table).collect()
    for column in columns_of(table):
        rate = column.null_rate
        error = 0.02 + 4 * sqrt(rate * (1 - rate) / len(frame))
        share = frame[column.name].null_count() / len(frame)
        assert share == pytest.approx(rate, abs=error), column.name


def test_histories_are_skewed(home_credit: Path) -> None:
    contracts = (
        table_of(home_credit, "credit_bureau_a_1").group_by("case_id").len().collect()["len"]
    )
    payments = table_of(home_credit, "credit_bureau_a_2").select("num_group2").collect()
    assert contracts.max() > 5 * contracts.mean() > 5 * contracts.median()  # type: ignore[operator]
    assert payments["num_group2"].max() == 35


def test_applications_say_what_their_status_allows(home_credit: Path) -> None:
    frame = table_of(home_credit, "applprev_1").collect()
    approved = frame["status_219L"].is_in(["K", "A"])
    assert 0.45 < approved.mean() < 0.6  # type: ignore[operator]
    assert frame.filter(~approved)["currdebt_94A"].null_count() > 0.6 * (~approved).sum()
    assert frame.filter(approved)["currdebt_94A"].null_count() < 0.05 * approved.sum()
    rejected = frame["status_219L"] == "D"
    assert frame.filter(~rejected)["rejectreason_755M"].unique().to_list() == ["a55475b1"]


def test_applications_mostly_count_back_from_the_latest(home_credit: Path) -> None:
    """Published: 89 % agree."""
    frame = table_of(home_credit, "applprev_1").sort("case_id", "num_group1").collect()
    created = frame["creationdate_885D"]
    same = frame["case_id"] == frame["case_id"].shift(1)
    in_order = (created <= created.shift(1)).filter(same).mean()
    assert in_order == pytest.approx(0.89, abs=0.03)


def test_only_the_applicant_has_a_birth_date(home_credit: Path) -> None:
    frame = table_of(home_credit, "person_1").collect()
    applicant = frame["num_group1"] == 0
    assert frame.filter(applicant)["birth_259D"].null_count() <= 0.02 * applicant.sum()
    assert frame.filter(~applicant)["birth_259D"].drop_nulls().is_empty()


def test_about_three_in_a_hundred_are_bad(home_credit: Path) -> None:
    """Binomial standard error 0.3 %."""
    share = table_of(home_credit, "base").select(pl.col("target").mean()).collect().item()
    assert share == pytest.approx(0.0314, abs=0.01)


LATE, LAST = pl.col("pmts_dpd_303P") > 0, pl.col("num_group2") >= 30
SIGNALS = {
    "days past due of closed contracts": ("credit_bureau_a_2", LATE.mean(), 0.60),
    "late in the last months": ("credit_bureau_a_2", (LATE & LAST).sum(), 0.54),
    "worst of the bureau's contracts": ("credit_bureau_a_1", pl.col("dpdmax_757P").mean(), 0.60),
    "rejections": ("applprev_1", (pl.col("status_219L") == "D").mean(), 0.51),
    "income, reversed": ("person_1", -pl.col("mainoccupationinc_384A").max(), 0.52),
}  # fmt: skip


@pytest.mark.parametrize(("months", "least"), [(LAST, 0.1), (~LAST, -0.1)])
def test_only_the_last_months_follow_the_shock(
    home_credit: Path, months: pl.Expr, least: float
) -> None:
    """2,700 cases: the standard error of a correlation is 0.02."""
    cases = draw_cases("train", 3_000, 3)
    shocks = pl.DataFrame({"case_id": cases.case_id, "shock": cases.shock})
    late = (LATE & months).sum().log1p().alias("late")
    counted = table_of(home_credit, "credit_bureau_a_2").group_by("case_id").agg(late).collect()
    correlation = counted.join(shocks, on="case_id").select(pl.corr("late", "shock")).item()
    assert least < correlation < least + 0.2


@pytest.mark.parametrize("signal", SIGNALS)
def test_history_ranks_the_outcome(home_credit: Path, signal: str) -> None:
    table, expression, least = SIGNALS[signal]
    history = table_of(home_credit, table).group_by("case_id").agg(expression.alias("score"))
    base = table_of(home_credit, "base").select("case_id", "target")
    known = base.join(history, on="case_id").drop_nulls("score").collect()
    assert auc(known["score"].cast(pl.Float64).to_numpy(), known["target"].to_numpy()) > least

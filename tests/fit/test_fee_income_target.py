"""Who is good by fee income: every customer in exactly one class."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from fit_cases import AS_OF

from engine.errors import BookError, DataError
from engine.fit import Target, TargetConfig, build_target, merge_targets

UNTIL = AS_OF + dt.timedelta(days=100)
LATER = TargetConfig(good_fee_income=10_000, window_days=100, observed_until=UNTIL)
NOW = TargetConfig(good_fee_income=10_000, same_window=True)


def label(
    income: float | None, excluded: str | None = None, config: TargetConfig = LATER, late: int = 0
) -> Target:
    """The target of one customer, reviewed ``late`` days after AS_OF."""
    day = AS_OF + dt.timedelta(days=late)
    customers = pl.DataFrame(
        {"id": [1], "as_of": [day], "fee_income": [income], "fee_excluded": [excluded]},
        schema_overrides={"fee_income": pl.Float64, "fee_excluded": pl.String},
    )
    return build_target(config, customers, None, key="id", as_of="as_of")


@pytest.mark.parametrize(("income", "target"), [(10_000.0, 0), (9_999.99, 1), (0.0, 1), (1e9, 0)])
@pytest.mark.parametrize("config", [LATER, NOW])
def test_good_from_the_threshold_on(income: float, target: int, config: TargetConfig) -> None:
    assert label(income, config=config).frame.rows() == [(1, target)]


def test_the_window_must_be_over_unless_it_is_the_past() -> None:
    assert label(1.0, late=1).counts["immature"] == 1
    assert label(1.0, late=1, config=NOW).counts["bad"] == 1


def test_reasons_are_counted_over_chunks() -> None:
    parts = [label(None, "payroll"), label(1.0), label(None, "corporate"), label(None, "payroll")]
    parts += [label(None, "payroll", late=1), label(None)]
    counts = merge_targets(parts).counts
    assert counts["excluded"] == {"payroll": 3, "corporate": 1}
    assert (counts["bad"], counts["missing"], counts["customers"]) == (1, 1, 6)


def test_without_fee_income_or_a_date() -> None:
    customers = pl.DataFrame({"id": [1], "as_of": [AS_OF]})
    with pytest.raises(BookError, match="target.good_fee_income: the customers table has no"):
        build_target(LATER, customers, None, key="id", as_of="as_of")
    undated = customers.with_columns(
        as_of=pl.lit(None, pl.Date), fee_income=1.0, fee_excluded=pl.lit(None, pl.String)
    )
    with pytest.raises(DataError, match=r"customers have no as-of date \(column as_of, rows 1\)"):
        build_target(LATER, undated, None, key="id", as_of="as_of")

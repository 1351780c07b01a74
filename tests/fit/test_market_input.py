"""Bad offers, bad averages, contradictions in the book: one clear error each."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from market_cases import averages, averages_config, gapped_offers, offers_config
from pydantic import ValidationError

from engine.errors import BookError, DataError
from engine.fit.market import fit_market
from engine.fit.market_config import MarketConfig


def spoiled(column, value, rows=3):
    """``gapped_offers`` with ``value`` in the first rows of a column."""
    index = pl.int_range(pl.len())
    return gapped_offers().with_columns(
        pl.when(index < rows).then(pl.lit(value)).otherwise(column).alias(column)
    )


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (gapped_offers().drop("limit"), "no such column (file t.csv, column limit)"),
        (
            gapped_offers().rename({"grade": "grades"}),
            "no such column; did you mean 'grades'? (file t.csv, column grade)",
        ),
        (
            gapped_offers().with_columns(rate=pl.concat_list("rate")),
            "rate must be numbers, not List(Float64) (file t.csv, column rate)",
        ),
        (
            gapped_offers().with_columns(grade=1.0),
            "grade must be text or whole numbers, not Float64 (file t.csv, column grade)",
        ),
        (gapped_offers().clear(), "no rows (file t.csv)"),
        (
            spoiled("rate", np.nan),
            "rate is not a number from 0 up (file t.csv, column rate, rows 3)",
        ),
        (spoiled("rate", None), "rate is not a number from 0 up (file t.csv, column rate, rows 3)"),
        (spoiled("rate", np.inf, 1), "not a number from 0 up (file t.csv, column rate, rows 1)"),
        (spoiled("rate", -0.01, 2), "not a number from 0 up (file t.csv, column rate, rows 2)"),
        (spoiled("limit", -5.0), "not a number above 0 (file t.csv, column limit, rows 3)"),
        (spoiled("limit", 0.0), "not a number above 0 (file t.csv, column limit, rows 3)"),
        (
            gapped_offers().cast({"limit": pl.String}).with_columns(limit=pl.lit("lots")),
            "not a number above 0 (file t.csv, column limit, rows 600)",
        ),
        (spoiled("grade", ""), "grade is empty (file t.csv, column grade, rows 3)"),
        (spoiled("grade", None), "grade is empty (file t.csv, column grade, rows 3)"),
        (spoiled("sector", None), "sector is empty (file t.csv, column sector, rows 3)"),
        (
            gapped_offers().with_columns(pl.col("rate") * 100),
            "write 7 % as 0.07 (file t.csv, column rate, rows 600)",
        ),
        (
            gapped_offers().with_columns(weight=-1.0),
            "weight is not a number from 0 up (file t.csv, column weight, rows 600)",
        ),
        (
            gapped_offers().with_columns(weight=0.0),
            "all weights are 0 (file t.csv, column weight, rows 600)",
        ),
        (
            spoiled("grade", "Z", 4),
            "grade 'Z' has fewer offers than market.least_offers (20) (file t.csv, rows 4)",
        ),
    ],
)
def test_bad_offers(table, says):
    with pytest.raises(DataError) as caught:
        fit_market(table, offers_config(), file="t.csv")
    assert str(caught.value).endswith(says)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (averages().drop("weight"), "(file t.csv, column weight)"),
        (averages().drop("average_rate"), "(file t.csv, column average_rate)"),
        (averages().vstack(averages()[:1]), "'bank', grade 'A' are there more than once"),
        (
            averages().with_columns(average_rate=0.0001),
            "is too wide for the average rate 0.0001 of",
        ),
    ],
)
def test_bad_averages(table, says):
    with pytest.raises(DataError) as caught:
        fit_market(table, averages_config(), file="t.csv")
    assert says in str(caught.value)


def test_a_named_weight_must_be_there():
    fit_market(gapped_offers(60), offers_config(), file="t.csv")
    with pytest.raises(DataError, match="column share"):
        fit_market(gapped_offers(), offers_config(columns={"weight": "share"}), file="t.csv")


@pytest.mark.parametrize("dtype", [pl.Categorical, pl.Enum(["A", "B"])])
def test_grades_by_any_other_type(dtype):
    table = gapped_offers(60)
    content = fit_market(table.cast({"grade": dtype}), offers_config(), file="t.csv")
    assert content == fit_market(table, offers_config(), file="t.csv")
    numbered = table.with_columns(pl.col("grade").replace_strict({"A": 1, "B": 2}))
    assert list(fit_market(numbered, offers_config(), file="t.csv")["support"]) == ["1", "2"]


def test_own_names_text_and_a_sector_nobody_has_heard_of():
    table = gapped_offers(200).rename({"rate": "apr", "sector": "lender"})
    table = table.with_columns(pl.col("lender").replace("bank", "Zebra & Sons"))
    config = offers_config(columns={"rate": "apr", "sector": "lender"})
    content = fit_market(table.cast(pl.String), config, file="t.csv")
    assert content["tables"] == fit_market(table, config, file="t.csv")["tables"]
    assert "Zebra & Sons" in {sector["sector"] for sector in content["joint"]["sectors"]}


def test_rates_of_the_book():
    wide = {"from": 0.0, "to": 0.25, "steps": 50}
    content = fit_market(gapped_offers(), offers_config(rates=wide), file="t.csv")
    assert content["rates"] == {"lo": 0.0, "step": 0.005, "n": 51}
    with pytest.raises(BookError, match=r"market.rates from 0.05 to 0.25 leaves out \d+ rival rat"):
        fit_market(gapped_offers(), offers_config(rates=wide | {"from": 0.05}), file="t.csv")


def test_too_fine_a_table_is_refused():
    with pytest.raises(
        BookError, match="would need .* knots of rates, more than 2048: choose a wi"
    ):
        fit_market(gapped_offers(), offers_config(bandwidth=0.0001), file="t.csv")


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ({}, "give either offers or averages"),
        ({"offers": "a.csv", "averages": "b.csv"}, "give either offers or averages"),
        ({"averages": "b.csv", "log_limit_spread": 0.5}, "rate_spread must be stated"),
        ({"averages": "b.csv", "rate_spread": 0.01}, "log_limit_spread must be stated"),
        ({"offers": "a.csv", "correlation": 0.5}, "correlation is an assumption for averages"),
        ({"offers": "a.csv", "rivals": [0.5, 0.4]}, "rivals must sum to 1, not 0.9"),
        ({"offers": "a.csv", "rivals": [-0.5, 1.5]}, "greater than or equal to 0"),
        ({"offers": "a.csv", "rivals": []}, "rivals must sum to 1, not 0"),
        ({"offers": "a.csv", "trade_offs": {"*": 0.1}}, "set trade_off, not '*'"),
        ({"offers": "a.csv", "trade_offs": {"a": -0.1}}, "trade_offs.a must be in 0..1"),
        ({"offers": "a.csv", "rates": {"from": 0.2, "to": 0.1, "steps": 5}}, "must be below to"),
        ({"offers": "a.csv", "bandwith": 0.1}, "Extra inputs are not permitted"),
    ],
)
def test_contradictions_in_the_book(section, says):
    with pytest.raises(ValidationError) as caught:
        MarketConfig.model_validate(section)
    assert says in str(caught.value)

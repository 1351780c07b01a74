"""Default of credit card clients (Taiwan, 2005): wide columns back to monthly statements.

Source: UCI Machine Learning Repository, data set 350 (Yeh and Lien 2009, "The comparisons of data
mining techniques for the predictive accuracy of probability of default of credit card clients").
One line per customer; the numbered columns are months, 1 = September 2005 to 6 = April 2005. The
first repayment status is called PAY_0, not PAY_1. Amounts are whole TWD.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from bench_data.real_data import real_file, write_book
from bench_data.taiwan_book import TAIWAN_BOOK
from engine.errors import DataError
from engine.ingest.reading import reading

CUSTOMERS = 30_000
TARGET = "default.payment.next.month"
MONTH_ENDS = (
    date(2005, 9, 30),
    date(2005, 8, 31),
    date(2005, 7, 31),
    date(2005, 6, 30),
    date(2005, 5, 31),
    date(2005, 4, 30),
)
"""Of the months 1 to 6; the data name the months only, so statements are dated at their ends."""

_SCHOOLING = {1: "graduate_school", 2: "university", 3: "high_school"}


def import_taiwan(folder: Path) -> Path:
    """Writes customers, statements and ``book.toml`` into the new ``folder``; returns the book.

    Raises
    ------
    InputMissingError
        The data set is not there.
    DataError
        It is not the data set that is expected.
    OutputError
        ``folder`` is not empty or cannot be written.
    """
    file = real_file("taiwan/taiwan.csv")
    with reading(file):
        original = read_taiwan(file)
        tables = {"customers": customers_of(original), "statements": statements_of(original)}
    return write_book(folder, TAIWAN_BOOK, tables)


def read_taiwan(file: Path) -> pl.DataFrame:
    """The 25 original columns as int64, in the order of the file.

    4,262 numbers are written in the manner of ``1e+05``; every cell must be a whole number.
    """
    text = pl.read_csv(file, infer_schema=False)
    numbers = text.select(pl.all().cast(pl.Float64, strict=False))
    whole = (pl.all().is_finite() & (pl.all() == pl.all().floor())).fill_null(False)
    broken = [column.name for column in numbers.select(whole.all()) if not column.item()]
    if broken:
        raise DataError("a cell is no whole number", file=str(file), column=broken[0])
    original = numbers.cast(pl.Int64)
    if original.shape != (CUSTOMERS, 25) or original["ID"].n_unique() != CUSTOMERS:
        raise DataError(f"not {CUSTOMERS:,} customers in 25 columns", file=str(file))
    return original


def customers_of(original: pl.DataFrame) -> pl.DataFrame:
    """One row per customer: what does not change from month to month, and the target."""
    schooling = pl.col("EDUCATION").replace_strict(
        _SCHOOLING, default="other", return_dtype=pl.String
    )
    return original.select(
        pl.col("ID").alias("customer_id"),
        schooling.alias("segment"),
        pl.col("LIMIT_BAL").cast(pl.Float64).alias("limit_bal"),
        *(pl.col(name).alias(name.lower()) for name in ("SEX", "EDUCATION", "MARRIAGE", "AGE")),
        pl.col(TARGET).alias("default_next_month"),
    ).sort("customer_id")


def statements_of(original: pl.DataFrame) -> pl.DataFrame:
    """Six rows per customer, by customer and month; ``previous_bill`` is null in the first."""
    months = [_month(original, number) for number in range(1, len(MONTH_ENDS) + 1)]
    return pl.concat(months).sort("customer_id", "statement_date")


def _month(original: pl.DataFrame, number: int) -> pl.DataFrame:
    last = number == len(MONTH_ENDS)
    before = pl.lit(None) if last else pl.col(f"BILL_AMT{number + 1}")
    return original.select(
        pl.col("ID").alias("customer_id"),
        pl.lit(MONTH_ENDS[number - 1]).alias("statement_date"),
        pl.col("PAY_0" if number == 1 else f"PAY_{number}").alias("pay_status"),
        before.cast(pl.Float64).alias("previous_bill"),
        pl.col(f"PAY_AMT{number}").cast(pl.Float64).alias("payment"),
        pl.col(f"BILL_AMT{number}").cast(pl.Float64).alias("bill"),
    )

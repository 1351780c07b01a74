"""The table of offers or averages, checked: the same five columns whatever the book calls them."""

from __future__ import annotations

import polars as pl

from engine.errors import DataError, did_you_mean
from engine.fit.market_config import MarketConfig

_POSITIVE = {"limit"}
_NAMES = ("sector", "grade")


def checked_table(table: pl.DataFrame, config: MarketConfig, file: str) -> pl.DataFrame:
    """``sector``, ``grade`` as strings; ``rate``, ``limit``, ``weight`` as float64.

    Rows of weight 0 are left out.

    Raises
    ------
    DataError
        A column is not there, a value is missing, not a finite number, negative, or 0 in limits;
        no row or no weight is left; rates look like percentages; averages name a sector and grade
        twice. The message names file, column and rows.
    """
    names = _column_names(table, config, file)
    for column, name in names.items():
        if name is not None:
            _check_type(table.schema[name], column, name, file)
    if table.is_empty():
        raise DataError("the market table has no rows", file=file)
    found = table.select(_as(column, name) for column, name in names.items())
    for column, name in names.items():
        _check_column(found[column], column, name or column, file)
    _check_unit(found["rate"], names["rate"] or "rate", file)
    used = found.filter(pl.col("weight") > 0.0)
    if used.is_empty():
        raise DataError("all weights are 0", file=file, column=names["weight"], count=len(found))
    if config.averages is not None:
        _check_unique(used, file)
    return used


def _column_names(table: pl.DataFrame, config: MarketConfig, file: str) -> dict[str, str | None]:
    """The table's name of each column; None for weights that are not there and need not be."""
    prefix = "" if config.averages is None else "average_"
    given = config.columns
    names: dict[str, str | None] = {
        "sector": given.sector,
        "grade": given.grade,
        "rate": given.rate or f"{prefix}rate",
        "limit": given.limit or f"{prefix}limit",
        "weight": given.weight or "weight",
    }
    optional = config.averages is None and given.weight is None
    if optional and "weight" not in table.columns:
        names["weight"] = None
    for name in names.values():
        if name is not None and name not in table.columns:
            hint = did_you_mean(name, table.columns)
            raise DataError(f"the market table has no such column{hint}", file=file, column=name)
    return names


def _as(column: str, name: str | None) -> pl.Expr:
    """The column in its type; a value that has none there is null."""
    if name is None:
        return pl.lit(1.0).alias(column)
    return (
        pl.col(name).cast(pl.String if column in _NAMES else pl.Float64, strict=False).alias(column)
    )


def _check_type(dtype: pl.DataType, column: str, name: str, file: str) -> None:
    """Text is taken for numbers too, but a grade 1.0 would not be the book's grade 1."""
    as_text = dtype in (pl.String, pl.Null)
    named = dtype.is_integer() or dtype in (pl.Categorical, pl.Enum)
    if not (as_text or (named if column in _NAMES else dtype.is_numeric())):
        kind = "text or whole numbers" if column in _NAMES else "numbers"
        raise DataError(f"a rival's {column} must be {kind}, not {dtype}", file=file, column=name)


def _check_column(values: pl.Series, column: str, name: str, file: str) -> None:
    if column in _NAMES:
        wrong, problem = values.is_null() | (values == ""), "is empty"
    elif column in _POSITIVE:
        wrong, problem = ~(values.is_finite() & (values > 0.0)), "is not a number above 0"
    else:
        wrong, problem = ~(values.is_finite() & (values >= 0.0)), "is not a number from 0 up"
    count = int(wrong.fill_null(True).sum())
    if count:
        raise DataError(f"a rival's {column} {problem}", file=file, column=name, count=count)


def _check_unit(rates: pl.Series, name: str, file: str) -> None:
    """Single rates above 100 % exist; where most are, they are percentages."""
    above = int((rates > 1.0).sum())
    if 2 * above > len(rates):
        raise DataError(
            "most rates are above 1: rates are annual fractions, write 7 % as 0.07",
            file=file,
            column=name,
            count=above,
        )


def _check_unique(used: pl.DataFrame, file: str) -> None:
    twice = used.filter(pl.struct("sector", "grade").is_duplicated())
    if len(twice):
        sector, grade = twice.row(0)[:2]
        raise DataError(
            f"averages of sector '{sector}', grade '{grade}' are there more than once",
            file=file,
            count=len(twice),
        )

"""The tariff table: what each fee costs, and the days in which it is charged once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.errors import BookError, DataError, did_you_mean
from engine.fee_income.config import LONGEST, FeeIncomeConfig

MONTH, YEAR = 365.25 / 12, 365.0
"""Days. A month is that of the rest of a book; a year is the source's: its ten-day-old card with
one fee of 500 comes to 18,250."""
_DEAREST = 1e15
"""Of a tariff: what a customer may be charged at it then stays finite."""


class Tariffs(NamedTuple):
    """One entry per fee type, by name, whatever the order of the table.

    ``amounts``: float64, currency each time. ``periods``: float64, T in days; NaN for a fee that is
    charged once, which counts as it is.
    """

    types: tuple[str, ...]
    amounts: NDArray[np.float64]
    periods: NDArray[np.float64]


def read_tariffs(lookup: pl.DataFrame, config: FeeIncomeConfig, *, file: str) -> Tariffs:
    """The tariff table as the formula reads it; ``file`` is named in errors.

    Raises
    ------
    DataError
        A fee type is missing or there twice, a tariff is missing, negative or beyond 1e15, or a
        periodicity is none.
    BookError
        ``types`` names a fee type that the table lacks.
    """
    lookup = lookup.sort(config.fee_type)
    table = _Table(lookup, config, file)
    kinds = lookup[config.fee_type]
    table.refuse(kinds.is_null(), config.fee_type, "a fee type is missing")
    table.refuse(~kinds.is_first_distinct(), config.fee_type, "a fee type is there twice")
    amounts = lookup[config.tariff].cast(pl.Float64).fill_nan(None)
    table.refuse(amounts.is_null(), config.tariff, "a tariff is missing")
    table.refuse(amounts < 0, config.tariff, "a tariff is negative")
    table.refuse(amounts > _DEAREST, config.tariff, f"a tariff is above {_DEAREST:g}")
    periods = _periods(lookup[config.periodicity], config)
    wrong = periods.is_null() | ~(periods.is_nan() | periods.is_between(1, LONGEST))
    table.refuse(
        wrong,
        config.periodicity,
        f"a periodicity is none of once, month, year, use and 1 to {LONGEST} days",
    )
    _check_types(config, kinds)
    days = periods.to_numpy()
    if config.period != "own":
        days = np.where(np.isnan(days), np.nan, float(config.period))
    return Tariffs(tuple(kinds), amounts.to_numpy(), days)


class _Table(NamedTuple):
    lookup: pl.DataFrame
    config: FeeIncomeConfig
    file: str

    def refuse(self, wrong: pl.Series, column: str, problem: str) -> None:
        """Raises DataError, with the first fee type at fault, where a row is wrong."""
        if not (count := int(wrong.sum())):
            return
        first = self.lookup.filter(wrong).row(0, named=True)
        example = f"'{first[self.config.fee_type]}': {first[column]}"
        problem = f"tariff table '{self.config.tariffs}': {problem}, such as {example}"
        raise DataError(problem, file=self.file, column=column, count=count)


def _periods(periodicity: pl.Series, config: FeeIncomeConfig) -> pl.Series:
    """A fee's own period in days, NaN for once; null for what is no periodicity."""
    if periodicity.dtype != pl.String:
        return periodicity.cast(pl.Float64).fill_nan(None)
    named = {"once": np.nan, "month": MONTH, "year": YEAR, "use": float(config.use_days)}
    by_name = periodicity.replace_strict(named, default=None, return_dtype=pl.Float64)
    in_days = periodicity.str.to_integer(strict=False).cast(pl.Float64)
    return pl.select(pl.coalesce(by_name, in_days)).to_series()


def _check_types(config: FeeIncomeConfig, kinds: pl.Series) -> None:
    unknown = [name for name in config.types if name not in kinds]
    if unknown:
        hint = did_you_mean(unknown[0], kinds)
        raise BookError(
            f"fee_income.types: the tariff table '{config.tariffs}' has no '{unknown[0]}'{hint}"
        )

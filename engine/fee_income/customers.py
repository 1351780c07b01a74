"""One row of fee income per customer of a chunk.

cards ──about──▶ since when, excluded or not ──┐
fees ──charged──▶ fees of the window ──counts──┴─incomes──▶ columns
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.exclusion import first_reason
from engine.expressions import AS_OF
from engine.fee_income.config import EXCLUDED, INCOME, SHORT, TENURE, FeeIncomeConfig, type_column
from engine.fee_income.formula import Counts, incomes
from engine.fee_income.tariffs import Tariffs
from engine.fee_income.violations import MOST, of_cards, of_fees

_PLACE, _ROW, _ONE = "__place", "__row", "__one"


class FeeIncome(NamedTuple):
    """What the fee income of a book is made with.

    ``key``: of customers. ``customers``: the name of their table. ``date``: the day of a fee.
    ``after``: the fees of so many days after the as-of date count, in place of those up to it, and
    N is that number.
    """

    config: FeeIncomeConfig
    tariffs: Tariffs
    key: str
    customers: str
    date: str
    after: int | None = None


class Made(NamedTuple):
    """``columns``: the key and ``FeeIncomeConfig.columns``, rows of the customers; null income
    where a rule excludes them. ``violations``: key, table, column, reason, value, rows, of
    customers whose row means nothing."""

    columns: pl.DataFrame
    violations: pl.DataFrame


def fee_income(
    using: FeeIncome, customers: pl.DataFrame, tables: Mapping[str, pl.DataFrame]
) -> Made:
    """The fee income of ``customers`` by ``engine.fee_income.formula``.

    Parameters
    ----------
    customers : a row each: key, ``AS_OF``, what exclude rules read, and the activation date unless
        a table of cards has it.
    tables : checked rows of the fees, and of the cards where they are a table, with ``AS_OF``.

    Raises
    ------
    BookError
        An exclude rule reads what is not there, or is no condition.
    """
    config, key = using.config, using.key
    about = _about(using, customers, tables)
    judged = about.filter(pl.col(EXCLUDED).is_null())
    charged = _charged(using, tables[config.events], judged)
    number = config.number or _ONE
    found = [of_fees(charged, config.events, config.fee_type, number, _PLACE)]
    if using.after is None:
        cards = judged.select(key, config.activated_on, TENURE)
        found.append(of_cards(cards, config.cards or using.customers, config.activated_on, TENURE))
    return Made(_columns(using, about, _counts(charged, about, number)), pl.concat(found))


def _about(
    using: FeeIncome, customers: pl.DataFrame, tables: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """Key, first activation, tenure in days and why excluded, rows of ``customers``."""
    config, key = using.config, using.key
    reason = first_reason(config.exclude, customers, "fee_income.exclude").alias(EXCLUDED)
    if using.after is not None:
        return customers.select(key, pl.lit(using.after).alias(TENURE), reason)
    known = customers.select(key, AS_OF)
    if config.cards is None:
        known = customers.select(key, AS_OF, config.activated_on)
    else:
        first = tables[config.cards].group_by(key).agg(pl.col(config.activated_on).min())
        known = known.join(first, on=key, how="left", maintain_order="left")
    day = pl.col(config.activated_on).cast(pl.Date)
    tenure = (pl.col(AS_OF) - day).dt.total_days().alias(TENURE)
    return known.select(key, day, tenure, reason)


def _charged(using: FeeIncome, fees: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """Key, fee type, number and place in the tariff table of the fees that count."""
    config, day, as_of = using.config, pl.col(using.date).cast(pl.Date), pl.col(AS_OF)
    counts = day <= as_of
    if using.after is not None:
        counts = (day > as_of) & (day <= as_of + pl.duration(days=using.after))
    places = {name: place for place, name in enumerate(using.tariffs.types)}
    place = pl.col(config.fee_type).replace_strict(places, default=None, return_dtype=pl.Int64)
    number = pl.col(config.number) if config.number else pl.lit(1, pl.Int64).alias(_ONE)
    rows = (
        fees.lazy().filter(counts).join(judged.lazy().select(using.key), on=using.key, how="semi")
    )
    return rows.select(using.key, config.fee_type, number, place.alias(_PLACE)).collect(
        engine="in-memory"
    )


def _counts(charged: pl.DataFrame, about: pl.DataFrame, number: str) -> Counts:
    """By customer and fee type; a fee that broke a rule has no place or no number."""
    key = about.columns[0]
    sums = (
        charged.lazy()
        .filter(pl.col(_PLACE).is_not_null() & pl.col(number).is_between(1, MOST))
        .group_by(key, _PLACE)
        .agg(pl.col(number).sum())
        .join(about.lazy().select(key).with_row_index(_ROW), on=key)
        .sort(_PLACE, _ROW)
        .select(pl.col(_ROW).cast(pl.Int64), _PLACE, number)
        .collect(engine="in-memory")
    )
    return Counts(*(column.to_numpy() for column in sums))


def _columns(using: FeeIncome, about: pl.DataFrame, counts: Counts) -> pl.DataFrame:
    """The key, income in total and by fee type, tenure, whether it is short, why excluded."""
    config, tenure = using.config, about[TENURE]
    least = using.after or config.least_tenure_days
    found = incomes(counts, _at_least(tenure, least), using.tariffs, config.types)
    money = {INCOME: found.total} | {type_column(n): found.by_type[n] for n in config.types}
    included = pl.col(EXCLUDED).is_null()
    frame = about.with_columns(
        *(pl.Series(name, values) for name, values in money.items()),
        (tenure < least).cast(pl.Int64).alias(SHORT),
    )
    return frame.select(
        using.key,
        *(pl.when(included).then(name).alias(name) for name in money),
        TENURE,
        SHORT,
        EXCLUDED,
    )


def _at_least(tenure: pl.Series, least: int) -> NDArray[np.float64]:
    """N: the days of a tenure, or ``least``; also where it is missing, whose row means nothing."""
    days: NDArray[np.float64] = tenure.fill_null(least).cast(pl.Float64).to_numpy()
    return np.maximum(days, float(least))

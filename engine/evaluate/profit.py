"""Expected profit of today's offers, row by row (``kernels.profit``).

    expected_profit = approve * P(apply) * (limit (1 - PD) margin - limit PD LGD)    mode source
    margin = rate - funding - operating - credit cost

Source: an online lender's pricing team; definitions in the README, "Economics".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.errors import BookError, DataError, did_you_mean
from engine.evaluate.config import PUBLISHED
from engine.evaluate.economics import CustomerProfitConfig
from engine.evaluate.offers import numbers, offers
from engine.evaluate.pricing import Pricing
from engine.expressions import AS_OF
from kernels.profit import OfferEconomics, Rows, offer_economics

ONE_SEGMENT = "all"
NO_SEGMENT = "(none)"


def evaluate(
    features: pl.DataFrame,
    scores: pl.DataFrame,
    *,
    key: str,
    segment: str | None,
    pricing: Pricing | None,
    profit: CustomerProfitConfig | None,
    others: Sequence[str] = (),
) -> pl.DataFrame:
    """The published rows of one chunk.

    Parameters
    ----------
    features : one row per customer. scores : same rows; ``pd`` and the other models' columns.
    pricing : None for a book that prices nothing.
    profit : the components of ``economic_profit``, where the book has them.
    others : features that are published as they are, behind all other columns.

    Returns
    -------
    key, segment, grade, pd, take_up, rate, limit, approve, margin, exposure, expected_loss,
    expected_profit, then the other scores, ``knock_out``, ``limit_cap`` where the book has caps,
    ``group`` where it names one, and ``economic_profit``. Amounts are float64; what is declined has
    exposure 0. ``take_up`` and ``margin`` are null where the rate or the limit they come from is.
    Without pricing key, segment, the scores and ``economic_profit``.
    """
    segments = _segments(features, segment)
    if pricing is None:
        table = scores.select(features[key], segments.alias("segment"), pl.all())
    else:
        table = _priced(features, scores, segments, key, pricing)
    if profit is not None:
        table = table.with_columns(_economic_profit(features, profit))
    return table.with_columns(features[name] for name in others)


def _priced(
    features: pl.DataFrame, scores: pl.DataFrame, segments: pl.Series, key: str, pricing: Pricing
) -> pl.DataFrame:
    """Offers, what they bring, and the other scores."""
    strategy = pricing.strategy
    known = {"pd": scores["pd"].fill_nan(None)}
    propensity = _propensity(features, scores, pricing)
    if propensity is not None:
        known["propensity"] = propensity
    as_of = features[AS_OF] if AS_OF in features.columns else None
    terms = offers(features, segments, known, strategy, pricing.file, as_of)
    money = _money(terms, segments, known["pd"], propensity, pricing)
    table = terms.with_columns(
        features[key],
        segments.alias("segment"),
        known["pd"].alias("pd"),
        *(pl.Series(name, values) for name, values in money._asdict().items()),
    )
    table = table.with_columns(
        pl.when(pl.col("rate").is_not_null() & pl.col("limit").is_not_null()).then("take_up"),
        pl.when(pl.col("rate").is_not_null()).then("margin"),
    )
    other_scores = [name for name in scores.columns if name != "pd"]
    table = table.with_columns(scores[name] for name in other_scores)
    columns = [key, *PUBLISHED, *other_scores, "knock_out"]
    if strategy.caps:
        columns.append("limit_cap")
    if strategy.group is not None:
        table = table.with_columns(
            _names(features, strategy.group, "strategy.group").alias("group")
        )
        columns.append("group")
    return table.select(columns)


def _money(
    terms: pl.DataFrame,
    segments: pl.Series,
    pd_known: pl.Series,
    propensity: pl.Series | None,
    pricing: Pricing,
) -> OfferEconomics:
    """What the offers bring. Missing terms belong to declined customers: any number will do."""
    names = segments.unique().sort().to_list()
    grades = [grade.grade for grade in pricing.strategy.grades]
    demand, tables = pricing.take_up.demand(names, grades)
    place = (segments.rank("dense").cast(pl.Int64) - 1).to_numpy()
    credit_grade = terms["credit_grade"].to_numpy()
    filled = None if propensity is None else propensity.fill_null(0.5).to_numpy()
    rows = Rows(
        pd=_filled(pd_known),
        rate=_filled(terms["rate"]),
        limit=_filled(terms["limit"]),
        base=pricing.take_up.base(filled, terms.height),
        approve=terms["approve"].to_numpy(),
        segment=place,
        table=tables[place, credit_grade] if terms.height else np.zeros(0, np.int64),
    )
    return offer_economics(rows, demand, pricing.economics.constants)


def _filled(values: pl.Series) -> NDArray[np.float64]:
    return values.fill_null(0.0).to_numpy()


def _propensity(features: pl.DataFrame, scores: pl.DataFrame, pricing: Pricing) -> pl.Series | None:
    """The score (or feature) that take-up rests on; null where it is missing."""
    name = pricing.take_up.config.propensity
    if name is None:
        return None
    frame = scores if name in scores.columns else features
    found = numbers(frame, name, "take_up.propensity").fill_nan(None)
    outside = int(((found < 0.0) | (found > 1.0)).sum())
    if outside:
        raise DataError("propensities must lie between 0 and 1", column=name, count=outside)
    return found


def _segments(features: pl.DataFrame, segment: str | None) -> pl.Series:
    if segment is None:
        return pl.repeat(ONE_SEGMENT, features.height, dtype=pl.String, eager=True)
    return _names(features, segment, "book.segment")


def _names(features: pl.DataFrame, column: str, place: str) -> pl.Series:
    """A column's values as names; a missing one is a name too."""
    if column not in features.columns:
        hint = did_you_mean(column, features.columns)
        raise BookError(f"{place}: no column '{column}'{hint}")
    names = features[column].cast(pl.String)
    if features.schema[column] == pl.Float64:
        names = names.str.strip_suffix(".0")  # an integer code, a float64 since aggregation
    return names.fill_null(NO_SEGMENT)


def _economic_profit(features: pl.DataFrame, parts: CustomerProfitConfig) -> pl.Series:
    """net interest + change in provisions + net fees + net transfers - servicing cost.

    ``provisions_change`` enters with its sign: a release is positive. Null where a component is.
    """
    part = {
        name: numbers(features, column, f"economics.customer_profit.{name}")
        for name, column in parts.model_dump().items()
    }
    profit = (
        part["net_interest_income"]
        + part["provisions_change"]
        + part["net_fee_income"]
        + part["net_transfer_income"]
        - part["servicing_cost"]
    )
    return profit.alias("economic_profit")

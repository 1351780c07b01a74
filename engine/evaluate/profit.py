"""Expected profit of today's offers, mode ``source``.

    expected_profit = approve * P(apply) * (limit (1 - PD) margin - limit PD LGD)
    margin = rate - funding - operating - credit cost

Source: an online lender's pricing team; definitions in the README, "Economics".
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from engine.errors import BookError, did_you_mean
from engine.evaluate.config import (
    PUBLISHED,
    CustomerProfitConfig,
    EconomicsConfig,
    StrategyConfig,
    TakeUpConfig,
)
from engine.evaluate.offers import numbers, offers
from kernels.profit import offer_economics

ONE_SEGMENT = "all"
_TAKE_UP = ("intercept", "rate", "log_limit", "reference_limit")


def evaluate(
    features: pl.DataFrame,
    scores: pl.DataFrame,
    *,
    key: str,
    segment: str | None,
    economics: EconomicsConfig,
    strategy: StrategyConfig,
    take_up: TakeUpConfig,
) -> pl.DataFrame:
    """The published rows of one chunk.

    Parameters
    ----------
    features : one row per customer. scores : same rows; ``pd`` and the other models' columns.

    Returns
    -------
    key, segment, grade, pd, take_up, rate, limit, approve, margin, exposure, expected_loss,
    expected_profit, then the other scores, ``knock_out``, and ``economic_profit`` where the book
    has its components. Amounts are float64; what is declined has exposure 0. ``take_up`` and
    ``margin`` are null where the rate or the limit they come from is.
    """
    terms = offers(features, scores["pd"], strategy)
    segments = _segments(features, segment)
    pd_known = scores["pd"].fill_nan(None)
    money = offer_economics(
        pd=_filled(pd_known),
        rate=_filled(terms["rate"]),
        limit=_filled(terms["limit"]),
        approve=terms["approve"].to_numpy(),
        **_take_up_parameters(segments, take_up),
        lgd=economics.lgd,
        cost=economics.funding_cost + economics.operating_cost + economics.credit_cost,
    )
    table = terms.with_columns(
        features[key],
        segments.alias("segment"),
        pd_known.alias("pd"),
        *(pl.Series(name, values) for name, values in money._asdict().items()),
    )
    table = table.with_columns(
        pl.when(pl.col("rate").is_not_null() & pl.col("limit").is_not_null()).then("take_up"),
        pl.when(pl.col("rate").is_not_null()).then("margin"),
    )
    others = [name for name in scores.columns if name != "pd"]
    table = table.with_columns(scores[name] for name in others)
    columns = [key, *PUBLISHED, *others, "knock_out"]
    if economics.customer_profit is not None:
        table = table.with_columns(_economic_profit(features, economics.customer_profit))
        columns.append("economic_profit")
    return table.select(columns)


def warnings(economics: EconomicsConfig) -> list[str]:
    """What a reader of the figures must know."""
    if economics.credit_cost > 0 and economics.lgd > 0:
        return [
            "economics charges credit_cost and PD x LGD: losses are counted twice; set "
            "credit_cost = 0, or lgd = 0 if the credit cost is meant to carry the losses"
        ]
    return []


def _filled(values: pl.Series) -> np.ndarray:
    """Missing terms belong to declined customers: any finite number will do."""
    return values.fill_null(0.0).to_numpy()


def _segments(features: pl.DataFrame, segment: str | None) -> pl.Series:
    if segment is None:
        return pl.repeat(ONE_SEGMENT, features.height, dtype=pl.String, eager=True)
    if segment not in features.columns:
        hint = did_you_mean(segment, features.columns)
        raise BookError(f"book.segment: no column '{segment}'{hint}")
    names = features[segment].cast(pl.String)
    if features.schema[segment] == pl.Float64:
        names = names.str.strip_suffix(".0")  # an integer code, a float64 since aggregation
    return names.fill_null("(none)")


def _take_up_parameters(segments: pl.Series, config: TakeUpConfig) -> Mapping[str, np.ndarray]:
    """Parameters by segment, and each row's place among the segments."""
    names = segments.unique().sort().to_list()
    overrides = [config.segments.get(name) for name in names]
    parameters = {
        f"take_up_{what}": np.array(
            [_override(override, what, getattr(config, what)) for override in overrides],
            dtype=np.float64,
        )
        for what in _TAKE_UP
    }
    place = segments.rank("dense").cast(pl.Int64) - 1
    return {"segment": place.to_numpy(), **parameters}


def _override(override: object, what: str, default: float) -> float:
    value = getattr(override, what, None)
    return default if value is None else float(value)


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

"""Today's offer to every customer: knocked out or not, grade, rate, limit after caps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from engine.errors import BookError, did_you_mean
from engine.evaluate.config import KnockOutConfig, StrategyConfig
from engine.expressions import row_expression


def offers(features: pl.DataFrame, pd_score: pl.Series, strategy: StrategyConfig) -> pl.DataFrame:
    """Grade, rate, limit, approve and reason of every row of ``features``.

    Returns
    -------
    grade : string, by PD at the reference offer; a PD equal to ``max_pd`` belongs to the grade.
    rate : annual fraction. limit : currency, ``min(offer, caps)``, never below 0; null where the
        offer or a cap is.
    approve : boolean.
    knock_out : reason code of the first rule that holds, null for none. A customer whose PD, rate,
        limit or cap is missing is declined with the reason ``no <name>``.
    """
    bounds = np.array([grade.max_pd for grade in strategy.grades[:-1]], dtype=np.float64)
    pd_values = pd_score.to_numpy()
    place = np.searchsorted(bounds, pd_values, side="left")  # NaN sorts behind all: last grade
    rate = _offered(features, strategy, "rate", place)
    limit = _offered(features, strategy, "limit", place)
    caps = {cap: numbers(features, cap, "strategy.caps") for cap in strategy.caps}
    missing = _missing({"pd": pd_score.fill_nan(None), "rate": rate, "limit": limit, **caps})
    reason = pl.select(pl.coalesce(_knock_out(features, strategy.knock_outs), missing)).to_series()
    offered = _by_grade(strategy, "approve", place, pl.Boolean())
    return pl.DataFrame(
        {
            "grade": _by_grade(strategy, "grade", place, pl.String()),
            "rate": rate,
            "limit": _capped([limit, *caps.values()]),
            "approve": offered & reason.is_null(),
            "knock_out": reason,
        }
    )


def _by_grade(
    strategy: StrategyConfig, what: str, place: np.ndarray, dtype: pl.DataType
) -> pl.Series:
    values = pl.Series([getattr(grade, what) for grade in strategy.grades], dtype=dtype)
    return values.gather(place)


def _offered(
    features: pl.DataFrame, strategy: StrategyConfig, what: str, place: np.ndarray
) -> pl.Series:
    column = getattr(strategy, f"{what}_column")
    if column is None:
        return _by_grade(strategy, what, place, pl.Float64())
    return numbers(features, column, f"strategy.{what}_column")


def _capped(limits: Sequence[pl.Series]) -> pl.Series:
    """The least of ``limits``, not below 0; null where one of them is."""
    frame = pl.DataFrame([limit.alias(str(number)) for number, limit in enumerate(limits)])
    least = pl.min_horizontal(pl.all()).clip(lower_bound=0.0)
    known = pl.all_horizontal(pl.all().is_not_null())
    return frame.select(pl.when(known).then(least)).to_series()


def numbers(features: pl.DataFrame, column: str, place: str) -> pl.Series:
    """A float64 column; ``place`` (a dotted key of the book) names it in errors."""
    if column not in features.columns:
        hint = did_you_mean(column, features.columns)
        raise BookError(f"{place}: no column or feature '{column}'{hint}")
    if features.schema[column] != pl.Float64:
        raise BookError(f"{place}: '{column}' is {features.schema[column]}, not a number")
    return features[column]


def _missing(terms: Mapping[str, pl.Series]) -> pl.Series:
    """``no <name>`` of the first term that is null, else null."""
    reasons = [pl.when(term.is_null()).then(pl.lit(f"no {name}")) for name, term in terms.items()]
    return pl.select(pl.coalesce(reasons)).to_series()


def _knock_out(features: pl.DataFrame, rules: Sequence[KnockOutConfig]) -> pl.Series:
    reason: pl.Expr = pl.lit(None, dtype=pl.String)
    for rule in reversed(rules):
        holds = row_expression(rule.when, f"strategy.knock_outs '{rule.reason}'")
        reason = pl.when(holds.fill_null(False)).then(pl.lit(rule.reason)).otherwise(reason)
    nothing = pl.repeat(None, features.height, dtype=pl.String, eager=True)
    try:
        return features.select(pl.coalesce(reason, nothing).alias("knock_out")).to_series()
    except pl.exceptions.PolarsError as exc:
        raise BookError(f"strategy.knock_outs: {str(exc).splitlines()[0]}") from exc

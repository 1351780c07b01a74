"""Today's offer to every customer: knocked out or not, grade, rate, limit after caps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.date_differences import with_days
from engine.errors import BookError, did_you_mean
from engine.evaluate.config import GradeConfig, KnockOutConfig, StrategyConfig
from engine.evaluate.strategy_file import GradeBound, StrategyFile
from engine.expressions import row_expression

NO_OFFER = "no offer"
"""The reason where the strategy says nothing of a customer's segment."""
NOT_IN_FORCE = "strategy not in force"
OFFER_REASONS = (NO_OFFER, NOT_IN_FORCE, "no rate", "no limit")
"""Reasons that speak of the offer and not of the customer: another strategy may have one."""


def offers(
    features: pl.DataFrame,
    segments: pl.Series,
    known: Mapping[str, pl.Series],
    strategy: StrategyConfig,
    file: StrategyFile | None,
    as_of: pl.Series | None = None,
) -> pl.DataFrame:
    """Grade, rate, limit, approve and reason of every row of ``features``.

    Parameters
    ----------
    known : what must be known of a customer, ``pd`` among it; null where it is not.
    file : the strategy that replaces the offers of ``strategy``.
    as_of : dates at which the file must be in force, where customers have their own.

    Returns
    -------
    grade : string, by PD at the reference offer; a PD equal to ``max_pd`` belongs to the grade.
    credit_grade : int64, the place among the grades of ``strategy``.
    rate : annual fraction. limit : currency, ``min(offer, caps)``, never below 0; null where the
        offer or a cap is.
    limit_cap : the least cap, not below 0; null where one is missing or there is none.
    approve : boolean.
    knock_out : reason code of the first rule that holds, null for none. A customer of whom the
        PD, rate, limit, a cap or something else of ``known`` is missing is declined with the
        reason ``no <name>``.
    """
    pd_score = known["pd"]
    caps = {cap: numbers(features, cap, "strategy.caps") for cap in strategy.caps}
    own = grade_of(pd_score, strategy.grades)
    if file is None:
        terms = _by_grade(features, strategy, own)
    else:
        terms = _by_file(file, segments, grade_of(pd_score, file.grades))
    needed = {**known, "rate": terms["rate"], "limit": terms["limit"], **caps}
    if file is not None:  # a declined cell has no rate, which is no lack
        needed = {**known, **caps}
    reasons = [_knock_out(features, strategy.knock_outs), _missing(needed), terms["reason"]]
    if file is not None and as_of is not None:
        reasons.append(_not_in_force(file, as_of))
    reason = pl.select(pl.coalesce(reasons)).to_series()
    cap = _least(caps.values(), features.height)
    limit = _least([terms["limit"], *caps.values()], features.height)
    return pl.DataFrame(
        {
            "grade": terms["grade"],
            "credit_grade": pl.Series(own),
            "rate": terms["rate"],
            "limit": limit,
            "limit_cap": cap,
            "approve": terms["approve"] & reason.is_null(),
            "knock_out": reason,
        }
    )


def grade_of(
    pd_score: pl.Series, grades: Sequence[GradeConfig] | Sequence[GradeBound]
) -> NDArray[np.int64]:
    """The place of each PD among the grades; an unknown PD is of the last."""
    bounds = np.array([grade.max_pd for grade in grades[:-1]], dtype=np.float64)
    values = pd_score.to_numpy()  # null is NaN, which sorts behind all
    return np.searchsorted(bounds, values, side="left").astype(np.int64)


def _by_grade(
    features: pl.DataFrame, strategy: StrategyConfig, place: NDArray[np.int64]
) -> pl.DataFrame:
    """Offers by grade, or by column."""

    def of(what: str, dtype: pl.DataType) -> pl.Series:
        values = pl.Series([getattr(grade, what) for grade in strategy.grades], dtype=dtype)
        return values.gather(place)

    def offered(what: str) -> pl.Series:
        column = getattr(strategy, f"{what}_column")
        if column is None:
            return of(what, pl.Float64())
        return numbers(features, column, f"strategy.{what}_column")

    return pl.DataFrame(
        {
            "grade": of("grade", pl.String()),
            "rate": offered("rate"),
            "limit": offered("limit"),
            "approve": of("approve", pl.Boolean()),
            "reason": pl.repeat(None, features.height, dtype=pl.String, eager=True),
        }
    )


def _by_file(file: StrategyFile, segments: pl.Series, place: NDArray[np.int64]) -> pl.DataFrame:
    """Offers by segment and grade. A declined cell has neither rate nor limit, and no reason."""
    names = [grade.grade for grade in file.grades]
    table = pl.DataFrame(
        {
            "segment": [offer.segment for offer in file.offers],
            "grade": [offer.grade for offer in file.offers],
            "rate": pl.Series([offer.rate for offer in file.offers], dtype=pl.Float64),
            "limit": pl.Series([offer.limit for offer in file.offers], dtype=pl.Float64),
            "approve": [offer.approve for offer in file.offers],
        }
    )
    rows = pl.DataFrame({"segment": segments, "grade": pl.Series(names).gather(place)})
    found = rows.join(table, on=["segment", "grade"], how="left", maintain_order="left")
    unknown = pl.col("approve").is_null()
    return found.with_columns(
        pl.when(unknown).then(pl.lit(NO_OFFER)).alias("reason"),
        pl.col("approve").fill_null(False),
    )


def _not_in_force(file: StrategyFile, as_of: pl.Series) -> pl.Series:
    day = as_of.cast(pl.Date)
    outside = (day < (file.effective_from or date.min)) | (day > (file.effective_until or date.max))
    return pl.select(pl.when(outside).then(pl.lit(NOT_IN_FORCE))).to_series()


def _least(limits: Iterable[pl.Series], height: int) -> pl.Series:
    """The least of ``limits``, not below 0; null where one of them is, or where there is none."""
    columns = list(limits)
    if not columns:
        return pl.repeat(None, height, dtype=pl.Float64, eager=True)
    frame = pl.DataFrame([limit.alias(str(number)) for number, limit in enumerate(columns)])
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
    nothing = pl.repeat(None, features.height, dtype=pl.String, eager=True)
    try:
        for rule in reversed(rules):
            when = row_expression(rule.when, f"strategy.knock_outs '{rule.reason}'")
            holds = with_days(when, features.schema).fill_null(False)
            reason = pl.when(holds).then(pl.lit(rule.reason)).otherwise(reason)
        return features.select(pl.coalesce(reason, nothing).alias("knock_out")).to_series()
    except pl.exceptions.PolarsError as exc:
        raise BookError(f"strategy.knock_outs: {str(exc).splitlines()[0]}") from exc

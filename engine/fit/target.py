"""Which customers turned out bad.

Every customer is counted exactly once, by the first of these that applies:

1. *excluded*: an exclude rule holds; of several rules the first (null does not hold). Where fee
   income says who is good, also who is excluded from that;
2. *immature*: as-of date + ``window_days`` > ``observed_until``. Also where a bad is known already:
   early bads would come without the goods of their day and raise the bad rate;
3. *missing*: the ready column is null, or no days past due are known within the window;
4. *bad*: target 1; 5. *indeterminate*; 6. *good*: target 0.

So customers = good + bad + indeterminate + immature + missing + the sum over ``excluded``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, cast

import polars as pl

from engine.errors import BookError, DataError, did_you_mean
from engine.exclusion import first_reason
from engine.fit.target_config import TargetConfig

FEE_INCOME, FEE_EXCLUDED = "fee_income", "fee_excluded"
"""Columns of customers by which ``good_fee_income`` labels: null income where excluded, why."""
_AS_OF, _DAY, _WORST, _CLASS = "__as_of", "__day", "__worst", "__class"
_EXCLUDED = "excluded:"


class TargetCounts(TypedDict):
    """Customers by class; they add up to ``customers``."""

    customers: int
    good: int
    bad: int
    indeterminate: int
    immature: int
    missing: int
    excluded: dict[str, int]


@dataclass(frozen=True, slots=True)
class Target:
    """``frame``: ``key`` and ``target`` (int8: 0 good, 1 bad) of usable customers, by key."""

    key: str
    frame: pl.DataFrame
    counts: TargetCounts


def build_target(
    config: TargetConfig,
    customers: pl.DataFrame,
    performance: pl.DataFrame | None,
    *,
    key: str,
    as_of: str | pl.Expr = _AS_OF,
) -> Target:
    """Labels each customer as the module docstring says.

    Parameters
    ----------
    customers:
        One row per customer, with ``key``, the as-of date (but for a ready column) and what the
        exclude rules read; with the ready column, or ``FEE_INCOME`` and ``FEE_EXCLUDED``.
    performance:
        Rows of the table ``config.table``: ``key``, the date and the days past due. Only rows with
        as-of < date <= as-of + ``window_days`` count; a null date or null days count as no row, and
        rows of other customers are ignored. None with the other forms.
    as_of:
        The column of ``customers`` with the as-of date, or an expression over it
        (``pl.lit(date)`` for one date).

    Raises
    ------
    BookError
        A column is not there, or an exclude rule is not a condition.
    DataError
        A key occurs twice or is null, an as-of date is null, or a ready column holds something
        other than 0, 1 and null.
    """
    _check_key(customers, key)
    excluded = first_reason(config.exclude, customers, "target.exclude")
    if config.column is not None:
        outcome = _by_column(config.column, customers)
    elif config.good_fee_income is not None:
        outcome = _by_fee_income(config, config.good_fee_income, customers, as_of)
        excluded = pl.select(pl.coalesce(excluded, customers[FEE_EXCLUDED])).to_series()
    else:
        outcome = _by_table(config, customers, performance, key, as_of)
    first = pl.coalesce(_EXCLUDED + pl.lit(excluded), pl.lit(outcome))
    labelled = customers.select(pl.col(key), first.alias(_CLASS)).sort(key)
    usable = labelled.filter(pl.col(_CLASS).is_in(["good", "bad"]))
    frame = usable.select(key, target=(pl.col(_CLASS) == "bad").cast(pl.Int8))
    return Target(key, frame, _counts(config, labelled))


def _check_key(customers: pl.DataFrame, key: str) -> None:
    _require(customers, key, "key", "the customers table")
    if nulls := customers[key].null_count():
        raise DataError("the customers table has customers without a key", column=key, count=nulls)
    if twice := len(customers) - customers[key].n_unique():
        raise DataError("the customers table has customers twice", column=key, count=twice)


def _by_column(column: str, customers: pl.DataFrame) -> pl.Series:
    """The class by a ready column; null is missing."""
    _require(customers, column, "target.column", "the customers table")
    dtype = customers[column].dtype
    if not (dtype.is_numeric() or dtype in (pl.Boolean, pl.Null)):
        raise DataError(f"the target must be 0, 1 or null, not {dtype}", column=column)
    values = customers[column].cast(pl.Float64).fill_nan(None)
    if wrong := int((~values.is_in([0.0, 1.0])).sum()):
        problem = "the target holds values other than 0, 1 and null"
        raise DataError(problem, column=column, count=wrong)
    classes = pl.when(values == 1.0).then(pl.lit("bad")).when(values == 0.0).then(pl.lit("good"))
    return customers.select(classes.otherwise(pl.lit("missing"))).to_series()


def _by_table(
    config: TargetConfig,
    customers: pl.DataFrame,
    performance: pl.DataFrame | None,
    key: str,
    as_of: str | pl.Expr,
) -> pl.Series:
    """The class by the worst days past due within the window, in the order of ``customers``."""
    dates = customers.select(pl.col(key), _dates(as_of, customers))
    worst = pl.col(_WORST)
    classes = (
        pl.when(_immature(config))
        .then(pl.lit("immature"))
        .when(worst.is_null())
        .then(pl.lit("missing"))
        .when(worst > config.bad_over)
        .then(pl.lit("bad"))
        .when(worst > config.indeterminate_over)
        .then(pl.lit("indeterminate"))
        .otherwise(pl.lit("good"))
    )
    known = _worst(config, dates, performance, key)
    return dates.join(known, on=key, how="left", maintain_order="left").select(classes).to_series()


def _by_fee_income(
    config: TargetConfig, least: float, customers: pl.DataFrame, as_of: str | pl.Expr
) -> pl.Series:
    """The class by the fee income of the window, in the order of ``customers``."""
    _require(customers, FEE_INCOME, "target.good_fee_income", "the customers table")
    income = pl.col(FEE_INCOME)
    classes = (
        pl.when(pl.lit(False) if config.same_window else _immature(config))
        .then(pl.lit("immature"))
        .when(income >= least)
        .then(pl.lit("good"))
        .when(income < least)
        .then(pl.lit("bad"))
        .otherwise(pl.lit("missing"))
    )
    dated = customers.select(income, _dates(as_of, customers))
    return dated.select(classes).to_series()


def _dates(as_of: str | pl.Expr, customers: pl.DataFrame) -> pl.Series:
    """The as-of date of every customer."""
    dates = customers.with_columns(_day(as_of, customers, "as_of").alias(_AS_OF))[_AS_OF]
    if nulls := dates.null_count():
        raise DataError("customers have no as-of date", column=str(as_of), count=nulls)
    return dates


def _immature(config: TargetConfig) -> pl.Expr:
    """Whether the window ends after what has been observed."""
    return pl.col(_AS_OF) + pl.duration(days=config.window_days) > pl.lit(config.observed_until)


def _worst(
    config: TargetConfig, dates: pl.DataFrame, performance: pl.DataFrame | None, key: str
) -> pl.DataFrame:
    """(key, worst days past due) of customers with a known value within the window."""
    place = f"the table '{config.table}'"
    if performance is None:
        raise BookError(f"target.table: {place} was not read")
    _require(performance, str(config.days_past_due), "target.days_past_due", place)
    _require(performance, key, "key", place)
    day = _day(str(config.date), performance, "target.date")
    days = pl.col(str(config.days_past_due)).cast(pl.Float64).fill_nan(None)
    end = pl.col(_AS_OF) + pl.duration(days=config.window_days)
    return (
        performance.lazy()
        .select(pl.col(key), day.alias(_DAY), days.alias(_WORST))
        .join(dates.lazy(), on=key, how="inner")
        .filter(pl.col(_DAY) > pl.col(_AS_OF), pl.col(_DAY) <= end)
        .group_by(key)
        .agg(pl.col(_WORST).max())
        .collect(engine="in-memory")
    )


def _day(source: str | pl.Expr, frame: pl.DataFrame, setting: str) -> pl.Expr:
    """``source`` as a date; a datetime counts as its day."""
    if isinstance(source, str):
        _require(frame, source, setting, "the table")
        source = pl.col(source)
    return source.cast(pl.Date)


def _counts(config: TargetConfig, labelled: pl.DataFrame) -> TargetCounts:
    found = dict(labelled.group_by(_CLASS).len().iter_rows())
    excluded = {rule.reason: 0 for rule in config.exclude}
    for name in sorted(found):
        if name.startswith(_EXCLUDED):
            excluded[name.removeprefix(_EXCLUDED)] = found[name]
    return {
        "customers": len(labelled),
        "good": found.get("good", 0),
        "bad": found.get("bad", 0),
        "indeterminate": found.get("indeterminate", 0),
        "immature": found.get("immature", 0),
        "missing": found.get("missing", 0),
        "excluded": excluded,
    }


def _require(frame: pl.DataFrame, column: str, setting: str, where: str) -> None:
    if column not in frame.columns:
        hint = did_you_mean(column, frame.columns)
        raise BookError(f"{setting}: {where} has no column '{column}'{hint}")


def merge_targets(parts: Sequence[Target]) -> Target:
    """One target of the targets of disjoint sets of customers, such as chunks; by key."""
    counts = [cast(dict[str, Any], part.counts) for part in parts]
    total = {name: sum(count[name] for count in counts) for name in counts[0] if name != "excluded"}
    reasons = dict.fromkeys(reason for count in counts for reason in count["excluded"])
    excluded = {r: sum(count["excluded"].get(r, 0) for count in counts) for r in reasons}
    key = parts[0].key
    frame = pl.concat([part.frame for part in parts]).sort(key)
    return Target(key, frame, cast(TargetCounts, total | {"excluded": excluded}))

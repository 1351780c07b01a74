"""The customers of a published run one by one, under whatever strategy: its offers, their money.

A strategy is a ``StrategyFile``, or None for the offers that the run itself has made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.errors import BookError
from engine.evaluate import Pricing
from engine.evaluate.offers import OFFER_REASONS, grade_of
from engine.evaluate.strategy_file import StrategyFile
from engine.strategy.menu.columns import part_schema, read_part
from engine.strategy.valuation import MONEY
from kernels.profit import Rows, offer_economics

Strategy = StrategyFile | None


class Offered(NamedTuple):
    """Per customer, ``(n,)``: bool, and float64 rate and limit (after caps), 0 where declined."""

    approve: NDArray[np.bool_]
    rate: NDArray[np.float64]
    limit: NDArray[np.float64]


@dataclass(frozen=True)
class Customers:
    """A part of a run. ``pd``: null where unknown. ``cap``: infinite where the book has none.

    ``eligible``: whom a strategy may approve. ``base``: see ``kernels.demand``. ``group``: "all"
    where nothing was asked for. ``today``: the run's own offers.
    """

    segment: pl.Series
    group: pl.Series
    pd: pl.Series
    cap: NDArray[np.float64]
    base: NDArray[np.float64]
    eligible: NDArray[np.bool_]
    today: Offered


def offered(customers: Customers, strategy: Strategy) -> Offered:
    """What a strategy offers; an unknown segment is declined, as in a run."""
    if strategy is None:
        return customers.today
    segments, grades = strategy.segments, [grade.grade for grade in strategy.grades]
    approve = np.zeros((len(segments) + 1, len(grades)), np.bool_)
    rate, limit = np.zeros(approve.shape), np.zeros(approve.shape)
    for offer in strategy.offers:
        cell = segments.index(offer.segment), grades.index(offer.grade)
        approve[cell], rate[cell], limit[cell] = offer.approve, offer.rate or 0, offer.limit or 0
    row = customers.segment.replace_strict(
        segments, range(len(segments)), default=len(segments), return_dtype=pl.Int64
    ).to_numpy()
    at = row, grade_of(customers.pd, strategy.grades)
    approved = approve[at] & customers.eligible
    return Offered(
        approved,
        np.where(approved, rate[at], 0.0),
        np.where(approved, np.fmin(limit[at], customers.cap), 0.0),  # a cap of NaN caps nothing
    )


def read_customers(part: Path, pricing: Pricing, *, grouped: bool) -> Customers:
    """One part of a run; ``grouped``: with its column ``group``.

    Raises
    ------
    BookError
        The run lacks a column.
    DataError
        The part cannot be read.
    """
    propensity = pricing.take_up.config.propensity
    needed = ["pd"] + ["limit_cap"] * bool(pricing.strategy.caps)
    needed += [propensity] if propensity is not None else []
    others = ["segment", "approve", "rate", "limit", "knock_out"] + ["group"] * grouped
    frame = _columns(part, [*needed, *others])
    reason = frame["knock_out"]
    eligible = (reason.is_null() | reason.is_in(list(OFFER_REASONS)).fill_null(False)).to_numpy()
    for name in needed:
        eligible = eligible & frame[name].is_not_null().to_numpy()
    cap = frame["limit_cap"].fill_null(0.0).to_numpy() if "limit_cap" in frame else None
    score = frame[propensity].fill_null(0.5).to_numpy() if propensity else None
    approve = frame["approve"].to_numpy()
    rate, limit = (frame[name].fill_null(0.0).to_numpy() for name in ("rate", "limit"))
    everyone = pl.repeat("all", frame.height, dtype=pl.String, eager=True)
    return Customers(
        segment=frame["segment"],
        group=frame["group"] if grouped else everyone,
        pd=frame["pd"],
        cap=np.full(frame.height, np.inf) if cap is None else cap,
        base=pricing.take_up.base(score, frame.height),
        eligible=eligible,
        today=Offered(approve, np.where(approve, rate, 0.0), np.where(approve, limit, 0.0)),
    )


def _columns(part: Path, wanted: Sequence[str]) -> pl.DataFrame:
    there = part_schema(part)
    missing = [name for name in wanted if name not in there]
    if missing:
        raise BookError(
            f"{part.parent}: the run has no column '{missing[0]}'; the book has changed since, "
            "run it again"
        )
    return read_part(part, wanted)


def money_of(
    customers: Customers, offer: Offered, pricing: Pricing
) -> dict[str, NDArray[np.float64]]:
    """``MONEY`` of each customer, the numbers that a run would publish."""
    segments = customers.segment.unique().sort().to_list()
    grades = [grade.grade for grade in pricing.strategy.grades]
    demand, tables = pricing.take_up.demand(segments, grades)
    row = customers.segment.replace_strict(
        segments, range(len(segments)), return_dtype=pl.Int64
    ).to_numpy()
    found = offer_economics(
        Rows(
            pd=customers.pd.fill_null(0.0).to_numpy(),
            rate=offer.rate,
            limit=offer.limit,
            base=customers.base,
            approve=offer.approve,
            segment=row,
            table=tables[row, grade_of(customers.pd, pricing.strategy.grades)],
        ),
        demand,
        pricing.economics.constants,
    )
    count = np.where(offer.approve, found.take_up, 0.0)
    return {name: count if name == "count" else getattr(found, name) for name in MONEY}

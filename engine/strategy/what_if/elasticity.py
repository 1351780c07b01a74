"""Take-up with another sensitivity to the offer, and the same level at today's offers.

    logistic    rate' = e rate       intercept' = intercept + (1 - e) rate m,   m the mean rate
    market      slope' = e slope     intercept' = intercept + (1 - e) slope m,  m the mean of ln win

by segment. The mean is over the segment's cells, each at today's average offer and weighing its
customers. Cells without an offer today do not count; where no cell of a segment has one, all cells
count at today's average of the book, or in the middle of the menu if that has none either.

Around a mean and not around each cell's own offer: the parameters are by segment, and a logit per
cell would make take-up differ between grades by where today's prices happen to be.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.evaluate import Pricing
from engine.evaluate.take_up import SegmentTakeUp, TakeUp
from engine.market_file import win
from engine.strategy.menu.table import MenuTable
from kernels.demand import LOGISTIC, WIN_FLOOR

Floats = NDArray[np.float64]


def stretched(pricing: Pricing, table: MenuTable, elasticity: float) -> TakeUp:
    """The take-up of ``pricing``, ``elasticity`` times as sensitive.

    Of the form logistic or market. ``table``: the book's own, with today's offers.
    """
    take_up, segments = pricing.take_up, table.rows.segments
    grades = [grade.grade for grade in pricing.strategy.grades]
    demand, tables = take_up.demand(segments, grades)
    means = _means(_pull(take_up, tables, table), table)
    slope = demand.rate if demand.form == LOGISTIC else demand.slope
    intercept = demand.intercept + (1.0 - elasticity) * slope * means
    what = "rate" if demand.form == LOGISTIC else "slope"
    own = dict(take_up.config.segments)
    for name, level, pull in zip(segments, intercept.tolist(), slope.tolist(), strict=True):
        changes = {"intercept": level, what: pull * elasticity}
        own[name] = own.get(name, SegmentTakeUp()).model_copy(update=changes)
    return replace(
        take_up,
        config=take_up.config.model_copy(update={"segments": own}),
        slopes={name: pull * elasticity for name, pull in take_up.slopes.items()},
    )


def _pull(take_up: TakeUp, tables: NDArray[np.int64], table: MenuTable) -> Floats:
    """What the slope multiplies, at today's offer of each cell, ``(segments, grades)``."""
    rate, limit = today_or_middle(table)
    if take_up.market is None:
        return rate
    of_grade = np.array([grade.credit_grade for grade in table.rows.grades])
    market = take_up.market.shifted(take_up.config.rivals_move)
    won = win(market, tables[:, of_grade], rate, limit)
    found: Floats = np.log(np.maximum(won, WIN_FLOOR))
    return found


def _means(values: Floats, table: MenuTable) -> Floats:
    """Of each segment's cells, weighed as ``weights`` says."""
    weight = weights(table)
    found: Floats = (values * weight).sum(axis=1) / weight.sum(axis=1)
    return found


def weights(table: MenuTable) -> Floats:
    """Customers of the cells with an offer today; of segments without any, of all cells alike."""
    weight = np.where(np.isnan(table.today_rate), 0.0, table.counts.astype(np.float64))
    none = weight.sum(axis=1) == 0.0
    weight[none] = 1.0
    return weight


def today_or_middle(table: MenuTable) -> tuple[Floats, Floats]:
    """Rate and limit of each cell: today's average, or the book's, or the middle of the menu."""
    return (
        _filled(table.today_rate, table.counts, float(np.mean(table.rates))),
        _filled(table.today_limit, table.counts, float(np.exp(np.log(table.limits).mean()))),
    )


def today_average(table: MenuTable) -> tuple[float, float]:
    """Rate and limit of the book's customers today, by cell averages."""
    known = ~np.isnan(table.today_rate)
    rate, limit = today_or_middle(table)
    weight = np.where(known, table.counts, 0) if known.any() else np.ones(known.shape)
    return float(np.average(rate, weights=weight)), float(np.average(limit, weights=weight))


def _filled(values: Floats, counts: NDArray[np.int64], middle: float) -> Floats:
    known = ~np.isnan(values)
    average = float(np.average(values[known], weights=counts[known])) if known.any() else middle
    return np.where(known, values, average)

"""The customers that draws are made of: all of a small book, some of each cell of a large one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from engine.market_file import win
from engine.strategy.menu.table import menu_inputs
from engine.strategy.optimise import Prepared
from engine.strategy.what_if.elasticity import today_or_middle
from kernels.demand import LOGISTIC, PROPENSITY, WIN_FLOOR, Demand
from kernels.menu import Customers, Inputs

Floats = NDArray[np.float64]
LEAST = 20
"""Customers of a cell that are looked at, or all it has."""


class Sample(NamedTuple):
    """``inputs``: as for the menu, of the sampled customers. ``weight`` ``(cells,)``: how many
    each stands for. ``pull`` ``(S,)``: what the slope multiplies, on average at today's offers,
    each weighing ``p (1 - p)``; ``spread`` ``(S,)``: the average of that weight."""

    inputs: Inputs
    weight: Floats
    pull: Floats
    spread: Floats


def draw_sample(prepared: Prepared, most: int) -> Sample:
    """About ``most`` customers, each cell's evenly by PD; nothing is random."""
    table = prepared.table
    whole = menu_inputs(prepared.columns, table.rows, prepared.pricing, table.rates, table.limits)
    counts = np.diff(table.rows.first)
    sizes = counts.copy()
    if counts.sum() > most:
        share = np.ceil(most * counts / counts.sum()).astype(np.int64)
        sizes = np.minimum(counts, np.maximum(share, LEAST))
    picked = [
        _evenly(whole.customers.pd, lo, count, size)
        for lo, count, size in zip(table.rows.first[:-1], counts, sizes, strict=True)
    ]
    pick = np.concatenate(picked)
    first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    inputs = whole._replace(
        customers=Customers(*(column[pick] for column in whole.customers)),
        cells=whole.cells._replace(first=first),
    )
    pull, spread = _around_today(prepared, inputs, pick)
    return Sample(inputs, counts / np.maximum(sizes, 1), pull, spread)


def _evenly(pd: Floats, lo: int, count: int, size: int) -> NDArray[np.int64]:
    """``size`` of the ``count`` rows from ``lo`` on."""
    rows = np.arange(lo, lo + count, dtype=np.int64)
    if size == count:
        return rows
    by_pd = rows[np.argsort(pd[rows], kind="stable")]
    return by_pd[((np.arange(size) + 0.5) * count / size).astype(np.int64)]


def _around_today(
    prepared: Prepared, inputs: Inputs, pick: NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """See ``Sample``; a customer without an offer today counts at its cell's average one."""
    table, columns, demand = prepared.table, prepared.columns, inputs.demand
    cell = np.repeat(np.arange(inputs.cells.segment.size), np.diff(inputs.cells.first))
    segment, own = inputs.cells.segment[cell], table.rows.order[pick]
    usual = [values.ravel()[cell] for values in today_or_middle(table)]
    rate = np.where(np.isnan(columns.rate[own]), usual[0], columns.rate[own])
    known = columns.limit[own] > 0.0
    limit = np.where(known, columns.limit[own], usual[1])
    pulled, take_up = _take_up(prepared, inputs, segment, inputs.cells.table[cell], rate, limit)
    weight = take_up * (1.0 - take_up)
    segments = demand.intercept.size
    rows = np.maximum(np.bincount(segment, minlength=segments), 1)
    total = np.bincount(segment, weight, segments)
    with np.errstate(invalid="ignore"):
        pull = np.bincount(segment, weight * pulled, segments) / total
    return np.nan_to_num(pull), total / rows


def _take_up(
    prepared: Prepared,
    inputs: Inputs,
    segment: NDArray[np.int64],
    place: NDArray[np.int64],
    rate: Floats,
    limit: Floats,
) -> tuple[Floats, Floats]:
    """What the slope multiplies, in all, and take-up, per row."""
    demand, base = inputs.demand, inputs.customers.base
    if demand.form == LOGISTIC:
        pulled = _logistic_pull(demand, segment, rate, limit)
        return pulled, expit(base + demand.intercept[segment] + pulled)
    take_up = prepared.pricing.take_up
    assert take_up.market is not None  # the other forms have one
    won = win(take_up.market.shifted(take_up.config.rivals_move), place, rate, limit)
    if demand.form == PROPENSITY:
        return np.zeros(won.size), base * won
    pulled = demand.slope[segment] * np.log(np.maximum(won, WIN_FLOOR))
    return pulled, expit(base + demand.intercept[segment] + pulled)


def _logistic_pull(
    demand: Demand, segment: NDArray[np.int64], rate: Floats, limit: Floats
) -> Floats:
    size = np.log(limit) - demand.log_reference[segment]
    return np.asarray(demand.rate[segment] * rate + demand.log_limit[segment] * size)

"""Draws: the customers and the money of a book as they may also be, given how wrong models are.

    logit pd'        = logit pd + a + c (logit pd - m)         a, c: see ``belief_doubt``
    slope'_s         = slope_s (1 + d_s), at least 0
    intercept'_s     = intercept_s + e_s - d_s slope_s m_s     m_s: what the slope multiplies today
    lgd'             = lgd + e, within 0 and 1
    alpha'           = alpha + e, at least 0
    rivals' rates    = rates + e

``s`` is the segment; in the form PROPENSITY there is no slope, and ``logit q' = logit q + e_s``. A
slope turns about today's offers, where past offers have fixed the level of take-up: errors of slope
and level are then independent. Cells hold the same customers in every draw.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from engine.evaluate import EconomicsConfig
from engine.strategy.belief.doubt import Doubt, PdErrors
from engine.strategy.belief.sample import Sample, draw_sample
from engine.strategy.menu.table import MenuTable
from engine.strategy.optimise import Prepared
from kernels.demand import LOGISTIC, PROPENSITY, Demand
from kernels.menu import MEASURES, Inputs, Menu, hazards, menu_sums

Floats = NDArray[np.float64]
Choice = NDArray[np.int64]
LEAST_PD = 1e-6
"""Beyond it, and beyond one less it, an error of the slope grows no further."""


@dataclass(frozen=True)
class Draws:
    """``repetitions`` draws, each known by its number; ``seed`` makes them.

    Where a sample stands for the book, a sum under a draw is the book's own plus, scaled up, by
    how much the draw changes the sample's.
    """

    prepared: Prepared
    doubt: Doubt
    sample: Sample
    repetitions: int
    seed: int

    def __iter__(self) -> Iterator[Inputs]:
        """The sampled customers under each draw."""
        return (self._inputs(number) for number in range(self.repetitions))

    def table(self, inputs: Inputs, threads: int) -> MenuTable:
        """The menu's table under a draw."""
        return self._changed(inputs, lambda these: _all_sums(these, threads))

    def at_choice(self, inputs: Inputs, choice: Choice) -> MenuTable:
        """The same; right at the chosen entries only, and quick."""
        return self._changed(inputs, lambda these: _chosen_sums(these, choice.ravel()))

    def _changed(self, inputs: Inputs, sums: Callable[[Inputs], Floats]) -> MenuTable:
        table, weight = self.prepared.table, self.sample.weight[:, None, None]
        moved = (sums(inputs) - sums(self.sample.inputs)) * weight
        return replace(table, sums=table.sums + moved.reshape(table.sums.shape))

    def _inputs(self, number: int) -> Inputs:
        rng = np.random.default_rng([self.seed, number])
        base, doubt = self.sample.inputs, self.doubt
        pd = drawn_pd(rng, base.customers.pd, doubt.pd)
        economics = _economics(rng, self.prepared.pricing.economics, doubt).constants
        demand, level = _demand(rng, base.demand, doubt, self.sample)
        customers = base.customers._replace(pd=pd, hazard=hazards(pd, economics))
        if demand.form == PROPENSITY:
            shift = np.repeat(level[base.cells.segment], np.diff(base.cells.first))
            customers = customers._replace(base=_shifted(customers.base, shift))
        return base._replace(customers=customers, demand=demand, economics=economics)


def make_draws(prepared: Prepared, doubt: Doubt, *, repetitions: int, seed: int) -> Draws:
    """``repetitions`` draws about the models of ``prepared``."""
    sample = draw_sample(prepared, prepared.config.belief.customers)
    return Draws(prepared, doubt, sample, repetitions, seed)


def drawn_pd(rng: np.random.Generator, pd: Floats, errors: PdErrors) -> Floats:
    """PDs (n,) as they may also be; 0 and 1 stay."""
    level, slope = errors.level * rng.standard_normal(), errors.slope * rng.standard_normal()
    known = np.clip(pd, LEAST_PD, 1.0 - LEAST_PD)
    return _shifted(pd, level + slope * (logit(known) - errors.centre))


def _shifted(p: Floats, shift: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.asarray(expit(logit(p) + shift))


def _economics(
    rng: np.random.Generator, economics: EconomicsConfig, doubt: Doubt
) -> EconomicsConfig:
    own = economics.adverse_selection
    lgd = economics.lgd + doubt.lgd * rng.standard_normal()
    alpha = own.rate + doubt.adverse * rng.standard_normal()
    changes = {
        "lgd": float(np.clip(lgd, 0.0, 1.0)),
        "adverse_selection": own.model_copy(update={"rate": max(alpha, 0.0)}),
    }
    return economics.model_copy(update=changes)


def _demand(
    rng: np.random.Generator, demand: Demand, doubt: Doubt, sample: Sample
) -> tuple[Demand, Floats]:
    """The demand, and by how much each segment's level moves."""
    segments = demand.intercept.size
    factor = np.maximum(1.0 + doubt.slope * rng.standard_normal(segments), 0.0)
    level = level_errors(doubt, sample.spread) * rng.standard_normal(segments)
    surface = demand.surface
    if demand.form != LOGISTIC:
        move = doubt.rivals * rng.standard_normal()
        surface = surface._replace(rate_lo=surface.rate_lo + move)
    return demand._replace(
        intercept=demand.intercept + level + (1.0 - factor) * sample.pull,
        rate=demand.rate * factor,
        log_limit=demand.log_limit * factor,
        slope=demand.slope * factor,
        surface=surface,
    ), level


def level_errors(doubt: Doubt, spread: Floats) -> Floats:
    """Standard deviation of logit take-up by segment: of n past offers, ``1 / sqrt(n spread)``."""
    if doubt.offers is None:
        return np.full(spread.size, doubt.intercept)
    information = np.maximum(doubt.offers * spread, 1.0)
    return np.asarray(1.0 / np.sqrt(information))


def _all_sums(inputs: Inputs, threads: int) -> Floats:
    cells, rates = inputs.cells.segment.size, inputs.menu.rates.size
    out = np.zeros((len(MEASURES), cells, rates, inputs.menu.limits.size))

    def work(cell: int) -> None:
        menu_sums(inputs, out, cell=cell, rates=(0, rates))

    with ThreadPoolExecutor(max(threads, 1)) as pool:
        for _ in pool.map(work, range(cells)):
            pass  # raises what a thread raised
    return out


def _chosen_sums(inputs: Inputs, choice: Choice) -> Floats:
    """As ``_all_sums`` at the entry of each cell, 0 elsewhere."""
    rates, limits = inputs.menu
    out = np.zeros((len(MEASURES), choice.size, rates.size, limits.size))
    one = np.zeros((len(MEASURES), choice.size, 1, 1))
    for cell in np.flatnonzero(choice >= 0).tolist():
        j, k = divmod(int(choice[cell]), limits.size)
        entry = inputs._replace(menu=Menu(rates[j : j + 1], limits[k : k + 1]))
        menu_sums(entry, one, cell=cell, rates=(0, 1))
        out[:, cell, j, k] = one[:, cell, 0, 0]
    return out

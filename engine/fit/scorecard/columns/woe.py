"""A feature as weights of evidence of its bins.

    rate of a bin   r_k = (E_k + s R) / (N_k + s)      R = E / N, s = ``SMOOTHING``
    weight of evidence   woe_k = ln(r_k / (1 - r_k)) - ln(R / (1 - R))

with E_k the weight of the events in bin k, N_k that of all rows, G_k = N_k - E_k. Without smoothing
this is the usual ``ln((E_k / E) / (G_k / G))``, above 0 where events are more frequent than on
average; so coefficients of a scorecard are expected above 0, near 1 for a feature by itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.fit.scorecard.columns.binning import best_ends, fine_classes
from engine.fit.scorecard.rows import Matrix, Outcome, Vector
from engine.fit.scorecard_config import BinningConfig

SMOOTHING = 1.0
"""Rows that every bin is given, at the rate of all: small bins say less, and none is infinite."""


@dataclass(frozen=True, slots=True)
class BinnedColumn:
    """``woe[k]`` for a value with k of ``edges`` below it; ``missing`` for a missing one."""

    name: str
    edges: tuple[float, ...]
    woe: tuple[float, ...]
    missing: float

    def of(self, values: pl.Series) -> Vector:
        numbers = values.cast(pl.Float64).to_numpy()
        place = np.searchsorted(self.edges, numbers, side="left")  # NaN is above all
        return np.where(np.isnan(numbers), self.missing, np.array(self.woe)[place])

    def entry(self, coefficient: float) -> dict[str, object]:
        bins = {"edges": list(self.edges), "woe": list(self.woe), "missing": self.missing}
        return {"name": self.name, "coefficient": coefficient, "bins": bins}


def fit_binned(
    name: str, values: Vector, outcome: Outcome, config: BinningConfig
) -> BinnedColumn | None:
    """The column of ``values`` (n,), NaN where missing; None where one bin is all there is.

    Missing values are a bin of their own where they hold ``config.least_share`` of the weight; else
    they say nothing: weight of evidence 0.
    """
    there = ~np.isnan(values)
    if not there.any():
        return None
    least = config.least_share * float(outcome.weight.sum())
    classes = fine_classes(values[there], outcome.event[there], outcome.weight[there])
    ends = best_ends(classes, least, config)
    bins = np.add.reduceat(np.stack([classes.events, classes.others]), ends[:-1], axis=1)
    missing = _by_class(outcome, ~there)
    if missing.sum() >= least:
        found = evidence(np.column_stack([bins, missing]))
        woe, missing_woe = found[:-1], float(found[-1])
    elif len(ends) > 2:
        woe, missing_woe = evidence(bins), 0.0
    else:
        return None
    if len(ends) == 2:
        if np.isclose(woe[0], missing_woe, atol=1e-9):
            return None
        # known or missing is all that tells; the format asks for an edge nevertheless
        ends, woe = np.append(ends, ends[-1]), np.repeat(woe, 2)
    edges = classes.upper[ends[1:-1] - 1]
    return BinnedColumn(name, tuple(edges.tolist()), tuple(woe.tolist()), missing_woe)


def _by_class(outcome: Outcome, rows: NDArray[np.bool_]) -> Vector:
    """Weight of the events and of the others among ``rows``: (2,)."""
    event, weight = outcome.event[rows], outcome.weight[rows]
    return np.array([weight @ event, weight @ (1 - event)])


def evidence(bins: Matrix) -> Vector:
    """Weights of evidence (k,) of ``bins`` (2, k): weight of the events and of the others in each.
    Formula above."""
    total = bins.sum(axis=1)
    smooth = bins + SMOOTHING * (total / total.sum())[:, None]
    log_odds = np.log(smooth[0] / smooth[1])
    return np.asarray(log_odds - np.log(total[0] / total[1]))

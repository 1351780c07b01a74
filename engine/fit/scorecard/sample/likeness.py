"""Whether some customers are like all of them: their bad share, and each feature.

Customers count one each here, whatever their weights.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.special import chdtri

from engine.fit.sample_design_config import SampleDesignConfig
from engine.fit.scorecard.rows import Vector
from engine.fit.scorecard.sample.size import normal_quantile, share_interval

_BINS = 10


class Likeness(NamedTuple):
    """Some customers against all. ``bad_share`` may be ``allowed`` off that of all.

    ``psi``, ``shift`` by feature: population stability index over the deciles of all customers, and
    the difference of means in standard deviations of all. ``unlike``: features beyond the limits.
    """

    customers: int
    bad_share: float
    expected_share: float
    allowed: float
    psi: dict[str, float]
    shift: dict[str, float]
    unlike: tuple[str, ...]

    @property
    def share_is_like(self) -> bool:
        """The share of bad customers is that of all, but for chance."""
        return abs(self.bad_share - self.expected_share) <= self.allowed


def likeness(
    everyone: pl.DataFrame,
    some: Mapping[str, pl.DataFrame],
    names: Sequence[str],
    config: SampleDesignConfig,
) -> dict[str, Likeness]:
    """How like ``everyone`` each of ``some`` of them is.

    A feature is unlike where its index or its shift is above the limit of ``config`` and above what
    chance explains with ``config.confidence`` for all comparisons together (Bonferroni).

    Parameters
    ----------
    everyone, some:
        ``names`` and ``target`` (1 bad), one row per customer, at least one; ``some`` are rows of
        ``everyone``. Null is missing, and a bin of its own.
    """
    comparisons = 2 * max(len(names), 1) * max(len(some), 1)  # index and shift
    confidence = 1.0 - (1.0 - config.confidence) / comparisons
    measured: dict[str, dict[str, _Shift]] = {part: {} for part in some}
    for name in names:  # deciles are found once for all parts
        deciles = _Deciles.of(_values(everyone, name))
        for part, rows in some.items():
            measured[part][name] = deciles.shift(_values(rows, name))
    share = _share(everyone)
    found = {}
    for part, rows in some.items():
        one_share = 1.0 - (1.0 - config.confidence) / len(some)
        allowed = share_interval(share, rows.height, one_share, population=everyone.height)
        found[part] = Likeness(
            customers=rows.height,
            bad_share=_share(rows),
            expected_share=share,
            allowed=allowed,
            psi={name: one.psi for name, one in measured[part].items()},
            shift={name: one.mean for name, one in measured[part].items()},
            unlike=tuple(
                name for name, one in measured[part].items() if one.beyond(config, confidence)
            ),
        )
    return found


class _Shift(NamedTuple):
    """``scale``: 1 / n - 1 / N, which both measures vary by; ``bins`` that hold anyone."""

    psi: float
    mean: float
    bins: int
    scale: float

    def beyond(self, config: SampleDesignConfig, confidence: float) -> bool:
        by_chance = float(chdtri(max(self.bins - 1, 1), 1.0 - confidence)) * self.scale
        mean_by_chance = normal_quantile(confidence) * math.sqrt(self.scale)
        return self.psi > max(config.most_psi, by_chance) or abs(self.mean) > max(
            config.most_shift, mean_by_chance
        )


class _Deciles(NamedTuple):
    """A feature of all customers: where its deciles are, how many lie in each, its moments."""

    edges: Vector
    counts: Vector
    mean: float
    deviation: float

    @classmethod
    def of(cls, values: Vector) -> _Deciles:
        known = values[~np.isnan(values)]
        cuts = np.arange(1, _BINS) / _BINS
        edges = np.unique(np.quantile(known, cuts, method="inverted_cdf")) if known.size else known
        mean, deviation = (float(known.mean()), float(known.std())) if known.size else (0.0, 0.0)
        return cls(edges, _counts(values, edges), mean, deviation)

    def shift(self, values: Vector) -> _Shift:
        here = _counts(values, self.edges)
        used = (self.counts > 0) | (here > 0)
        known = values[~np.isnan(values)]
        moved = float(known.mean()) - self.mean if known.size else 0.0
        mean = moved / self.deviation if self.deviation > 0.0 else 0.0
        scale = max(1.0 / here.sum() - 1.0 / self.counts.sum(), 0.0)
        return _Shift(_psi(self.counts[used], here[used]), mean, int(used.sum()), scale)


def _counts(values: Vector, edges: Vector) -> Vector:
    """Customers by bin: up to each edge, above the last, and missing."""
    missing = np.isnan(values)
    place = np.where(missing, edges.size + 1, np.searchsorted(edges, values, side="left"))
    return np.bincount(place, minlength=edges.size + 2).astype(np.float64)


def _psi(expected: Vector, found: Vector) -> float:
    """``sum (a - e) ln(a / e)`` over shares; an empty bin counts as half a customer."""
    e = np.maximum(expected, 0.5) / expected.sum()
    a = np.maximum(found, 0.5) / found.sum()
    return float(((a - e) * np.log(a / e)).sum())


def _values(frame: pl.DataFrame, name: str) -> Vector:
    """NaN where missing."""
    return frame[name].cast(pl.Float64).to_numpy()


def _share(frame: pl.DataFrame) -> float:
    return float(frame["target"].cast(pl.Float64).to_numpy().mean())

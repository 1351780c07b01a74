"""One sort of a score, and every measure that is read off it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from engine.metrics.calibration import CalibrationRow, calibration
from engine.metrics.checks import Vector, checked
from kernels.ranks import Comparison, Levels, compare, rank

SHARES = (0.01, 0.05, 0.10, 0.20)
"""Of the customers with the highest scores, by weight: where lift and capture are looked at."""

_LEAST = float(np.finfo(np.float64).eps)
"""A probability of the log loss is no nearer to 0 or 1, as in scikit-learn."""


class Roc(NamedTuple):
    """``(levels + 1,)`` each: shares of the goods and of the bads whose score is ``threshold`` or
    higher, from (0, 0) at infinity to (1, 1) at the least score."""

    good: Vector
    bad: Vector
    threshold: Vector


@dataclass(frozen=True)
class Ranking:
    """Goods and bads by score: ``levels`` ascend. Conventions: ``engine.metrics``."""

    levels: Levels

    @classmethod
    def of(
        cls,
        score: ArrayLike,
        target: ArrayLike,
        weights: ArrayLike | None = None,
        *,
        threads: int = 1,
    ) -> Ranking:
        """The only sort. ``threads`` change nothing but the time."""
        values, bad, weight, _ = checked(score, target, weights)
        return cls(rank(values, bad, weight, threads=threads))

    def auc(self) -> float:
        """Area under the ROC curve: P(score of a bad > score of a good) + P(equal) / 2.

        Without weights this is the Mann-Whitney statistic with average ranks for ties,
        ``(R - B (B + 1) / 2) / (B G)`` with R the sum of the bads' ranks, B bads and G goods
        (Mann and Whitney 1947; Hanley and McNeil 1982). With weights each pair counts the product
        of its two weights.
        """
        won, _, good, bad = self._both_classes
        return min(won / (2 * good * bad), 1.0)  # weighted sums round, in whatever direction

    def gini(self) -> float:
        """Gini coefficient (accuracy ratio) ``2 AUC - 1``: 0 ranks nothing, 1 ranks perfectly."""
        won, _, good, bad = self._both_classes
        return min((won - good * bad) / (good * bad), 1.0)

    def ks(self) -> float:
        """Kolmogorov-Smirnov distance ``max_s |F_good(s) - F_bad(s)|`` of the two distributions.

        F are the (weighted) cumulative shares with a score <= s; the maximum is over the distinct
        scores. Practice calls 0.20 discriminating and 0.30 very good.
        """
        _, distance, good, bad = self._both_classes
        return distance / (good * bad)

    def capture(self, share: float) -> float:
        """Share of the bads among the ``share`` of all weight that has the highest scores.

        Raises ValueError for a share that is not in (0, 1].
        """
        if not 0.0 < share <= 1.0:
            raise ValueError(f"a share must lie in (0, 1], not {share}")
        _, _, good, bad = self._both_classes
        return self._bad_in_top(share * (good + bad), times_good=1.0)

    def lift(self, share: float) -> float:
        """``capture(share) / share``: the bad rate up there over the bad rate of all."""
        return self.capture(share) / share

    def amex(self) -> float:
        """The metric of the American Express default prediction competition, ``(G + D) / 2``.

        A good counts 20 times, since goods were subsampled at 5 %: with N goods and P bads
        ``W = 20 N + P``. G is the Gini coefficient of the weighted rows over that of a perfect
        order, ``(2 AUC - 1 - 19 / W) / (1 - 19 / W)``; D the share of the bads among the highest
        scores that make up the weight ``floor(0.04 W)``.

        Where scores tie the published code depends on how its sort leaves them. Here G is its mean
        over all orders of the ties, and D takes the weight it still needs from a tie, goods and
        bads in proportion. Without ties, and without weights, both are what the published code
        gives. Weights count customers (N and P are their sums): they multiply the 20 and 1, and
        their scale matters.

        Raises ValueError where ``W`` is 19 or less: weights then do not count customers.
        """
        _, _, good, bad = self._both_classes
        total = 20.0 * good + bad
        if total <= 19.0:
            raise ValueError(f"weights must count customers for amex; 20 N + P is only {total:g}")
        found = self._bad_in_top(np.floor(0.04 * total), times_good=20.0)
        return 0.5 * ((2.0 * self.auc() - 1.0 - 19.0 / total) / (1.0 - 19.0 / total) + found)

    def tie_mass(self) -> float:
        """Share of all weight that lies at scores which both a good and a bad have.

        0: no measure depends on how ties are treated; 1: nothing but ties.
        """
        good, bad = self._amounts
        mixed = (good > 0.0) & (bad > 0.0)
        return min(float((good + bad)[mixed].sum() / self._weight), 1.0)

    def brier(self) -> float:
        """Brier score ``sum w (p - y)^2 / sum w`` (Brier 1950); 0 is perfect.

        The score must be a probability: a value outside [0, 1] is a ValueError. One class alone is
        allowed.
        """
        p, (good, bad) = self._probability, self._amounts
        return float((bad @ np.square(1.0 - p) + good @ np.square(p)) / self._weight)

    def log_loss(self) -> float:
        """``-sum w (y ln p + (1 - y) ln(1 - p)) / sum w``, in nats; 0 is perfect.

        p is brought into [e, 1 - e] with e = 2^-52, so that being sure and wrong costs 36, not
        infinity. Probabilities and classes as for ``brier``.
        """
        p, (good, bad) = np.clip(self._probability, _LEAST, 1.0 - _LEAST), self._amounts
        return float(-(bad @ np.log(p) + good @ np.log(1.0 - p)) / self._weight)

    def calibration_table(self, bins: int = 10, *, by_weight: bool = False) -> list[CalibrationRow]:
        """Mean score against bad rate in ``bins`` of about equally many rows, or of about equal
        weight: see ``engine.metrics.calibration_table``."""
        return calibration(self.levels, bins, by_weight=by_weight)

    def roc(self) -> Roc:
        """The ROC curve, a point for each distinct score."""
        _, _, all_good, all_bad = self._both_classes
        good, bad = (np.cumsum(amount[::-1]) for amount in self._amounts)
        return Roc(
            np.append(0.0, good / all_good),
            np.append(0.0, bad / all_bad),
            np.append(np.inf, self.levels.score[::-1]),
        )

    def rows(self) -> tuple[int, int]:
        """How many rows there are, and how many of them are bad; those of weight 0 do not count."""
        bads = int(self.levels.bads.sum())
        return int(self.levels.goods.sum()) + bads, bads

    @cached_property
    def _amounts(self) -> tuple[Vector, Vector]:
        """Weight of goods and bads at each level, as float64."""
        good, bad = (x.astype(np.float64, copy=False) for x in self.levels[3:])
        return good, bad

    @property
    def _weight(self) -> float:
        """Of all rows. Raises ValueError where it is 0, as in a replicate that drew no row."""
        total = sum(float(amount.sum()) for amount in self._amounts)
        if total <= 0.0:
            raise ValueError("no row has any weight")
        return total

    @cached_property
    def _both_classes(self) -> Comparison:
        """Raises ValueError where one class has no weight."""
        found = compare(self.levels.good, self.levels.bad)
        if found.good <= 0 or found.bad <= 0:
            only, rows = "good (0)" if found.bad <= 0 else "bad (1)", self.rows()[0]
            raise ValueError(f"target has one class only: all {rows} rows with weight are {only}")
        return found

    @property
    def _probability(self) -> Vector:
        """The levels' scores. Raises ValueError where one is no probability."""
        score, goods, bads, _, _ = self.levels
        if score[0] < 0.0 or score[-1] > 1.0:
            outside = (score < 0.0) | (score > 1.0)
            wrong = int(goods[outside].sum()) + int(bads[outside].sum())
            raise ValueError(f"score must be a probability; {wrong} rows lie outside [0, 1]")
        return score

    def _bad_in_top(self, weight: float, *, times_good: float) -> float:
        """Share of the bads among the highest scores that make up ``weight``, where a good counts
        ``times_good`` times; the level on the boundary is shared in proportion."""
        good, bad = (np.append(0.0, np.cumsum(amount[::-1])) for amount in self._amounts)
        return float(np.interp(weight, times_good * good + bad, bad) / bad[-1])

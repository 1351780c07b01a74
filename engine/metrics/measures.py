"""The measures as functions of score, target and weights: a ``Ranking`` each, asked one question.

Arguments, ties and errors: ``engine.metrics``; formulas: the methods of ``Ranking``.
"""

from __future__ import annotations

from collections.abc import Sequence

from numpy.typing import ArrayLike

from engine.metrics.calibration import CalibrationRow
from engine.metrics.ranking import SHARES, Ranking


def auc(score: ArrayLike, target: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Area under the ROC curve: P(score of a bad > score of a good) + P(equal) / 2."""
    return Ranking.of(score, target, weights).auc()


def gini(score: ArrayLike, target: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Gini coefficient (accuracy ratio) ``2 AUC - 1``: 0 ranks nothing, 1 ranks perfectly."""
    return Ranking.of(score, target, weights).gini()


def ks(score: ArrayLike, target: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Kolmogorov-Smirnov distance ``max_s |F_good(s) - F_bad(s)|`` over the distinct scores."""
    return Ranking.of(score, target, weights).ks()


def amex(score: ArrayLike, target: ArrayLike, weights: ArrayLike | None = None) -> float:
    """The metric of the American Express competition, with a rule for ties."""
    return Ranking.of(score, target, weights).amex()


def tie_mass(score: ArrayLike, target: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Share of all weight that lies at scores which both a good and a bad have."""
    return Ranking.of(score, target, weights).tie_mass()


def lift(
    score: ArrayLike,
    target: ArrayLike,
    weights: ArrayLike | None = None,
    shares: Sequence[float] = SHARES,
) -> dict[float, float]:
    """By share: the bad rate among the highest scores over the bad rate of all."""
    ranking = Ranking.of(score, target, weights)
    return {share: ranking.lift(share) for share in shares}


def capture(
    score: ArrayLike,
    target: ArrayLike,
    weights: ArrayLike | None = None,
    shares: Sequence[float] = SHARES,
) -> dict[float, float]:
    """By share: what share of the bads is among the highest scores."""
    ranking = Ranking.of(score, target, weights)
    return {share: ranking.capture(share) for share in shares}


def brier(score: ArrayLike, target: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Brier score ``sum w (p - y)^2 / sum w`` of a probability; 0 is perfect."""
    return Ranking.of(score, target, weights).brier()


def log_loss(score: ArrayLike, target: ArrayLike, weights: ArrayLike | None = None) -> float:
    """``-sum w (y ln p + (1 - y) ln(1 - p)) / sum w`` of a probability, in nats; 0 is perfect."""
    return Ranking.of(score, target, weights).log_loss()


def calibration_table(
    score: ArrayLike,
    target: ArrayLike,
    bins: int = 10,
    weights: ArrayLike | None = None,
    *,
    by_weight: bool = False,
) -> list[CalibrationRow]:
    """Mean score against bad rate in bins of about equally many rows, lowest scores first.

    A bin ends at the quantile i / bins, moved up to the end of a tie, so equal scores share a bin
    and there may be fewer bins than asked for (a reliability diagram as a table: Hosmer and
    Lemeshow's groups). Quantiles are of the rows, or of the weight if ``by_weight``; ``mean_score``
    and ``bad_rate`` are weighted. ``bins`` >= 1.
    """
    return Ranking.of(score, target, weights).calibration_table(bins, by_weight=by_weight)

"""Scorecards: which features, how they are scaled or binned, coefficients, cut-off, challengers.

``fitting`` is the way through; in its order:

    sample/       who is fitted and judged on, whether they are enough and like all
    columns/      the design matrix: scaled features, or bins and their weights of evidence
    elimination/  which features stay: discriminant analysis, or the likelihood ratio
    logistic/     coefficients, their covariance, separation, tests
    cut_off       where good and bad are told apart
    card          the file that scores, and its table of points
    judging/      all that was found: the report; what hands over to challengers and pictures
    challengers/  other methods on the same split
    plots/        pictures

``rows`` is what they hand each other, ``extras`` what need not be installed.
"""

from __future__ import annotations

from engine.fit.scorecard.fitting import FittedScorecard, fit_scorecard, require_libraries
from engine.fit.scorecard.sample import likeness, minimum_sample_size, share_interval

__all__ = [
    "FittedScorecard",
    "fit_scorecard",
    "likeness",
    "minimum_sample_size",
    "require_libraries",
    "share_interval",
]

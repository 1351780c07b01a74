"""What a logistic fit says of its coefficients and of itself.

Tests are Wald's, by the covariance of the fit, and the likelihood ratio against the model of the
intercept alone. Sources: D. W. Hosmer, S. Lemeshow, Applied Logistic Regression, 2000, chapters 1
to 3; D. McFadden, Conditional logit analysis of qualitative choice behavior, 1974; H. Akaike, A new
look at the statistical model identification, 1974; G. Schwarz, Estimating the dimension of a model,
1978.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from engine.fit.scorecard.logistic.regression import LogisticFit

INTERCEPT = "intercept"


class Estimate(NamedTuple):
    """A coefficient b of a column as it came. ``z``: b by its standard error; ``chi_square``: z
    squared; ``p_value``: of b = 0, of two sides, 0 where float64 has no number so small.
    ``odds_ratio``: exp(b), what one unit more makes of the odds of the event, and its confidence
    interval (infinite where exp is too large)."""

    name: str
    coefficient: float
    standard_error: float
    z: float
    chi_square: float
    p_value: float
    odds_ratio: float
    odds_ratio_low: float
    odds_ratio_high: float


class Inference(NamedTuple):
    """``estimates``: the intercept first. ``likelihood_ratio``: twice the log likelihood above the
    null model's, ``degrees`` of freedom and ``p_value`` (NaN for a model without columns).
    ``mcfadden_r2``: one less the quotient of log likelihoods. Rows are counted by their weights.
    With a ridge none of these has its textbook distribution: an indication, no more."""

    estimates: tuple[Estimate, ...]
    confidence: float
    weight: float
    log_likelihood: float
    null_log_likelihood: float
    likelihood_ratio: float
    degrees: int
    p_value: float
    mcfadden_r2: float
    aic: float
    bic: float


def infer(fit: LogisticFit, names: Sequence[str], *, confidence: float = 0.95) -> Inference:
    """``names`` of the columns, without the intercept; ``confidence`` of intervals, in (0, 1)."""
    from scipy.special import chdtrc

    degrees, size = len(names), len(fit.coefficients)
    ratio = 2.0 * (fit.log_likelihood - fit.null_log_likelihood)
    return Inference(
        _estimates(fit, names, confidence),
        confidence,
        fit.weight,
        fit.log_likelihood,
        fit.null_log_likelihood,
        ratio,
        degrees,
        float(chdtrc(degrees, max(ratio, 0.0))) if degrees else float("nan"),
        1.0 - fit.log_likelihood / fit.null_log_likelihood,
        2.0 * size - 2.0 * fit.log_likelihood,
        float(np.log(fit.weight)) * size - 2.0 * fit.log_likelihood,
    )


def _estimates(fit: LogisticFit, names: Sequence[str], confidence: float) -> tuple[Estimate, ...]:
    from scipy.special import ndtr, ndtri

    b = fit.coefficients
    error = np.sqrt(np.diag(fit.covariance))
    z = b / error
    wide = float(ndtri(0.5 + 0.5 * confidence)) * error
    with np.errstate(over="ignore"):
        odds = np.exp(b), np.exp(b - wide), np.exp(b + wide)
    columns = (b, error, z, z**2, 2.0 * ndtr(-np.abs(z)), *odds)
    rows = np.column_stack(columns).tolist()
    return tuple(Estimate(name, *row) for name, row in zip((INTERCEPT, *names), rows, strict=True))

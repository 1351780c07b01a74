"""What a policy is worth per mailed letter, by two estimators, and how sure that is.

Both put the strata together by size. ``share`` is the part of a stratum's letters that were of the
kind which the policy names: the propensity, known by design and read off the counts.

* ``ipw_value``, inverse propensity: the mean outcome of the letters that agree with the policy,
  each weighted by 1 / share; weights are normalised within the stratum (Hájek 1971).
* ``dr_value``, doubly robust: the mean prediction for what the policy names, plus the agreeing
  letters' residuals over share (Robins, Rotnitzky and Zhao 1994). Since the shares are known, no
  prediction biases it; a good one takes noise out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.stats import t as student

from bench_data.kz.sums import Cells, Sums
from bench_data.kz.trial import BANDS, Codes, Vector
from engine.errors import DataError

LEVEL = 0.95


class Estimate(NamedTuple):
    """A value, its standard error, and the ends of its 95 % interval."""

    value: float
    standard_error: float
    low: float
    high: float


def average_value(sums: Sums) -> float:
    """Of the experiment itself: outcome per letter."""
    return float(sums.outcome[..., :BANDS].sum() / sums.letters[..., :BANDS].sum())


def ipw_value(sums: Sums, choice: Codes) -> float:
    """Of the policies ``choice`` (g, S), each valued on its own part (g) of ``sums``.

    Raises
    ------
    DataError
        A stratum in which no letter was of the kind that is named.
    """
    weight = inverse_shares(sums, choice)
    agreeing = (weight * picked(sums.letters, choice)).sum(axis=0)
    if not agreeing.all():
        raise DataError("strata where no letter of a part is of the kind named for it")
    size = _sizes(sums)
    mean = (weight * picked(sums.outcome, choice)).sum(axis=0) / agreeing
    return float(size @ mean / size.sum())


def dr_value(sums: Sums, choice: Codes) -> float:
    """The same, doubly robust."""
    residual = inverse_shares(sums, choice) * picked(sums.residual, choice)
    return float((picked(sums.predicted, choice) + residual).sum() / _sizes(sums).sum())


def inverse_shares(sums: Sums, choice: Codes) -> Cells:
    """(g, S) the weight of an agreeing letter: one over the share of its kind in the stratum.

    Raises
    ------
    DataError
        The experiment never made such an offer there.
    """
    named = picked(np.broadcast_to(sums.letters.sum(axis=0), sums.letters.shape), choice)
    if not named.all():
        raise DataError("strata without a letter of the kind named for them")
    return np.asarray(_sizes(sums) / named)


def effective_size(sums: Sums, choice: Codes) -> float:
    """Kish's: squared sum of the agreeing letters' weights over the sum of squares (Kish 1965)."""
    weight, letters = inverse_shares(sums, choice), picked(sums.letters, choice)
    return float((weight * letters).sum() ** 2 / (weight**2 * letters).sum())


def estimate(value: float, replicates: Vector, branches: int) -> Estimate:
    """From the values (R,) of a bootstrap in which branches were weighted at random.

    The interval is Student's, with one degree of freedom less than branches.
    """
    error = float(replicates.std(ddof=1))
    reach = float(student.ppf(0.5 + LEVEL / 2.0, branches - 1)) * error
    return Estimate(value, error, value - reach, value + reach)


def picked(cells: Cells, choice: Codes) -> Cells:
    """(g, S): of ``cells`` (g, S, kinds) the kind that ``choice`` (g, S) names."""
    return np.take_along_axis(cells, choice[..., None], axis=-1)[..., 0]


def _sizes(sums: Sums) -> Vector:
    """(S,) letters."""
    return np.asarray(sums.letters[..., :BANDS].sum(axis=(0, 2)))

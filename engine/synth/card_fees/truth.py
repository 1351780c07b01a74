"""What is true of the fee book: who is good, and how well anybody could know."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.special import expit

from engine.synth.card_fees.charges import fixed_income, use_tariffs
from engine.synth.card_fees.holders import Holders
from engine.synth.fee_good import COEFFICIENTS, INTERCEPT
from engine.synth.population import Floats

GOOD_INCOME = 10_000  # fee income of the year after the review, from which a customer is good
_COPIES, _LATE = 16, 10  # at most 1.45 and 0.3 are expected: P(more) is below 1e-11


def bayes_rule(holders: Holders) -> Floats:
    """(BLOCK,) P(good | the customer's own behaviour), with which no rule can be beaten.

    Given the behaviour, the outcome year's fee income is a constant and three independent Poisson
    numbers times their tariffs, so with F the upper tail of the first,

        P(income >= 10,000) = sum over j, k of P(J = j) P(K = k) F(ceil(needed(j, k) / 400))

    The sum stops at numbers of statement copies and late payments that do not occur. Who decides by
    ``P >= 1/2`` is right with probability ``mean(max(P, 1 - P))``. A rule that knows the features
    only, which are counts of one year, is right a little less often.
    """
    machines, copies, late = use_tariffs()
    missing = GOOD_INCOME - fixed_income(holders)
    at_least = _at_least(holders.uses[:, 0], GOOD_INCOME // machines + 1)
    probability = np.zeros(len(missing))
    for j, of_copies in enumerate(_poisson(holders.uses[:, 1], _COPIES)):
        for k, of_late in enumerate(_poisson(holders.uses[:, 2], _LATE)):
            needed = -((copies * j + late * k - missing) // machines)  # rounded up
            enough = np.take_along_axis(at_least, np.maximum(needed, 0)[None, :], axis=0)[0]
            probability += of_copies * of_late * enough
    return probability


def _at_least(mean: Floats, most: int) -> Floats:
    """(most + 1, BLOCK): P(Poisson number >= 0, 1, ... most)."""
    fewer = np.cumsum(_poisson(mean, most - 1), axis=0)
    return np.concatenate([np.ones((1, len(mean))), 1.0 - fewer])


def _poisson(mean: Floats, most: int) -> list[Floats]:
    """P(0), P(1), ... P(most), each (BLOCK,)."""
    shares = [np.exp(-mean)]
    for number in range(1, most + 1):
        shares.append(shares[-1] * mean / number)
    return shares


def published_rule(features: pl.DataFrame) -> Floats:
    """(n,) P(good) of a world in which the source's published coefficients are the truth.

    ``features`` has the raw features that they read (``engine.synth.fee_good``).
    """
    names = list(COEFFICIENTS)
    return np.asarray(
        expit(INTERCEPT + features.select(names).to_numpy() @ np.array(list(COEFFICIENTS.values())))
    )

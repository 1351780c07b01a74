"""The rate band to offer, learned from one part of the experiment.

A policy is one band per stratum, (S,) over ``STRATA``. It is learned per group of strata: per risk
class, or per risk class and wave. A band may be named only where at least ``LEAST_LETTERS`` letters
of the learning part had it, in every stratum of the group: there is no extrapolation.
"""

from __future__ import annotations

import numpy as np

from bench_data.kz.sums import Cells, Sums
from bench_data.kz.trial import BANDS, RISKS, STRATA, Codes
from engine.errors import DataError

LEAST_LETTERS = 50
BY_CLASS: Codes = np.array([RISKS.index(risk) for risk, _ in STRATA])
BY_STRATUM: Codes = np.arange(len(STRATA))


def learn(counts: Cells, letters: Cells, outcome: Cells, groups: Codes) -> Codes:
    """(..., S) the supported band of the highest mean outcome per letter, by group.

    All three are (..., S, ``BANDS``): letters there are, which decide over support, and weighted
    sums of letters and outcome. Within a group the strata's means count by their letters, so that
    a wave in which a band was frequent does not speak for it more than for others. A tie takes the
    lower rate.

    Raises
    ------
    DataError
        A group has no supported band.
    """
    names, place = np.unique(groups, return_inverse=True)
    member = (groups == names[:, None]).astype(np.float64)
    mean = outcome / np.where(letters > 0.0, letters, 1.0)
    worth = member @ (letters.sum(axis=-1, keepdims=True) * mean)
    supported = member @ (counts < LEAST_LETTERS) == 0.0
    bare = ~supported.any(axis=-1)
    if bare.any():
        group = names[np.argwhere(bare)[0, -1]]
        strata = [stratum for stratum, mine in zip(STRATA, groups == group, strict=True) if mine]
        raise DataError(f"no rate band has {LEAST_LETTERS} letters in each of the strata {strata}")
    best: Codes = np.where(supported, worth, -np.inf).argmax(axis=-1)
    return best[..., place]


def learn_crossed(counts: Cells, sums: Sums, groups: Codes) -> Codes:
    """(folds, S): for each fold of ``by_fold`` the policy that the other folds teach.

    ``counts`` are the folds' letters, unweighted.
    """
    parts = (part[..., :BANDS] for part in (counts, sums.letters, sums.outcome))
    others, letters, outcome = (part.sum(axis=0) - part for part in parts)
    return learn(others, letters, outcome, groups)

"""The experiment as arrays: strata, kinds of letters, branches, folds.

Only offers at or below the standard rate. The 632 above it are all of the first wave and were not
handed out blindly: of that wave's customers with a loan of the same month (``dormancy`` 0) 2 % got
one, of those whose last loan was four months ago 24 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bench_data.kz.data import STANDARD, standard_rate

Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]
Vector = NDArray[np.float64]

BANDS = 5
KINDS = BANDS + 1
"""Kinds of letters: the bands, then the standard rate itself, which is part of the last band."""
LEAST_RATE = 3.25  # percentage points a month: the lowest offer in every class and wave
FOLDS = 5
RISKS = tuple(STANDARD)
STRATA = tuple(product(RISKS, (1, 2, 3)))
"""Risk class and wave: within them the rate was drawn at random."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One row per offer, all (n,).

    ``stratum`` is a place in ``STRATA``, ``band`` 0 (lowest rates) to ``BANDS - 1`` (up to and
    with the standard rate), ``at_standard`` the standard rate itself.
    """

    stratum: Codes
    band: Codes
    branch: Codes
    at_standard: Flags


def below_standard(offers: pl.DataFrame) -> pl.DataFrame:
    """The offers a policy is learned and valued on, with their ``band``.

    A class's range from ``LEAST_RATE`` to its standard rate is cut into ``BANDS`` equal parts.
    """
    kept = offers.filter(pl.col("normrate_less") == 1)
    place = (pl.col("offer4") - LEAST_RATE) / (standard_rate() - LEAST_RATE) * BANDS
    band = place.floor().clip(0, BANDS - 1).cast(pl.Int64)
    return kept.with_columns(band.alias("band"), (place >= BANDS).alias("at_standard"))


def trial_of(kept: pl.DataFrame) -> Trial:
    """The arrays of ``below_standard``'s rows."""
    risk = kept["risk"].replace_strict(RISKS, range(len(RISKS)), return_dtype=pl.Int64)
    return Trial(
        stratum=(risk * 3 + kept["wave"].cast(pl.Int64) - 1).to_numpy(),
        band=kept["band"].to_numpy(),
        branch=np.unique(kept["branchuse"].to_numpy(), return_inverse=True)[1].astype(np.int64),
        at_standard=kept["at_standard"].to_numpy(),
    )


def deal_folds(trial: Trial, *, seed: int) -> Codes:
    """(branches,) the fold of each branch, 0 to ``FOLDS - 1``; a branch is never divided.

    Branches come in random order, each to the fold that has least of the branch's strata so far.
    What is learned on some branches is valued on others, of which it knows nothing.
    """
    offers = np.zeros((trial.branch.max() + 1, len(STRATA)))
    np.add.at(offers, (trial.branch, trial.stratum), 1.0)
    share = offers / np.maximum(offers.sum(axis=0), 1.0)
    fold, filled = np.empty(len(share), np.int64), np.zeros((FOLDS, len(STRATA)))
    for branch in np.random.default_rng(seed).permutation(len(share)):
        fold[branch] = np.argmin(filled @ share[branch])
        filled[fold[branch]] += share[branch]
    return fold

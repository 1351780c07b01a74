"""Expected profit per offer and band, from what was known of the customer: the doubly robust part.

A model can only take noise out, see ``bench_data.kz.value``; nothing was chosen by what it brings.
Its folds need not be the policy's: either way no row meets a model or policy of its own branch.
"""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from bench_data.kz.data import COVARIATES
from bench_data.kz.trial import BANDS, FOLDS, Codes, Trial, Vector

TREES = 100
_PARAMETERS = {
    "objective": "regression",
    "learning_rate": 0.05,
    "num_leaves": 8,
    "min_data_in_leaf": 500,  # about 7 % of offers are taken: some 35 borrowers
    "seed": 42,
    "deterministic": True,
    "num_threads": 1,
    "verbose": -1,
}


def predictions(kept: pl.DataFrame, y: Vector, trial: Trial, fold: Codes) -> NDArray[np.float64]:
    """(n, bands): predicted ``y`` of each offer under each band, by a model of the other folds.

    ``fold`` (branches,) as ``deal_folds`` gives it.
    """
    known, fold = kept.select(COVARIATES).to_numpy(), fold[trial.branch]
    found = np.empty((len(y), BANDS))
    for held_out in range(FOLDS):
        rest, mine = fold != held_out, fold == held_out
        X = _matrix(known[rest], trial.stratum[rest], trial.band[rest])
        model = lgb.train(_PARAMETERS, lgb.Dataset(X, y[rest]), TREES)
        for band in range(BANDS):
            said = np.full(int(mine.sum()), band)
            found[mine, band] = model.predict(_matrix(known[mine], trial.stratum[mine], said))
    return found


def _matrix(known: NDArray[np.float64], stratum: Codes, band: Codes) -> NDArray[np.float64]:
    return np.column_stack([known, stratum // 3, stratum % 3, band])

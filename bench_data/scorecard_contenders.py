"""Who is compared on the Taiwan customers: our scorecard, and those of others.

Each is trained with its defaults on the rows it is given and scores other rows. All see the same
columns, as numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import polars as pl
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from engine.fit.scorecard.columns import design_matrix, fit_columns
from engine.fit.scorecard.elimination import eliminate
from engine.fit.scorecard.logistic import fit_logistic
from engine.fit.scorecard.rows import Outcome, Vector
from engine.fit.scorecard_config import BinningConfig, ScorecardFitConfig

Contender = Callable[[pl.DataFrame, Vector, pl.DataFrame], Vector]
"""Rows to train on, their 0/1 target, other rows; returns the other rows' scores."""


def our_scorecard(binning: BinningConfig) -> Contender:
    """What ``nightbook fit scorecard`` does with the training part: bins, elimination, fit."""
    config = ScorecardFitConfig(model="card", binning=binning)

    def scores(rows: pl.DataFrame, target: Vector, others: pl.DataFrame) -> Vector:
        outcome = Outcome(target, np.ones(len(target)), np.zeros(len(target)))
        candidates = fit_columns(rows, rows.columns, outcome, config)
        found = eliminate(
            design_matrix(candidates, rows),
            outcome,
            [column.name for column in candidates],
            method="discriminant",
            significance=config.significance,
        )
        columns = [column for column in candidates if column.name in found.kept]
        b = fit_logistic(design_matrix(columns, rows), outcome).coefficients
        return np.asarray(b[0] + design_matrix(columns, others) @ b[1:])

    return scores


def scikit_learn(rows: pl.DataFrame, target: Vector, others: pl.DataFrame) -> Vector:
    """The published way: standardised columns, logistic regression."""
    model = make_pipeline(StandardScaler(), LogisticRegression())
    return _second(model.fit(rows.to_numpy(), target).predict_proba(others.to_numpy()))


def optbinning(rows: pl.DataFrame, target: Vector, others: pl.DataFrame) -> Vector:
    from optbinning import BinningProcess, Scorecard

    process = BinningProcess(rows.columns)
    model = Scorecard(binning_process=process, estimator=LogisticRegression())
    return _second(model.fit(rows.to_pandas(), target).predict_proba(others.to_pandas()))


def skorecard(rows: pl.DataFrame, target: Vector, others: pl.DataFrame) -> Vector:
    """The steps of its ``Skorecard()``, put together here since 1.6.8 cannot.

    Its logistic regression hands scikit-learn the argument ``multi_class``, which that no longer
    has; scikit-learn's own does the same without. Its buckets set ``mode.use_inf_as_na``, an option
    that pandas 3 no longer has: it is given back as one that does nothing, which is all that it
    could do, since no value here is infinite.
    """
    from category_encoders import WOEEncoder
    from pandas._config.config import register_option
    from pandas.errors import OptionError
    from skorecard import Skorecard

    with suppress(OptionError):  # it is there already
        register_option("mode.use_inf_as_na", False)
    frame = rows.to_pandas()
    buckets = Skorecard()._build_default_bucketing_process(frame)
    model = make_pipeline(buckets, WOEEncoder(cols=rows.columns), LogisticRegression())
    return _second(model.fit(frame, target).predict_proba(others.to_pandas()))


SCORECARDS: dict[str, Contender] = {
    "our scorecard": our_scorecard(BinningConfig()),
    "our scorecard, monotone": our_scorecard(BinningConfig(monotone=True)),
    "scikit-learn": scikit_learn,
    "optbinning": optbinning,
    "skorecard": skorecard,
}


def _second(probabilities: Any) -> Vector:
    return np.asarray(probabilities, dtype=np.float64)[:, 1]

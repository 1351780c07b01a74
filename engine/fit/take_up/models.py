"""Four models of take-up on the same rows: two with the market inside, two historic attempts.

Each predicts ``P(apply)`` for rows of the history at any rate and limit. In the first two a
customer's features say how keen he is and the market's win probability says what the offer does,
so they fall with the rate and rise with the limit as the market does. The attempts read rate and
limit as features; the lender set both from the other features, so their effect is confounded, with
constraints and without.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from engine.fit.take_up.boosting import Engine, Problem, Rows, Vector, boost
from engine.fit.take_up.history import History
from kernels.demand import WIN_FLOOR

if TYPE_CHECKING:
    from lightgbm import Booster

Predict = Callable[[Rows, Vector, Vector], Vector]


@dataclass(frozen=True, slots=True)
class Model:
    """``predict(rows, rate, limit)`` (m,); ``text`` is the LightGBM model behind it."""

    name: str
    text: str
    predict: Predict


def log_win(win: Vector) -> Vector:
    """``ln(max(win, WIN_FLOOR))``, as take-up is computed in a run."""
    return np.log(np.maximum(win, WIN_FLOOR))


def fit_market_model(
    history: History, slopes: Vector, g: Vector, fold: NDArray[np.int64], engine: Engine
) -> Model:
    """``logit P = a(x) + b g``: a is boosted on training rows with the offset ``b g``.

    ``slopes`` (s,) per segment; ``g`` (t,) is ln win of the training rows.
    """
    rows = history.training
    offset = slopes[history.segment[rows]] * g
    problem = Problem(history.X[rows], history.applied[rows], "binary", offset)
    booster = boost(problem, history.names, fold, engine)
    base = _raw(booster, history, engine)

    def predict(rows: Rows, rate: Vector, limit: Vector) -> Vector:
        chance = log_win(history.win(rows, rate, limit))
        return np.asarray(expit(base[rows] + slopes[history.segment[rows]] * chance))

    return Model("market", booster.model_to_string(), predict)


def fit_propensity_model(
    history: History, win: Vector, fold: NDArray[np.int64], engine: Engine
) -> Model:
    """``P = q(x) win`` by maximum likelihood: one boosting with the gradient of that likelihood.

    Preferred to rounds of expectation and maximisation, each of which would boost anew. ``win``
    (t,) is of the training rows. P cannot exceed win: where more apply than win says, it stays low.
    """
    rows = history.training
    chance = np.maximum(win, WIN_FLOOR)
    problem = Problem(history.X[rows], history.applied[rows], "product", weight=chance)
    booster = boost(problem, history.names, fold, engine)
    keen = expit(_raw(booster, history, engine))

    def predict(rows: Rows, rate: Vector, limit: Vector) -> Vector:
        return np.asarray(keen[rows] * history.win(rows, rate, limit))

    return Model("propensity", booster.model_to_string(), predict)


def fit_attempt(
    history: History, fold: NDArray[np.int64], engine: Engine, *, monotone: bool
) -> Model:
    """Trees with rate and limit among the features; ``monotone``: -1 for rate, +1 for limit."""
    rows = history.training
    X = np.column_stack([history.X, history.rate, history.limit])
    names = [*history.names, "__rate", "__limit"]
    signs = (*([0] * len(history.names)), -1, 1) if monotone else None
    own = Engine(engine.seed, engine.num_threads, monotone=signs)
    booster = boost(Problem(X[rows], history.applied[rows], "binary"), names, fold, own)

    def predict(rows: Rows, rate: Vector, limit: Vector) -> Vector:
        offered = np.column_stack([history.X[rows], rate, limit])
        return cast(Vector, booster.predict(offered, num_threads=engine.num_threads))

    name = "gbm_monotone" if monotone else "gbm"
    return Model(name, booster.model_to_string(), predict)


def _raw(booster: Booster, history: History, engine: Engine) -> Vector:
    """Trees of every row of the history, held-out ones too."""
    return cast(Vector, booster.predict(history.X, raw_score=True, num_threads=engine.num_threads))

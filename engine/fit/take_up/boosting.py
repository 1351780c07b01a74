"""Boosted trees from a given start: an offset per row, and the constant that fits it best.

LightGBM begins at the offset and the constant together; the constant is then written into the
leaves of the first tree, so that the finished model stands alone: constant + trees, no offset.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from engine.errors import DataError
from engine.fit.gbm import PARAMETERS, Matrix

if TYPE_CHECKING:
    import lightgbm as lgb

Vector = NDArray[np.float64]
Rows = NDArray[np.int64]

_ROUNDS = 1000
_PATIENCE = 25
_SETTINGS = PARAMETERS | {"feature_fraction": 1.0, "lambda_l2": 1.0}
"""All features for every tree: half of them, as for the PD, would leave out the few that priced."""
_MOST_SHARE = 0.999
_MOST_KEEN = 0.9  # a start nearer to 1, where more apply than win, leaves trees no curvature


@dataclass(frozen=True, slots=True)
class Problem:
    """What is to be boosted: ``X`` (n, f), NaN where missing; ``y`` (n,).

    ``loss``: ``"l2"`` for a number; ``"binary"`` for ``y`` 0/1 with
    ``logit P = offset + f(X)``; ``"product"`` for ``y`` 0/1 with ``P = expit(f(X)) * weight``,
    ``weight`` in (0, 1] being the probability to win. For the other losses ``weight`` is a weight.
    """

    X: Matrix
    y: Vector
    loss: Literal["l2", "binary", "product"]
    offset: Vector | None = None
    weight: Vector | None = None

    def only(self, rows: Rows) -> Problem:
        """The same for some rows."""
        offset, weight = (
            None if part is None else part[rows] for part in (self.offset, self.weight)
        )
        return Problem(self.X[rows], self.y[rows], self.loss, offset, weight)


@dataclass(frozen=True, slots=True)
class Engine:
    """How to boost: constraints are -1, 0 or 1 per feature."""

    seed: int
    num_threads: int
    leaves: int = 15
    learning_rate: float = 0.05
    monotone: tuple[int, ...] | None = None


def boost(
    problem: Problem, names: list[str], fold: NDArray[np.int64], engine: Engine
) -> lgb.Booster:
    """One model for all rows: as many rounds as are best for fold 0, then again with every row.

    Its raw score is f(X), constant included; a binary or product model predicts ``expit(f(X))``.
    """
    import lightgbm as lgb

    inside, outside = np.flatnonzero(fold != 0), np.flatnonzero(fold == 0)
    trial, _ = grow(problem.only(inside), engine, problem.only(outside))
    rounds = max(trial.best_iteration, 1)
    booster, constant = grow(problem, engine, rounds=rounds, names=names)
    for leaf in range(booster.dump_model(num_iteration=1)["tree_info"][0]["num_leaves"]):
        booster.set_leaf_output(0, leaf, booster.get_leaf_output(0, leaf) + constant)
    return lgb.Booster(model_str=_standing_alone(booster.model_to_string(num_iteration=rounds)))


def _standing_alone(text: str) -> str:
    """Model text whose prediction is the sigmoid of its trees, whatever objective trained it."""
    text = re.sub(r"\[num_threads: \d+\]", "[num_threads: 0]", text)
    if "\nobjective=" in text:
        return text
    text = text.replace("[objective: custom]", "[objective: binary]")
    return text.replace("\nfeature_names=", "\nobjective=binary sigmoid:1\nfeature_names=", 1)


def grow(
    problem: Problem,
    engine: Engine,
    held: Problem | None = None,
    *,
    rounds: int = _ROUNDS,
    names: list[str] | None = None,
) -> tuple[lgb.Booster, float]:
    """Trees and the constant they start from; stops by ``held`` where it is given."""
    import lightgbm as lgb

    parameters = _parameters(problem, engine)
    constant = _constant(problem)
    feature_name = names or "auto"
    data = _dataset(problem, constant, feature_name=feature_name, params=parameters)
    valid = [] if held is None else [_dataset(held, constant, reference=data)]
    stop: list[Callable[..., Any]] = (
        [] if held is None else [lgb.early_stopping(_PATIENCE, verbose=False)]
    )
    metric = _product_metric if problem.loss == "product" else None
    try:
        booster = lgb.train(
            parameters, data, rounds, valid_sets=valid, callbacks=stop, feval=metric
        )
    except lgb.basic.LightGBMError as exc:
        raise DataError(f"take-up: LightGBM cannot train on these features: {exc}") from exc
    return booster, constant


def _parameters(problem: Problem, engine: Engine) -> dict[str, Any]:
    objectives: dict[str, dict[str, Any]] = {
        "l2": {"objective": "l2", "metric": "l2"},
        "binary": {},  # as for the PD
        "product": {"objective": _product_gradient, "metric": "None"},
    }
    chosen: dict[str, Any] = {
        "seed": engine.seed,
        "num_threads": engine.num_threads,
        "num_leaves": engine.leaves,
        "learning_rate": engine.learning_rate,
    }
    if engine.monotone is not None:
        chosen["monotone_constraints"] = list(engine.monotone)
    return _SETTINGS | objectives[problem.loss] | chosen


def _dataset(problem: Problem, constant: float, **options: Any) -> lgb.Dataset:
    import lightgbm as lgb

    start = np.full(len(problem.y), constant)
    if problem.offset is not None:
        start += problem.offset
    return lgb.Dataset(
        problem.X, problem.y, weight=problem.weight, init_score=start, free_raw_data=True, **options
    )


def _constant(problem: Problem) -> float:
    """The best f(X) that is the same for all rows."""
    if problem.loss == "l2":
        return float(np.average(problem.y, weights=problem.weight))
    if problem.loss == "product":
        share = np.average(problem.y) / np.average(cast(Vector, problem.weight))
        return float(logit(np.clip(share, 1.0 - _MOST_SHARE, _MOST_KEEN)))
    offset = np.zeros(1) if problem.offset is None else problem.offset
    return _root(offset, float(problem.y.mean()))


def _root(offset: Vector, share: float) -> float:
    """The c at which ``mean expit(c + offset)`` is ``share``, by bisection."""
    share = min(max(share, 1.0 - _MOST_SHARE), _MOST_SHARE)
    low, high = logit(share) - offset.max(), logit(share) - offset.min()
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if expit(middle + offset).mean() < share else (low, middle)
    return float(0.5 * (low + high))


def _product_gradient(raw: Vector, data: lgb.Dataset) -> tuple[Vector, Vector]:
    """Gradient and expected curvature of the negative log-likelihood of ``P = q win``.

    With q = expit(f) and dP/df = P (1 - q): gradient ``-(y - P)(1 - q) / (1 - P)``, Fisher
    information ``P (1 - q)^2 / (1 - P)``; both are the logistic ones where win is 1.
    """
    y, q = cast(Vector, data.get_label()), expit(raw)
    p = q * _win(data)
    ratio = (1.0 - q) / np.maximum(1.0 - p, 1e-12)
    return -(y - p) * ratio, np.maximum(p * ratio * (1.0 - q), 1e-12)


def _product_metric(raw: Vector, data: lgb.Dataset) -> tuple[str, float, bool]:
    """Log loss of ``P = q win``."""
    y = cast(Vector, data.get_label())
    p = np.clip(expit(raw) * _win(data), 1e-15, 1.0 - 1e-15)
    return "log_loss", float(-np.mean(y * np.log(p) + (1.0 - y) * np.log1p(-p))), False


def _win(data: lgb.Dataset) -> Vector | float:
    """The weights of a product; LightGBM keeps none where all are 1."""
    weight = data.get_weight()
    return 1.0 if weight is None else cast(Vector, weight)

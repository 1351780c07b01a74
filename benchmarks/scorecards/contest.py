"""One contest: ``StandardScaler`` and ``LogisticRegression.predict_proba``, and our scorecards.

Each case prepares one matrix, in the memory order that scikit-learn's users have, and models that
are fitted on some of it; both contenders score all of its rows with all models. Several cards are
scored as a book scores them, from a frame in one pass; scikit-learn standardises once for all.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from engine.score import Model, load_model
from engine.score.together import predict_together

FITTED = 20_000
"""Rows that the models are fitted on."""

Score = Callable[[int], NDArray[np.float64]]
"""Threads in; probabilities ``(rows, cards)`` out. scikit-learn has its own idea of threads."""


class Case(NamedTuple):
    """One row of the table."""

    name: str
    dtype: str
    cards: int
    rows: int = 1_000_000
    features: int = 30


CASES = (
    Case("1 card, float32", "float32", 1),
    Case("1 card, float64", "float64", 1),
    Case("4 cards, float32", "float32", 4),
    Case("4 cards, float64", "float64", 4),
)


class Contest(NamedTuple):
    """``exact``: scikit-learn's result in float64, which ours must equal within 1e-12."""

    ours: Score
    sklearn: Score
    exact: Score


def prepare(case: Case, folder: Path) -> Contest:
    """Fit the models, write the cards into ``folder`` and load them; never timed."""
    rng = np.random.default_rng(0)
    wide = rng.normal(size=(case.rows, case.features)) * rng.uniform(0.1, 5.0, case.features)
    X = (wide + rng.normal(size=case.features)).astype(case.dtype)
    part = X[:FITTED]
    scaler = StandardScaler().fit(part)
    fitted = [_fit(scaler.transform(part), rng) for _ in range(case.cards)]
    exact_scaler = StandardScaler().fit(part)
    models = {
        f"card {k}": load_model(_write(folder / f"{k}.json", scaler, model))
        for k, model in enumerate(fitted)
    }
    return Contest(
        _ours(models, X),
        lambda _: _by_sklearn(scaler, fitted, X),
        lambda _: _by_sklearn(exact_scaler, fitted, X.astype(np.float64)),
    )


def agree(contest: Contest, threads: int) -> bool:
    """Ours is the float64 result within 1e-12."""
    return bool(np.allclose(contest.ours(threads), contest.exact(threads), rtol=0.0, atol=1e-12))


def _fit(standardised: NDArray[Any], rng: np.random.Generator) -> LogisticRegression:
    signal = standardised @ rng.normal(size=standardised.shape[1])
    return LogisticRegression().fit(standardised, signal + rng.normal(size=signal.size) > 1.0)


def _by_sklearn(
    scaler: StandardScaler, models: list[LogisticRegression], X: NDArray[Any]
) -> NDArray[np.float64]:
    standardised = scaler.transform(X)
    return np.column_stack([model.predict_proba(standardised)[:, 1] for model in models])


def _write(path: Path, scaler: StandardScaler, model: LogisticRegression) -> Path:
    numbers = zip(model.coef_[0], scaler.mean_, scaler.scale_, strict=True)
    features = [
        {"name": f"x{j}", "coefficient": float(coefficient), "mean": float(m), "std": float(s)}
        for j, (coefficient, m, s) in enumerate(numbers)
    ]
    card = {"kind": "scorecard", "features": features, "intercept": float(model.intercept_[0])}
    path.write_text(json.dumps(card))
    return path


def _ours(models: dict[str, Model], X: NDArray[Any]) -> Score:
    if len(models) == 1:
        (model,) = models.values()
        return lambda threads: model.predict(X, threads=threads)[:, None]
    frame = pl.DataFrame({f"x{j}": X[:, j] for j in range(X.shape[1])})
    return lambda threads: np.column_stack(list(predict_together(models, frame, threads).values()))

"""k nearest neighbours on standardised columns, k as does best on validation.

The probability is the weighted share of events among the neighbours, to whom one customer of the
average kind is added, so that it is never 0 or 1.
"""

from __future__ import annotations

from typing import Any

from engine.fit.scorecard.challengers.contract import Fitted
from engine.fit.scorecard.challengers.draw import Standard, drawn, standard
from engine.fit.scorecard.challengers.quality import average_of, loss
from engine.fit.scorecard.rows import Matrix, Outcome, Part, Vector

_NEIGHBOURS = (5, 10, 20, 50, 100, 200, 400)
_MOST_ROWS = 20_000  # every row that is scored is compared with each of them


def fit(train: Part, validation: Part, *, seed: int, threads: int) -> Fitted:
    """The seed draws the rows where there are more than 20,000."""
    from sklearn.neighbors import NearestNeighbors

    rows = drawn(train, _MOST_ROWS, seed)
    scale = standard(rows)
    index = NearestNeighbors(algorithm="brute", n_jobs=threads).fit(scale(rows.X))
    numbers = [k for k in _NEIGHBOURS if k <= len(rows.X)] or [len(rows.X)]
    near = _neighbours(index, scale, validation.X, numbers[-1])
    losses = {k: loss(_shares(near[:, :k], rows.outcome), validation.outcome) for k in numbers}
    k = min(losses, key=losses.__getitem__)
    return Fitted(
        lambda X: _shares(_neighbours(index, scale, X, k), rows.outcome),
        features=train.X.shape[1],
        tuned={"neighbours": k, "rows": len(rows.X)},
    )


def _neighbours(index: Any, scale: Standard, X: Matrix, k: int) -> Any:
    """Row numbers, the nearest first, ``(n, k)``."""
    return index.kneighbors(scale(X), k, return_distance=False)


def _shares(near: Any, outcome: Outcome) -> Vector:
    event, weight, _ = outcome
    events = (weight * event)[near].sum(axis=1)
    return average_of(outcome).joins(events, weight[near].sum(axis=1))

"""A genetic search over subsets of the columns, each judged by a logistic regression on it.

NSGA-II with one objective (Deb and others 2002): subsets are crossed and mutated, those with the
least log loss on validation survive. All columns together are the first of the first generation.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from engine.errors import DataError
from engine.fit.scorecard.challengers.contract import Fitted
from engine.fit.scorecard.challengers.draw import drawn
from engine.fit.scorecard.challengers.quality import loss
from engine.fit.scorecard.logistic import fit_logistic
from engine.fit.scorecard.rows import Matrix, Part, Vector

_POPULATION, _GENERATIONS = 20, 10
_MOST_ROWS = 10_000  # of the search; the best subset is fitted to all rows

Subset = tuple[int, ...]


def fit(train: Part, validation: Part, *, seed: int, threads: int) -> Fitted:
    """The seed drives the search, and draws the rows where there are more than 10,000."""
    rows = drawn(train, _MOST_ROWS, seed)
    subset = _search(rows, validation, seed, threads)
    b = _coefficients(train, subset, threads)
    tuned: dict[str, float | str] = {"generations": _GENERATIONS, "rows of the search": len(rows.X)}
    return Fitted(lambda X: _probability(X, subset, b), features=len(subset), tuned=tuned)


def _search(rows: Part, validation: Part, seed: int, threads: int) -> Subset:
    """The columns of the best subset, ascending."""
    import optuna

    losses: dict[Subset, float] = {}
    everything = range(rows.X.shape[1])

    def fitness(trial: optuna.Trial) -> float:
        chosen = (trial.suggest_categorical(str(column), [False, True]) for column in everything)
        subset = tuple(column for column, taken in enumerate(chosen) if taken)
        if subset not in losses:
            losses[subset] = _loss(rows, validation, subset, threads)
        return losses[subset]

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.NSGAIISampler(population_size=_POPULATION, seed=seed)
    study = optuna.create_study(sampler=sampler)
    study.enqueue_trial({str(column): True for column in everything})
    study.optimize(fitness, n_trials=_POPULATION * _GENERATIONS)
    best = min(losses, key=losses.__getitem__)
    if losses[best] == np.inf:
        raise DataError("no subset of the columns can be fitted", count=len(rows.X))
    return best


def _loss(rows: Part, validation: Part, subset: Subset, threads: int) -> float:
    """Infinite where no regression can be fitted: collinear columns, or none."""
    if not subset:
        return np.inf
    try:
        b = _coefficients(rows, subset, threads)
    except DataError:
        return np.inf
    return loss(_probability(validation.X, subset, b), validation.outcome)


def _coefficients(part: Part, subset: Subset, threads: int) -> Vector:
    X = np.ascontiguousarray(part.X[:, subset])
    return fit_logistic(X, part.outcome, threads=threads).coefficients


def _probability(X: Matrix, subset: Subset, b: Vector) -> Vector:
    return np.asarray(expit(b[0] + X[:, subset] @ b[1:]))

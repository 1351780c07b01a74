"""A LightGBM model adapted to new rows: more trees on top of it, or its trees with other leaves.

Both are LightGBM's own: training with ``init_model``, and ``Booster.refit``, by which a leaf
becomes ``decay_rate * old + (1 - decay_rate) * new``, new being what the rows in it ask for. The
level of the model is no leaf (``engine.fit.tuning.level``): it moves to that of the new customers.
Leaves are regularised as in ``engine.fit.gbm``, whatever the base was trained with: what a model
file says of its training could name files. The same rows and seed give the same text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from engine.errors import DataError, ModelError
from engine.fit.gbm import PARAMETERS, PATIENCE, Matrix, model_text, read_model
from engine.fit.scorecard.rows import Vector
from engine.fit.tuning.card import recalibrate
from engine.fit.tuning.level import moved, without_level
from engine.metrics import log_loss

if TYPE_CHECKING:
    from lightgbm import Booster

Rows = tuple[Matrix, Vector]
"""X (n, features of the base, in its order) float64, NaN where missing; the 0/1 event (n,)."""

_OBJECTIVE = re.compile(r"^objective=binary(?: sigmoid:(\S+))?$", re.MULTILINE)


class Adapted(NamedTuple):
    """``text``: the new model, LightGBM text; the base's where nothing was better on validation.

    ``trees``: how many it has, ``trees_added`` of them new. ``decay_rate``: that of a refit, 1
    where the old leaves are best. ``validation_log_loss``: by candidate; "base" is the base.
    """

    text: str
    trees: int
    trees_added: int
    decay_rate: float | None
    validation_log_loss: dict[str, float]


def check_base(text: str) -> None:
    """Raises ModelError unless ``text`` is boosted for a binary objective and LightGBM reads it."""
    head = text.partition("\nTree=0")[0]
    if not _OBJECTIVE.search(head):
        named = re.search(r"^objective=(.*)$", head, re.MULTILINE)
        what = f"'{named[1]}'" if named else "its own"
        raise ModelError(f"its objective is {what}; only a binary one can be adapted")
    if re.search(r"^average_output$", head, re.MULTILINE):
        raise ModelError("it is a random forest, whose trees are averaged; it cannot be adapted")
    read_model(text)


def continue_boosting(
    base: str,
    train: Rows,
    validation: Rows,
    names: Sequence[str],
    *,
    learning_rate: float,
    most_rounds: int,
    seed: int,
    num_threads: int,
) -> Adapted:
    """Boosts on from ``base`` until ``PATIENCE`` rounds bring nothing on validation; the base
    itself where no round brings anything. ``names``: all features of the base, in its order.

    Raises
    ------
    DataError
        LightGBM refuses the data.
    """
    import lightgbm as lgb  # 0.65 s, which a run that only reads the book need not wait for

    own = {"learning_rate": learning_rate, "seed": seed, "sigmoid": _sigmoid(base)}
    parameters = PARAMETERS | own | {"num_threads": num_threads}
    start = _booster(base)
    before = _loss(start, validation, num_threads)
    try:
        data = lgb.Dataset(*train, feature_name=list(names), params=parameters)
        held = lgb.Dataset(*validation, reference=data)
        stop = lgb.early_stopping(PATIENCE, verbose=False)
        booster = lgb.train(
            parameters, data, most_rounds, valid_sets=[held], init_model=start, callbacks=[stop]
        )
    except lgb.basic.LightGBMError as exc:
        raise DataError(f"LightGBM cannot train on these features: {exc}") from exc
    text = model_text(booster)
    adapted = read_model(text)
    after = _loss(adapted, validation, num_threads)
    losses = {"base": before, "continued": after}
    if after >= before:
        return Adapted(base, start.num_trees(), 0, None, losses)
    added = adapted.num_trees() - start.num_trees()
    return Adapted(text, adapted.num_trees(), added, None, losses)


def refit_leaves(
    base: str,
    train: Rows,
    validation: Rows,
    names: Sequence[str],
    *,
    candidates: Sequence[float],
    num_threads: int,
) -> Adapted:
    """The trees of ``base`` with leaves refitted to ``train``, with the decay rate that is best on
    validation; the base itself where none is better. ``names``: all features of the base.

    Raises
    ------
    DataError
        LightGBM refuses the data.
    """
    start = read_model(base)
    sigmoid = _sigmoid(base)
    level, step = _level(start, sigmoid, train, num_threads)
    best, rate, least = base, 1.0, _loss(start, validation, num_threads)
    losses = {"base": least}
    apart = without_level(base, level)
    apart.params = PARAMETERS | {"sigmoid": sigmoid, "num_threads": num_threads}
    for decay_rate in sorted(candidates, reverse=True):  # of equals the one nearest to the base
        refitted = _refitted(apart, train, names, decay_rate, level + step)
        text = model_text(refitted)
        loss = losses[f"{decay_rate:g}"] = _loss(read_model(text), validation, num_threads)
        if loss < least:
            best, rate, least = text, decay_rate, loss
    return Adapted(best, start.num_trees(), 0, rate, losses)


def _refitted(
    apart: Booster, train: Rows, names: Sequence[str], decay_rate: float, level: float
) -> Booster:
    """The trees ``apart`` from their level with new leaves, on top of ``level``."""
    import lightgbm as lgb

    X, event = train
    start = np.full(event.size, level)
    try:
        refitted = apart.refit(
            X, event, decay_rate=decay_rate, init_score=start, feature_name=list(names)
        )
    except lgb.basic.LightGBMError as exc:
        raise DataError(f"LightGBM cannot refit on these features: {exc}") from exc
    return moved(refitted, level)


def _level(base: Booster, sigmoid: float, train: Rows, num_threads: int) -> tuple[float, float]:
    """The level of the base, and what must be added to its raw scores for their mean probability to
    be the event rate of these rows.

    The level is what the first tree gives on average: the constant in it, but for a step.
    """
    X, event = train
    level = cast(Vector, base.predict(X, raw_score=True, num_iteration=1)).mean()
    z = sigmoid * cast(Vector, base.predict(X, raw_score=True, num_threads=num_threads))
    step = recalibrate(z, event, intercept_only=True, threads=num_threads).intercept
    return float(level), step / sigmoid


def _booster(text: str) -> Booster:
    """The base without the parameters it was trained with."""
    booster = read_model(text)
    booster.params = {}
    return booster


def _sigmoid(text: str) -> float:
    found = _OBJECTIVE.search(text)
    return float(found[1]) if found and found[1] else 1.0


def _loss(booster: Booster, rows: Rows, num_threads: int) -> float:
    X, event = rows
    return log_loss(cast(Vector, booster.predict(X, num_threads=num_threads)), event)

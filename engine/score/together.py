"""Several scorecards over one frame in one pass: each feature is read once for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.errors import ModelError
from engine.score.model import Model
from engine.score.rows import over_blocks, rows_of
from engine.score.scorecard import ScorecardScorer
from kernels.cards import together
from kernels.logistic import scorecard_scores


def predict_together(
    models: Mapping[str, Model], features: pl.DataFrame, threads: int
) -> dict[str, NDArray[np.float64]]:
    """The predictions of those models that are scorecards, float64 ``(n,)``, by name.

    Equal to the bit to what ``Model.predict`` makes of each.

    Raises
    ------
    ModelError
        A feature that a scorecard reads is absent or not numeric; names the model.
    """
    cards = {
        name: model._scorer.card
        for name, model in models.items()
        if isinstance(model._scorer, ScorecardScorer)
    }
    if not cards:
        return {}
    for name in cards:
        _check_features(name, models[name], features)
    of_cards = [models[name].feature_names for name in cards]
    names = list(dict.fromkeys(chain.from_iterable(of_cards)))
    place = {feature: k for k, feature in enumerate(names)}
    columns = [np.array([place[feature] for feature in card], np.uint32) for card in of_cards]
    joined = together(list(cards.values()), columns)
    rows = rows_of(features, names, range(len(names)))
    scores = np.empty((len(cards), rows.height), np.float64)

    def work(lo: int, hi: int) -> None:
        scorecard_scores(joined, rows.block(lo, hi), rows.columns, False, scores[:, lo:hi].T)

    over_blocks(0, rows.height, rows.most, threads, work)
    return dict(zip(cards, scores, strict=True))


def _check_features(name: str, model: Model, features: pl.DataFrame) -> None:
    """What ``rows_of`` finds wrong, with the name of the model."""
    try:
        rows_of(features, model.feature_names, range(len(model.feature_names)))
    except ModelError as exc:
        raise ModelError(f"model '{name}': {exc}") from exc

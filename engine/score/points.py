"""What each feature of a scorecard adds to a customer's score: as log odds, and as points.

    z = intercept + sum of contributions          points = base + sum of points per feature

The contributions are the kernel's own terms, so they add up to its z but for the rounding of sums.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.errors import ModelError
from engine.points import Scale, scale_of
from engine.score.formats import SCORECARD, recognised
from engine.score.rows import rows_of
from engine.score.scorecard import folded
from engine.score.scorecard_json import Card, read_card
from kernels.cards import together
from kernels.logistic import scorecard_scores

Matrix = NDArray[np.float64]


class PointsTable(NamedTuple):
    """Points of rows: ``of_features`` (n, features) in the order of the card, ``base`` that of the
    scale and the intercept, ``total`` (n,). NaN where a value is missing and nothing replaces it.
    """

    base: float
    of_features: Matrix
    total: NDArray[np.float64]


def card_of(data: bytes) -> Card | None:
    """The scorecard in the bytes of a model file; None where they are another kind of model.

    Raises
    ------
    ModelError
        A scorecard that cannot be used, or no model at all.
    """
    return read_card(data) if recognised(data) == SCORECARD else None


def contributions(card: Card, X: object) -> Matrix:
    """What each feature adds to z, float64 ``(n, features)``; ``X`` as in ``Model.predict``.

    Every feature is scored as a card of its own without an intercept.

    Raises
    ------
    ModelError
        As ``Model.predict``.
    """
    names = [feature.name for feature in card.features]
    alone = [
        folded(card.model_copy(update={"features": [feature], "intercept": 0.0}))
        for feature in card.features
    ]
    columns = [np.array([place], np.uint32) for place in range(len(alone))]
    cards, rows = together(alone, columns), rows_of(X, names, range(len(names)))
    found = np.empty((rows.height, len(names)), np.float64)
    for lo in range(0, rows.height, rows.most):
        hi = min(lo + rows.most, rows.height)
        scorecard_scores(cards, rows.block(lo, hi), rows.columns, True, found[lo:hi])
    return found


def scale_of_card(card: Card) -> Scale | None:
    """How the points of ``card`` follow from z; None where it has none."""
    if card.points is None or card.event is None:
        return None
    return scale_of(card.points.base, card.points.base_odds, card.points.pdo, card.event)


def points_table(card: Card, contribution: Matrix) -> PointsTable:
    """The points of rows, of what ``contributions`` found.

    Raises
    ------
    ModelError
        The card has no points.
    """
    scale = scale_of_card(card)
    if scale is None:
        raise ModelError('the scorecard has no "points"')
    base = scale.start + scale.slope * card.intercept
    of_features = scale.slope * contribution
    return PointsTable(base, of_features, base + of_features.sum(axis=1))

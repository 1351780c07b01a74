"""The methods by the names that a book gives them."""

from __future__ import annotations

from collections.abc import Iterable

from engine.fit.scorecard.challengers import (
    decision_tree,
    genetic,
    lightgbm,
    linear_discriminant,
    linear_programming,
    nearest_neighbours,
    neural_network,
)
from engine.fit.scorecard.challengers.contract import Method
from engine.fit.scorecard.extras import optional
from engine.fit.scorecard_config import Challenger

_EXTRA = "challengers"

METHODS: dict[Challenger, Method] = {
    "linear_discriminant": Method(
        linear_discriminant.fit, "scikit-learn", "sklearn", _EXTRA, "prior odds only"
    ),
    "linear_programming": Method(linear_programming.fit, "HiGHS", "scipy", None, "distances"),
    "decision_tree": Method(decision_tree.fit, "scikit-learn", "sklearn", _EXTRA, "rows"),
    "neural_network": Method(neural_network.fit, "scikit-learn", "sklearn", _EXTRA, "rows"),
    "genetic": Method(genetic.fit, "Optuna", "optuna", None, "rows"),
    "nearest_neighbours": Method(
        nearest_neighbours.fit, "scikit-learn", "sklearn", _EXTRA, "votes, not who is near"
    ),
    "lightgbm": Method(lightgbm.fit, "LightGBM", "lightgbm", None, "rows"),
}


def require_challengers(names: Iterable[Challenger]) -> None:
    """Asked before the work begins.

    Raises
    ------
    BookError
        A library that one of ``names`` needs is not installed.
    """
    for name in names:
        method = METHODS[name]
        if method.extra is not None:
            optional(method.module, extra=method.extra, key=f"challengers: {name}")

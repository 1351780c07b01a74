"""How good a scorecard is on each part: figures, and the classification table at its cut-off."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.fit.scorecard.rows import Matrix, Vector
from engine.fit.scorecard.sample import Drawn
from engine.fit.scorecard_config import Event
from engine.fit.split import PARTS
from engine.metrics import Ranking, auc, classification_table
from engine.points import Scale


def quality(drawn: Drawn, probability: Vector) -> dict[str, dict[str, Any]]:
    """By part: counts and weighted figures of ``probability``, that of the event, ``(n,)``.

    In ``calibration`` the event stands where ``engine.metrics`` says bad.
    """
    return {part: _of_part(drawn, probability, part) for part in PARTS}


def classification(
    drawn: Drawn, probability: Vector, cut_off: float, event: Event
) -> dict[str, dict[str, float]]:
    """By part, the classification table at the cut-off."""
    bad, weight = drawn.bad, drawn.outcome.weight
    tables = {}
    for part in PARTS:
        mine = drawn.mine(part)
        table = classification_table(
            probability[mine], bad[mine], cut_off, weight[mine], event=event
        )
        tables[part] = table._asdict()
    return tables


def rounding(
    drawn: Drawn, terms: Matrix, start: float, scale: Scale, event: Event
) -> dict[str, float]:
    """What is lost where points are rounded: feature by feature, and the start, to whole points.

    ``terms`` (n, p): what each feature adds to ``z``; ``start``: the points before any feature.
    ``largest`` is how far the points of a customer of any part are off, ``auc`` that of the rounded
    points of the held-out customers.
    """
    exact = scale.slope * terms
    rounded = round(start) + np.rint(exact).sum(axis=1)
    off = np.abs(rounded - start - exact.sum(axis=1))
    mine, (happened, weight, _) = drawn.mine("heldout"), drawn.outcome_of("heldout")
    score = rounded[mine] if event == "good" else -rounded[mine]
    return {"largest": float(off.max()), "auc": auc(score, happened, weight)}


def _of_part(drawn: Drawn, probability: Vector, part: str) -> dict[str, Any]:
    mine = drawn.mine(part)
    p, (event, weight, _) = probability[mine], drawn.outcome_of(part)
    ranking = Ranking.of(p, event, weight)
    return {
        "customers": len(p),
        "bads": int(drawn.bad[mine].sum()),
        "weight": float(weight.sum()),
        "event_rate": float(weight @ event / weight.sum()),
        "mean_score": float(weight @ p / weight.sum()),
        "auc": ranking.auc(),
        "gini": ranking.gini(),
        "ks": ranking.ks(),
        "tie_mass": ranking.tie_mass(),
        "brier": ranking.brier(),
        "log_loss": ranking.log_loss(),
        "calibration": ranking.calibration_table(),
    }

"""The scorecard among its challengers: the same parts, the same rule for the cut-off."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.fit.scorecard.challengers import ScorecardScores, challenge
from engine.fit.scorecard.cut_off import find_cut_off
from engine.fit.scorecard.rows import Outcome, Part, Parts, Vector
from engine.fit.scorecard.sample import Drawn
from engine.fit.scorecard_config import ScorecardFitConfig
from engine.fit.split import PARTS

if TYPE_CHECKING:
    from engine.fit.scorecard.fitting import Solution


def challenged(
    drawn: Drawn,
    solution: Solution,
    config: ScorecardFitConfig,
    *,
    seed: int,
    threads: int,
    note: Callable[[str], None],
) -> list[dict[str, Any]]:
    """A row per method, the scorecard first; ``engine.fit.scorecard.challengers`` says of what.
    Empty where the book asks for no challengers.

    Challengers see all candidate columns, scaled or binned, not only those that the elimination
    kept.
    """

    if not config.challengers:
        return []

    def cut_off(score: Vector, outcome: Outcome) -> float:
        return find_cut_off(score, outcome, config.cut_off, config.event)

    train, validation, heldout = (
        Part(np.ascontiguousarray(solution.X[drawn.mine(name)]), drawn.outcome_of(name))
        for name in PARTS
    )
    own = ScorecardScores(
        solution.probability[drawn.mine("train")],
        solution.probability[drawn.mine("heldout")],
        len(solution.columns),
    )
    names = tuple(column.name for column in solution.candidates)
    rows = challenge(
        Parts(names, train, validation, heldout),
        own,
        config.challengers,
        predicts=config.event,
        cut_off=cut_off,
        seed=seed,
        threads=threads,
        note=note,
    )
    return [row._asdict() for row in rows]

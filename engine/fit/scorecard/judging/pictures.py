"""The pictures of a scorecard, by its held-out customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import BookError
from engine.fit.scorecard.logistic import infer
from engine.fit.scorecard.plots import OddsRatio, Shown, draw_plots, require_plots
from engine.fit.scorecard.sample import Drawn
from engine.fit.scorecard_config import ScorecardFitConfig

if TYPE_CHECKING:
    from engine.fit.scorecard.fitting import Solution

_CONFIDENCE = 0.95


def wanted(config: ScorecardFitConfig) -> bool:
    """Whether pictures are drawn: as the book says, else where matplotlib is installed.

    Raises BookError where the book asks for them and it is not.
    """
    if config.plots is False:
        return False
    try:
        require_plots()
    except BookError:
        if config.plots:
            raise
        return False
    return True


def pictures(drawn: Drawn, solution: Solution, config: ScorecardFitConfig) -> dict[str, bytes]:
    """File name -> SVG. Odds ratios are of the columns as they were fitted."""
    mine, outcome = drawn.mine("heldout"), drawn.outcome_of("heldout")
    names = [column.name for column in solution.columns]
    estimates = infer(solution.fit, names, confidence=_CONFIDENCE).estimates[1:]
    return draw_plots(
        Shown(
            z=solution.z[mine],
            probability=solution.probability[mine],
            event=outcome.event,
            weights=outcome.weight,
            cut_off=solution.cut_off,
            odds_ratios=tuple(
                OddsRatio(row.name, row.odds_ratio, row.odds_ratio_low, row.odds_ratio_high)
                for row in estimates
            ),
            part="held-out",
            predicts=config.event,
            confidence=_CONFIDENCE,
        )
    )

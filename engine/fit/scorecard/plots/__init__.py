"""Pictures of a scorecard as SVG, one file per picture; needs ``nightbook[plots]``.

Very many customers are thinned evenly by rank, so that no picture grows with the book.
"""

from __future__ import annotations

from engine.errors import DataError
from engine.fit.scorecard.extras import optional
from engine.fit.scorecard.plots import (
    calibration,
    distributions,
    kolmogorov_smirnov,
    odds_ratios,
    roc,
    separation,
)
from engine.fit.scorecard.plots.canvas import Draw, draw_svg
from engine.fit.scorecard.plots.shown import OddsRatio, Shown

__all__ = ["OddsRatio", "Shown", "draw_plots", "require_plots"]

PICTURES: dict[str, Draw] = {
    "separation.svg": separation.draw,
    "distributions.svg": distributions.draw,
    "roc.svg": roc.draw,
    "ks.svg": kolmogorov_smirnov.draw,
    "calibration.svg": calibration.draw,
    "odds_ratios.svg": odds_ratios.draw,
}


def require_plots() -> None:
    """Asked before the work begins: BookError where matplotlib is not installed."""
    optional("matplotlib", extra="plots", key="plots")


def draw_plots(shown: Shown) -> dict[str, bytes]:
    """File name -> SVG. Without coefficients there is no picture of odds ratios.

    Raises
    ------
    BookError
        matplotlib is not installed.
    DataError
        ``shown`` has one class only: there is nothing to tell apart.
    """
    for side, name in ((0.0, shown.others), (1.0, shown.predicts)):
        if not shown.weights[shown.event == side].sum() > 0.0:
            problem = f"the {shown.part} part has no {name} customer with weight to draw"
            raise DataError(problem, count=len(shown.event))
    return {
        name: draw_svg(draw, shown)
        for name, draw in PICTURES.items()
        if shown.odds_ratios or draw is not odds_ratios.draw
    }

"""ROC: how many of the others are taken along when so many with the event are found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.fit.scorecard.plots.canvas import BAD, GOOD, GRID, Words
from engine.fit.scorecard.plots.curves import curves
from engine.fit.scorecard.plots.shown import Shown
from engine.metrics import auc

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw(axes: Axes, shown: Shown) -> Words:
    """The curve, the area under it, and where on it the cut-off lies."""
    found = curves(shown).thinned()
    false, true = (np.append(1.0, 1.0 - share) for share in (found.others, found.event))
    area = auc(shown.z, shown.event, shown.weights)
    axes.plot([0, 1], [0, 1], color=GRID)
    axes.plot(false, true, color=GOOD, gid="roc", label=f"AUC {area:.4f}")
    above = np.where(shown.probability >= shown.cut_off, shown.weights, 0.0)
    taken = float(above @ (1.0 - shown.event) / (shown.weights @ (1.0 - shown.event)))
    caught = float(above @ shown.event / (shown.weights @ shown.event))
    axes.plot([taken], [caught], "o", color=BAD, gid="cut-off", label="cut-off")
    axes.set_aspect("equal")
    axes.set_xlabel(f"share of {shown.others} taken for {shown.predicts}")
    axes.set_ylabel(f"share of {shown.predicts} recognised")
    axes.legend(loc="lower right")
    return Words(
        f"ROC, {shown.part} customers",
        f"Area under the curve {area:.4f}. At the cut-off {caught:.1%} of {shown.predicts} are "
        f"recognised and {taken:.1%} of {shown.others} taken for them.",
    )

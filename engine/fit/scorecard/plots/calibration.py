"""Calibration: by decile of the probability, what was expected and what came."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.fit.scorecard.plots.canvas import COLOUR, INK, Words
from engine.fit.scorecard.plots.shown import Shown
from engine.metrics import calibration_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw(axes: Axes, shown: Shown) -> Words:
    """A bar per bin for what came, a dot for what was expected; under it the bin's customers."""
    rows = calibration_table(shown.probability, shown.event, 10, shown.weights)
    at = np.arange(len(rows))
    came, expected = ([row[key] for row in rows] for key in ("bad_rate", "mean_score"))
    colour = COLOUR[shown.predicts]
    axes.bar(at, came, width=0.7, color=colour, alpha=0.5, label="observed", gid="observed")
    axes.plot(at, expected, color=INK, marker="o", linewidth=1, label="expected", gid="expected")
    axes.set_xticks(at, [f"{row['bin']}\n{row['customers']:,}" for row in rows], fontsize=8)
    axes.set_ylim(0.0, None)
    axes.set_xlabel("tenths by ascending probability, and the customers in each")
    axes.set_ylabel(f"rate of {shown.predicts}")
    axes.legend(loc="upper left")
    bins = "; ".join(
        f"{row['customers']:,} customers, expected {row['mean_score']:.4f}, "
        f"observed {row['bad_rate']:.4f}"
        for row in rows
    )
    return Words(f"Calibration, {shown.part} customers", f"By ascending probability: {bins}.")

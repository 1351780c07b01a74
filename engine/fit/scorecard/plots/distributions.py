"""Score distributions of good and bad."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.fit.scorecard.plots.canvas import COLOUR, INK, Words
from engine.fit.scorecard.plots.shown import Shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BINS = 40


def draw(axes: Axes, shown: Shown) -> Words:
    """A histogram per class over the same bins, each in shares of its class."""
    edges = np.histogram_bin_edges(shown.z, _BINS)
    means = []
    for side, name in ((0.0, shown.others), (1.0, shown.predicts)):
        weights = np.where(shown.event == side, shown.weights, 0.0)
        share = np.histogram(shown.z, edges, weights=weights)[0] / weights.sum()
        axes.stairs(
            share, edges, fill=True, alpha=0.45, color=COLOUR[name], label=name, gid=f"share-{name}"
        )
        axes.stairs(share, edges, color=COLOUR[name])
        means.append(f"{name} {float(weights @ shown.z) / weights.sum():.3f}")
    if shown.cut_off_z is not None:
        axes.axvline(shown.cut_off_z, color=INK, linestyle="--", linewidth=1, label="cut-off")
    axes.set_xlabel(f"z, log odds of {shown.predicts}")
    axes.set_ylabel("share of the class")
    axes.legend()
    return Words(
        f"Score distributions of good and bad, {shown.part} customers",
        f"Mean log odds of {shown.predicts}: {', '.join(means)}.",
    )

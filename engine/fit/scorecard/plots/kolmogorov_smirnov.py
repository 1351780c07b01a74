"""K-S: the cumulative distributions of good and bad, and where they are farthest apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.fit.scorecard.plots.canvas import COLOUR, INK, Words
from engine.fit.scorecard.plots.curves import curves
from engine.fit.scorecard.plots.shown import Shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw(axes: Axes, shown: Shown) -> Words:
    """Shares at or below each z; the largest distance as a line between the curves."""
    found = curves(shown).thinned()
    for share, name in ((found.others, shown.others), (found.event, shown.predicts)):
        axes.plot(
            found.z,
            share,
            color=COLOUR[name],
            label=name,
            gid=f"below-{name}",
            drawstyle="steps-post",
        )
    at = found.farthest
    z, distance = float(found.z[at]), float(abs(found.event[at] - found.others[at]))
    ends = [found.event[at], found.others[at]]
    axes.plot([z, z], ends, color=INK, marker="_", gid="distance", label=f"K-S {distance:.4f}")
    axes.set_xlabel(f"z, log odds of {shown.predicts}")
    axes.set_ylabel("share of the class at or below")
    axes.legend(loc="upper left")
    return Words(
        f"Kolmogorov-Smirnov distance, {shown.part} customers",
        f"The cumulative distributions are farthest apart, {distance:.4f}, at z = {z:.4g}: "
        f"{found.event[at]:.1%} of {shown.predicts} and {found.others[at]:.1%} of {shown.others} "
        "lie at or below.",
    )

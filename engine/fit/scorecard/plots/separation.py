"""The fitted separation: customers along z with the logistic curve; errors are marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.fit.scorecard.plots.canvas import COLOUR, INK, Words
from engine.fit.scorecard.plots.shown import Shown
from engine.fit.scorecard.plots.thinning import evenly

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_OF_A_CLASS = 500
_SPREAD = 0.18
_GOLDEN = 0.6180339887498949  # multiples of it, modulo 1, lie evenly whatever their number


def draw(axes: Axes, shown: Shown) -> Words:
    """A dot per customer, by what it is; of very many, as many of each class are drawn."""
    for side, name in ((0.0, shown.others), (1.0, shown.predicts)):
        rows = _drawn(shown, side)
        z, wrong = shown.z[rows], shown.wrong[rows]
        y = side + _SPREAD * ((np.arange(len(rows)) * _GOLDEN) % 1.0 - 0.5)
        axes.plot(z, y, "o", color=COLOUR[name], markersize=3.5, label=name, gid=f"dots-{name}")
        axes.plot(
            z[wrong],
            y[wrong],
            "o",
            color=INK,
            markersize=7,
            markerfacecolor="none",
            markeredgewidth=0.7,
            label="misclassified" if side else None,
            gid=f"errors-{name}",
        )
    _curve(axes, shown)
    axes.set_xlabel(f"z, log odds of {shown.predicts}")
    axes.set_ylabel(f"probability of {shown.predicts}")
    axes.legend(loc="center right")
    return Words(f"Fitted separation, {shown.part} customers", _description(shown))


def _drawn(shown: Shown, side: float) -> NDArray[np.intp]:
    """Rows of one class by ascending z, evenly thinned."""
    rows = np.flatnonzero(shown.event == side)
    rows = rows[np.argsort(shown.z[rows], kind="stable")]
    return rows[evenly(len(rows), MOST_OF_A_CLASS)]


def _curve(axes: Axes, shown: Shown) -> None:
    along = np.linspace(shown.z.min() - 0.5, shown.z.max() + 0.5, 200)
    probability = np.exp(-np.logaddexp(0.0, -along))
    axes.plot(along, probability, color=INK, linewidth=1.2, gid="fitted", label="fitted")
    if shown.cut_off_z is not None:
        axes.axvline(
            shown.cut_off_z, color=INK, linestyle="--", linewidth=1, gid="cut-off", label="cut-off"
        )


def _description(shown: Shown) -> str:
    parts = [
        f"{int((shown.wrong & (shown.event == side)).sum()):,} of "
        f"{int((shown.event == side).sum()):,} {name} customers are taken for {other}"
        for side, name, other in (
            (0.0, shown.others, shown.predicts),
            (1.0, shown.predicts, shown.others),
        )
    ]
    thinned = max((shown.event == side).sum() for side in (0.0, 1.0)) > MOST_OF_A_CLASS
    note = f" Drawn are at most {MOST_OF_A_CLASS} of each class, evenly by z." if thinned else ""
    return f"At the cut-off {shown.cut_off:.4g}, {' and '.join(parts)}.{note}"

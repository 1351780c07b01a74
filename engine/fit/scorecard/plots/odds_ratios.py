"""Odds ratios exp(b) with their confidence intervals, a feature per line, on a logarithmic axis."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from engine.fit.scorecard.plots.canvas import GOOD, GRID, INK, Words
from engine.fit.scorecard.plots.shown import OddsRatio, Shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_LINES = 60
_LEAST, _MOST = 1e-3, 1e3
"""Beyond these an interval is cut: where the classes are separated it has no end."""


def draw(axes: Axes, shown: Shown) -> Words:
    """The features whose odds ratios are farthest from 1, from the top down as in the scorecard."""
    rows = _drawn(shown.odds_ratios)
    figure: Figure = axes.get_figure(root=True)  # type: ignore[assignment]  # never a subfigure
    figure.set_size_inches(7.5, 1.6 + 0.3 * len(rows))
    axes.axvline(1.0, color=INK, linewidth=1)
    for line, row in enumerate(rows):
        low, high = (_within(end, row.odds_ratio) for end in (row.low, row.high))
        axes.plot([low, high], [line, line], color=GOOD, gid=f"interval-{line}")
        axes.plot([_within(row.odds_ratio, 1.0)], [line], "s", color=GOOD, gid=f"odds-ratio-{line}")
    _numbers(axes)
    axes.set_yticks(range(len(rows)), [row.name for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.grid(axis="x", color=GRID)
    axes.set_xlabel(f"odds ratio of {shown.predicts}, {shown.confidence:.0%} interval")
    left_out = len(shown.odds_ratios) - len(rows)
    title = "Odds ratios" + (f" ({left_out} nearest to 1 left out)" if left_out else "")
    lines = "; ".join(f"{r.name} {r.odds_ratio:.4g} ({r.low:.4g} to {r.high:.4g})" for r in rows)
    return Words(title, f"{lines}.")


def _drawn(rows: tuple[OddsRatio, ...]) -> list[OddsRatio]:
    """The most telling, in the order given."""
    distance = [abs(math.log(_within(row.odds_ratio, 1.0))) for row in rows]
    far = sorted(range(len(rows)), key=lambda place: -distance[place])[:MOST_LINES]
    return [rows[place] for place in sorted(far)]


def _numbers(axes: Axes) -> None:
    """A logarithmic axis marked with plain numbers, at round ones within a power of ten too."""
    from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

    axes.set_xscale("log")
    low, high = axes.get_xlim()
    axes.xaxis.set_major_locator(LogLocator() if high > 20.0 * low else MaxNLocator(6))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())


def _within(value: float, otherwise: float) -> float:
    """A number that the axis has; ``otherwise`` (itself cut) where it is none."""
    number = otherwise if math.isnan(value) else value
    return min(max(number, _LEAST), _MOST)

"""A picture as SVG: matplotlib without its global state; the same data give the same bytes.

Text stays text, so a picture can be searched and read aloud, and is drawn in a font of the reader.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape

from engine.fit.scorecard.extras import optional
from engine.fit.scorecard.plots.shown import Shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GOOD, BAD, INK, GRID = "#1f5a8c", "#c2571a", "#222222", "#dddddd"
"""Blue and orange are told apart by those who do not see red and green; so is their darkness."""
COLOUR = {"good": GOOD, "bad": BAD}

_INCHES = (7.5, 4.8)
_STYLE = {
    "svg.hashsalt": "nightbook",  # names of elements follow from their contents
    "svg.fonttype": "none",
    "font.size": 10.0,
    "axes.titlesize": 12.0,
    "axes.edgecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "legend.frameon": False,
}


class Words(NamedTuple):
    """What a picture is called, and what is to be seen in it for those who do not see it."""

    title: str
    description: str


Draw = Callable[["Axes", Shown], Words]


def draw_svg(draw: Draw, shown: Shown) -> bytes:
    """The picture that ``draw`` makes of ``shown`` on empty axes.

    Raises
    ------
    BookError
        matplotlib is not installed.
    """
    matplotlib = optional("matplotlib", extra="plots", key="plots")
    figures = optional("matplotlib.figure", extra="plots", key="plots")
    with matplotlib.rc_context():
        matplotlib.rcdefaults()  # a user's own style would change the bytes
        matplotlib.rcParams.update(_STYLE)
        figure = figures.Figure(figsize=_INCHES, layout="constrained")
        axes = figure.add_subplot()
        words = draw(axes, shown)
        axes.set_title(words.title)
        out = io.BytesIO()
        about = {"Date": None, "Creator": None, "Title": words.title}
        figure.savefig(out, format="svg", metadata=about)
    return _described(out.getvalue(), words)


def _described(svg: bytes, words: Words) -> bytes:
    """Says to a screen reader that this is one picture, and what it shows."""
    title = f"<title>{escape(words.title)}</title>".encode()
    described = f"\n <desc>{escape(words.description)}</desc>".encode()
    svg = svg.replace(b'version="1.1">', b'version="1.1" role="img">', 1)
    return svg.replace(title, title + described, 1)

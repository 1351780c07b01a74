"""The frontier as a picture: SVG, written as text, readable without a program of ours.

Up: profit. To the right: the cap. Infeasible caps are crosses on the axis; today's offers are a
diamond at the value that they have themselves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

_WIDTH, _HEIGHT = 760, 460
_LEFT, _RIGHT, _TOP, _BOTTOM = 120, 24, 56, 72
_SHARES = ("rate", "ratio", "return", "difference")
"""Constraints whose names end or go on like this are shares, shown in percent."""
_LINE, _TODAY, _NONE, _INK, _GRID = "#1f5a8c", "#b3541e", "#8a1c1c", "#222", "#ddd"


@dataclass(frozen=True)
class _Axis:
    """Values ``lo`` to ``hi`` on pixels ``start`` to ``end``, marked at ``ticks``."""

    lo: float
    hi: float
    start: float
    end: float
    ticks: tuple[float, ...]

    def at(self, value: float) -> float:
        """The pixel of a value."""
        share = (value - self.lo) / (self.hi - self.lo)
        return self.start + share * (self.end - self.start)


def frontier_svg(found: Mapping[str, Any], *, book: str, currency: str) -> str:
    """``found``: the frontier of ``strategy.what_if``. ``currency``: of the profits."""
    points: Sequence[Mapping[str, Any]] = found["points"]
    solved = [p for p in points if p["expected_profit"] is not None]
    today = found["today"]
    caps = [p["cap"] for p in points] + [today["value"]] * (today["value"] is not None)
    profits = [p["expected_profit"] for p in (*solved, today)]
    across = _axis(caps, _LEFT, _WIDTH - _RIGHT)
    up = _axis(profits, _HEIGHT - _BOTTOM, _TOP)
    title = f"{book}: expected profit against {found['constraint']}"
    lines = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
        ' aria-labelledby="title desc" font-family="sans-serif" font-size="12">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="desc">{escape(_description(found, solved, currency))}</desc>',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        _text(_LEFT, 24, title, anchor="start", size=16),
        *_frame(found, across, up, currency),
        *_curve(points, solved, across, up),
        *_today(today, across, up),
        "</svg>",
    )
    return "\n".join(lines) + "\n"


def _axis(values: Sequence[float], start: float, end: float) -> _Axis:
    """Round numbers around all values, four to ten of them."""
    lo, hi = min(values), max(values)
    room = (hi - lo) or abs(hi) or 1.0
    step = 10.0 ** math.floor(math.log10(room / 4.0))
    step *= next(factor for factor in (5.0, 2.0, 1.0) if room / (step * factor) >= 4.0)
    first, last = math.floor(lo / step), math.ceil(hi / step)
    last = max(last, first + 1)
    ticks = tuple(n * step for n in range(first, last + 1))
    return _Axis(ticks[0], ticks[-1], start, end, ticks)


def _frame(found: Mapping[str, Any], across: _Axis, up: _Axis, currency: str) -> Iterator[str]:
    """Grid, numbers and what the axes are."""
    for tick in across.ticks:
        x = across.at(tick)
        yield _stroke(x, up.start, x, up.end, _GRID)
        yield _text(x, up.start + 18, _number(tick, found["constraint"]))
    for tick in up.ticks:
        y = up.at(tick)
        yield _stroke(across.start, y, across.end, y, _GRID)
        yield _text(across.start - 8, y + 4, f"{tick:,.10g}", anchor="end")
    side = "at most" if found["side"] == "max" else "at least"
    unit = f", {currency}" if not is_share(found["constraint"]) else ""
    basis = str(found["basis"]).replace("_", " ")
    label = f"{found['constraint']} allowed, {side} ({basis}{unit})"
    yield _text((across.start + across.end) / 2, _HEIGHT - 26, label)
    middle = (up.start + up.end) / 2
    yield (
        f'<g transform="rotate(-90 16 {middle:.1f})">'
        f"{_text(16, middle, f'expected profit, {currency}')}</g>"
    )


def _curve(
    points: Sequence[Mapping[str, Any]],
    solved: Sequence[Mapping[str, Any]],
    across: _Axis,
    up: _Axis,
) -> Iterator[str]:
    """The line, its points, and crosses for caps without a strategy."""
    at = [(across.at(p["cap"]), up.at(p["expected_profit"])) for p in solved]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
    yield f'<polyline points="{line}" fill="none" stroke="{_LINE}" stroke-width="2"/>'
    for (x, y), point in zip(at, solved, strict=True):
        told = f"cap {point['cap']:.6g}: {point['expected_profit']:,.0f}"
        yield (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{_LINE}">'
            f"<title>{escape(told)}</title></circle>"
        )
    without = [p for p in points if p["expected_profit"] is None]
    for point in without:
        x, y = across.at(point["cap"]), up.start
        yield (
            f'<path d="M{x - 4:.1f} {y - 4:.1f}l8 8m0 -8l-8 8" stroke="{_NONE}" stroke-width="2">'
            f"<title>{escape(str(point['reason']))}</title></path>"
        )
    if without:
        statuses = " or ".join(sorted({str(p["status"]) for p in without}))
        yield _text(across.end, _HEIGHT - 8, f"x: {statuses}", anchor="end", fill=_NONE)


def _today(today: Mapping[str, Any], across: _Axis, up: _Axis) -> Iterator[str]:
    """A diamond, named; where it has no value on the axis, a line across at its profit."""
    y = up.at(today["expected_profit"])
    if today["value"] is None:
        yield _stroke(across.start, y, across.end, y, _TODAY)
        yield _text(across.end, y - 6, "today's offers", anchor="end", fill=_TODAY)
        return
    x = across.at(today["value"])
    yield f'<path d="M{x:.1f} {y - 7:.1f}l7 7l-7 7l-7 -7z" fill="{_TODAY}"/>'
    right = x < (across.start + across.end) / 2
    anchor, place = ("start", x + 11) if right else ("end", x - 11)
    yield _text(place, y + 4, "today's offers", anchor=anchor, fill=_TODAY)


def _description(
    found: Mapping[str, Any], solved: Sequence[Mapping[str, Any]], currency: str
) -> str:
    """What a reader who cannot see the picture must know."""
    name, none = found["constraint"], len(found["points"]) - len(solved)
    told = [f"{len(solved)} caps on {name} with a strategy, {none} without."]
    for point in (solved[0], solved[-1]) if solved else ():
        cap = _number(point["cap"], name)
        told.append(f"At {cap} expected profit is {point['expected_profit']:,.0f} {currency}.")
    if solved:
        told.append(f"The largest gap to the upper bound is {max(p['gap'] for p in solved):.4%}.")
    today = found["today"]
    value = "" if today["value"] is None else f" at {_number(today['value'], name)}"
    told.append(f"Today's offers bring {today['expected_profit']:,.0f} {currency}{value}.")
    return " ".join(told)


def is_share(constraint: str) -> bool:
    """Whether the constraint's values are fractions, to be shown in percent."""
    return any(word in constraint.split("_") for word in _SHARES)


def _number(value: float, constraint: str) -> str:
    return f"{100.0 * value:.4g} %" if is_share(constraint) else f"{value:,.10g}"


def _stroke(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{colour}" fill="none"/>'


def _text(
    x: float, y: float, text: str, *, anchor: str = "middle", size: int = 12, fill: str = _INK
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
        f'fill="{fill}">{escape(text)}</text>'
    )

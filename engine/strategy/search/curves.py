"""Risk curves: per segment a rate that rises with risk, a limit that falls, and who is approved.

With ``u`` the customer's risk, 0 for the better and 1 for the worse (``risk_of``):

    rate  = lowest + rate span ((1 - bend) rise u + bend rise u^2)          -1 <= bend <= 1
    limit = best (1 - fall u)                                               0 <= fall <= 1

A rate so made never falls with risk: its slope is ``rise span (1 - bend + 2 bend u)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.strategy.menu.problem import MenuProblem
from engine.strategy.search.space import Axis, Floats
from kernels.generation import Curves

Flags = NDArray[np.bool_]
RATE, LIMIT = ("rate", "rise", "bend"), ("limit", "fall")
_SHARE_AT_END = 0.01
"""Of the customers, at either end: beyond them risk counts as theirs."""


class Risk(NamedTuple):
    """``u`` float64 ``(n,)`` in [0, 1]; it is 0 up to PD ``at_0`` and 1 from ``at_1`` on."""

    u: Floats
    at_0: float
    at_1: float


def risk_of(pd: Floats) -> Risk:
    """The logit of PD, scaled to [0, 1] between the first and the last hundredth of the book."""
    within = np.clip(pd, 1e-9, 1.0 - 1e-9)
    logit = np.log(within) - np.log1p(-within)
    ends = (_SHARE_AT_END, 1.0 - _SHARE_AT_END)
    lo, hi = np.quantile(logit, ends, method="inverted_cdf").tolist()
    u = np.clip((logit - lo) / (hi - lo), 0.0, 1.0) if hi > lo else np.zeros(pd.size)
    return Risk(u, *(float(1.0 / (1.0 + np.exp(-end))) for end in (lo, hi)))


@dataclass(frozen=True)
class Offered:
    """What a curve may offer in a cell: ``(S, G)`` each. ``may`` and ``must`` be approved.

    Rates and limits are within those of the menu that are allowed there: a rate that is legal at
    every limit, so a ceiling for some limits is one for all.
    """

    may: Flags
    must: Flags
    rate_lo: Floats
    rate_hi: Floats
    limit_lo: Floats
    limit_hi: Floats


def offered(problem: MenuProblem) -> Offered:
    """Read off the menu."""
    allowed = problem.allowed
    usable = np.logical_or.reduce(allowed, axis=2)
    everywhere = np.logical_and.reduce(allowed | ~usable[:, :, None, :], axis=3)
    everywhere &= np.logical_or.reduce(usable, axis=2)[:, :, None]
    return Offered(
        may=np.logical_or.reduce(everywhere, axis=2),
        must=~problem.may_decline,
        **dict(zip(("rate_lo", "rate_hi"), _ends(everywhere, problem.rates), strict=True)),
        **dict(zip(("limit_lo", "limit_hi"), _ends(usable, problem.limits), strict=True)),
    )


def _ends(flags: Flags, values: Floats) -> tuple[Floats, Floats]:
    """The least and the greatest of the flagged; the first value where none is."""
    some = flags.any(axis=2)
    first = np.where(some, flags.argmax(axis=2), 0)
    last = np.where(some, values.size - 1 - flags[:, :, ::-1].argmax(axis=2), 0)
    return values[first], values[last]


def axes_of(segments: tuple[str, ...], room: Offered, *, book: bool) -> tuple[Axis, ...]:
    """``depth SEGMENT``: how many grades are approved, the better first; then of every curve its
    parameters. With ``book`` all segments share the curves, so that order holds across them."""
    grades = room.may.shape[1]
    must = [grades - int(m[::-1].argmax()) if m.any() else 0 for m in room.must]
    found = [
        Axis(f"depth {segment}", float(least), float(grades), True)
        for segment, least in zip(segments, must, strict=True)
    ]
    for curve in ("book",) if book else segments:
        found += [
            Axis(f"{name} {curve}", -1.0 if name == "bend" else 0.0, 1.0, False)
            for name in (*RATE, *LIMIT)
        ]
    return tuple(found)


def curves_of(points: Floats, problem: MenuProblem, room: Offered) -> Curves:
    """Candidates' coefficients in ``u``, of points in the order of ``axes_of``."""
    segments, grades = room.may.shape
    depth, shares = points[:, :segments], points[:, segments:]
    shares = shares.reshape(len(points), -1, len(RATE) + len(LIMIT))
    shares = np.broadcast_to(shares, (len(points), segments, shares.shape[2]))
    rate, rise, bend, limit, fall = (shares[:, :, k, None] for k in range(shares.shape[2]))
    approve = (np.arange(grades) < depth[:, :, None]) & room.may
    if problem.ordering.decline == "suffix":
        approve &= np.logical_and.accumulate(room.may, axis=1)
    lowest, span = problem.rates[0], problem.rates[-1] - problem.rates[0]
    best = problem.limits[0] * (problem.limits[-1] / problem.limits[0]) ** limit

    def cells(values: Floats) -> Floats:
        wide = np.broadcast_to(values, approve.shape)
        return np.ascontiguousarray(wide).reshape(len(points), -1)

    return Curves(
        approve=np.ascontiguousarray(approve).reshape(len(points), -1),
        r0=cells(lowest + span * rate),
        r1=cells(span * rise * (1.0 - bend)),
        r2=cells(span * rise * bend),
        rate_lo=cells(room.rate_lo),
        rate_hi=cells(room.rate_hi),
        m0=cells(best),
        m1=cells(-best * fall),
        limit_lo=cells(room.limit_lo),
        limit_hi=cells(room.limit_hi),
    )

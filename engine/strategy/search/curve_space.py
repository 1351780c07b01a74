"""Risk curves as a space to search: off the menu, every customer at an offer of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.errors import BookError
from engine.strategy.menu.table import menu_inputs
from engine.strategy.optimise import Prepared
from engine.strategy.search.curve_sides import CurveSides
from engine.strategy.search.curve_valuation import exact_measures
from engine.strategy.search.curves import Offered, Risk, axes_of, curves_of, offered, risk_of
from engine.strategy.search.menu_space import ORDERING
from engine.strategy.search.space import Axis, Checked, Floats, Outcomes
from kernels.generation import MEASURES, Book, Curves, generation_sums, population

_ROOM = 1e-12
"""Of a rate, and of a limit's own size: equal offers may differ by that in their last bits."""


@dataclass(frozen=True)
class CurveSpace:
    """``ends`` float64 ``(2, S, G)``: the least and the greatest risk of each cell's customers."""

    prepared: Prepared
    book: Book
    risk: Risk
    room: Offered
    ends: Floats
    threads: int
    axes: tuple[Axis, ...]
    constraints: tuple[str, ...]

    def evaluate(self, points: Floats) -> Outcomes:
        """All points in one pass over the customers."""
        curves = curves_of(points, self.prepared.problem, self.room)
        sums = generation_sums(self.book, curves, threads=self.threads)
        profit = sums[MEASURES.index("profit")].sum(axis=0)
        return Outcomes(profit, self._violations(curves, sums))

    def check(self, point: Floats) -> Checked:
        """Each customer's offer by itself, summed exactly."""
        curves = curves_of(point[None], self.prepared.problem, self.room)
        sums, totals = exact_measures(self.book, curves)
        excess = self._violations(curves, sums[:, :, None])[:, 0].tolist()
        values = self._sides(curves, sums[:, :, None]).values(self._bounds)
        return Checked(
            totals["profit"],
            dict(zip(self.constraints, excess, strict=True)),
            curve=self._described(curves, totals, values),
        )

    def starts(self) -> Sequence[Floats]:
        """None: an answer of the menu is no curve."""
        return ()

    def fingerprint(self) -> bytes:
        """Of the customers, the prices and the rules."""
        digest, problem = hashlib.sha256(), self.prepared.problem
        market = self.book.demand.surface.win
        for array in (*self.book.customers, *self.book.cells, market, problem.allowed):
            digest.update(np.ascontiguousarray(array).tobytes())
        for array in (*self.book.demand[1:6], problem.rates, problem.limits, problem.may_decline):
            digest.update(array.tobytes())
        told = (self.book.demand.form, self.book.demand.surface[1:], self.book.economics)
        bounds = [(c.name, c.bound, c.scale) for c in problem.constraints]
        digest.update(repr((told, problem.ordering, bounds, self._bounds)).encode())
        return digest.digest()

    @property
    def _bounds(self) -> Mapping[str, Any]:
        return self.prepared.config.constraints.bounds()

    def _sides(self, curves: Curves, sums: Floats) -> CurveSides:
        shape, table = self.room.may.shape, self.prepared.table
        approve = curves.approve.T.reshape(*shape, -1)
        ratio = self.prepared.pricing.economics.capital_ratio
        return CurveSides(table, ratio, sums.reshape(sums.shape[0], *shape, -1), approve)

    def _violations(self, curves: Curves, sums: Floats) -> Floats:
        """``(K + 1, N)``: the book's, then the ordering's."""
        excess = self._sides(curves, sums).excess(self._bounds, self.prepared.problem)
        return np.vstack([excess, self._disorder(curves)])

    def _disorder(self, curves: Curves) -> Floats:
        """``(N,)``: forced cells that are declined, and how far better grades pay more (or, where
        limits are ordered, get less), summed in spans of the menu."""
        problem, shape = self.prepared.problem, (curves.approve.shape[0], *self.room.may.shape)
        approve = curves.approve.reshape(shape)
        broken: Floats = (self.room.must & ~approve).sum(axis=(1, 2)).astype(np.float64)
        least, most = (self._rate_at(curves, end).reshape(shape) for end in self.ends)
        span = float(np.ptp(problem.rates)) or 1.0
        book = problem.ordering.scope == "book"
        broken += _falls(least, most, approve, book, _ROOM) / span
        if problem.ordering.limits:
            least, most = (-self._limit_at(curves, end).reshape(shape) for end in self.ends)
            size = float(problem.limits[-1])
            broken += _falls(least, most, approve, book, _ROOM * size) / size
        return broken

    def _rate_at(self, curves: Curves, u: Floats) -> Floats:
        u = u.ravel()
        rate: Floats = curves.r0 + u * (curves.r1 + u * curves.r2)
        return np.asarray(np.clip(rate, curves.rate_lo, curves.rate_hi))

    def _limit_at(self, curves: Curves, u: Floats) -> Floats:
        limit = curves.m0 + u.ravel() * curves.m1
        return np.asarray(np.clip(limit, curves.limit_lo, curves.limit_hi))

    def _described(
        self, curves: Curves, totals: Mapping[str, float], values: Mapping[str, float | None]
    ) -> dict[str, Any]:
        """The curve in words and numbers, its totals, and what its constraints are at."""
        segments, grades = self.prepared.table.rows.segments, self.prepared.table.rows.grades
        approve = curves.approve.reshape(len(segments), len(grades))
        first = np.arange(len(segments)) * len(grades)
        names = ("r0", "r1", "r2", "m0", "m1")
        return {
            "formula": "rate = r0 + r1 u + r2 u^2, limit = m0 + m1 u, cut to the allowed range",
            "u": {"of": "logit(pd)", "pd_at_0": self.risk.at_0, "pd_at_1": self.risk.at_1},
            "segments": [
                {
                    "segment": segment,
                    "grades": [g.grade for g, yes in zip(grades, approve[s], strict=True) if yes],
                    **{name: float(getattr(curves, name)[0, first[s]]) for name in names},
                }
                for s, segment in enumerate(segments)
            ],
            "totals": dict(totals),
            "values": dict(values),
        }


def _falls(
    least: Floats, most: Floats, approve: np.ndarray[Any, Any], book: bool, room: float
) -> Floats:
    """``(N,)``: by how much the least of a grade is below the most of the better ones, summed."""
    top = np.where(approve, most, -np.inf)
    if book:
        top = np.broadcast_to(top.max(axis=1, keepdims=True), top.shape)
    before = np.maximum.accumulate(top, axis=2)[:, :, :-1]
    fall = np.where(approve[:, :, 1:], before - least[:, :, 1:], 0.0)
    found: Floats = np.where(fall > room, fall, 0.0).sum(axis=(1, 2))
    return found


def curve_space(prepared: Prepared, *, threads: int) -> CurveSpace:
    """Of a book.

    Raises
    ------
    BookError
        The ordering asks for steps between the rates of grades: a curve has none.
    """
    ordering, table = prepared.problem.ordering, prepared.table
    if ordering.least_step > 0.0 or ordering.largest_step is not None:
        raise BookError(
            "optimise: least_step and largest_step are about one rate per grade; the space 'curve' "
            "has one per customer. Leave them out, or search the space 'menu'"
        )
    inputs = menu_inputs(prepared.columns, table.rows, prepared.pricing, table.rates, table.limits)
    risk, room = risk_of(np.asarray(inputs.customers.pd)), offered(prepared.problem)
    book = Book(population(inputs.customers, risk.u), inputs.cells, inputs.demand, inputs.economics)
    constraints = (*(constraint.name for constraint in prepared.problem.constraints), ORDERING)
    return CurveSpace(
        prepared=prepared,
        book=book,
        risk=risk,
        room=room,
        ends=_ends(risk.u, table.rows.first).reshape(2, *table.rows.shape),
        threads=threads,
        axes=axes_of(table.rows.segments, room, book=ordering.scope == "book"),
        constraints=constraints,
    )


def _ends(u: Floats, first: np.ndarray[Any, Any]) -> Floats:
    """Of each cell, the least and the greatest; an empty cell has the middle."""
    found = np.full((2, first.size - 1), 0.5)
    for cell in np.flatnonzero(np.diff(first)):
        own = u[first[cell] : first[cell + 1]]
        found[:, cell] = own.min(), own.max()
    return found

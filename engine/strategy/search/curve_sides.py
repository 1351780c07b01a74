"""The book's constraints on strategies that are no choice of a menu: of measures summed by cell.

Names, bounds and scales are those of the menu's problem, so a violation is in the same unit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from engine.strategy.config import BoundConfig
from engine.strategy.menu.constraints import equal_pd_shares, quantities, reference_rate
from engine.strategy.menu.problem import MenuProblem
from engine.strategy.menu.table import MenuTable
from kernels.generation import MEASURES
from kernels.menu import MEASURES as MENU_MEASURES

Floats = NDArray[np.float64]


class CurveSides:
    """Of N strategies: ``sums`` float64 ``(len(MEASURES), S, G, N)``, 0 where declined, and
    ``approve`` bool ``(S, G, N)``."""

    def __init__(
        self, table: MenuTable, capital_ratio: float, sums: Floats, approve: NDArray[np.bool_]
    ) -> None:
        self._table, self._sums, self._approve = table, sums, approve.astype(np.float64)
        entries = replace(
            table,
            rates=np.zeros(sums.shape[3]),
            limits=np.ones(1),
            sums=sums[: len(MENU_MEASURES), ..., None],
        )
        self._known = quantities(entries, capital_ratio=capital_ratio)

    def excess(self, bounds: Mapping[str, BoundConfig], problem: MenuProblem) -> Floats:
        """``(K, N)`` in the order of the problem's constraints, each of its scale."""
        found = {
            label: side for name, bound in bounds.items() for label, side in self._of(name, bound)
        }
        sides = [found[constraint.name] / constraint.scale for constraint in problem.constraints]
        return np.array(sides).reshape(len(sides), self._sums.shape[3])

    def values(self, bounds: Mapping[str, BoundConfig]) -> dict[str, float | None]:
        """Of the first strategy; None for a ratio of nothing."""
        return {name: self._value(name, bound) for name, bound in bounds.items()}

    def _of(self, name: str, bound: BoundConfig) -> Iterator[tuple[str, Floats]]:
        if name.startswith("group_"):
            yield from self._of_groups(name, bound)
            return
        top, bottom = self._parts(name, bound)
        sides = [(s, at) for s, at in (("min", bound.min), ("max", bound.max)) if at is not None]
        for side, at in sides:
            over = top - at * (1.0 if bottom is None else bottom)
            label = name if len(sides) == 1 else f"{name} {side}"
            yield label, over if side == "max" else -over

    def _parts(self, name: str, bound: BoundConfig) -> tuple[Floats, Floats | None]:
        """Numerator and denominator, ``(N,)``."""
        quantity = self._known[name, bound.basis]
        if name == "average_rate":  # rates differ within a cell
            of = "rate_exposure" if bound.basis == "taken_up" else "rate_limit"
            quantity = replace(quantity, numerator=self._sums[MEASURES.index(of)][..., None])
        bottom = None if quantity.denominator is None else self._total(quantity.denominator)
        return self._total(quantity.numerator) / quantity.per, bottom

    def _total(self, entries: Floats) -> Floats:
        found: Floats = (entries[..., 0] * self._approve).sum(axis=(0, 1))
        return found

    def _of_groups(self, name: str, bound: BoundConfig) -> Iterator[tuple[str, Floats]]:
        groups = self._table.groups
        for a, b in permutations(range(len(groups)), 2):
            at = bound.min if name == "group_approval_ratio" else bound.max
            first, second = self._of_pair(name, a, b)
            limit = float(at or 0.0)
            over = limit * second - first if name == "group_approval_ratio" else first - second
            label = f"{name} {groups[a]} to {groups[b]}"
            yield label, over if name == "group_approval_ratio" else over - limit

    def _of_pair(self, name: str, a: int, b: int) -> tuple[Floats, Floats]:
        """What two groups have at equal PD: approvals, or rates over today's average."""
        shares = equal_pd_shares(self._table, a, b)
        weight = self._approve
        if name != "group_approval_ratio":
            people = np.maximum(self._table.counts, 1)[..., None]
            rate = self._sums[MEASURES.index("rate")] / people
            weight = weight * (rate - reference_rate(self._table))
        return (shares[0][..., None] * weight).sum(axis=(0, 1)), (
            shares[1][..., None] * weight
        ).sum(axis=(0, 1))

    def _value(self, name: str, bound: BoundConfig) -> float | None:
        if not name.startswith("group_"):
            top, bottom = self._parts(name, bound)
            if bottom is None:
                return float(top[0])
            return float(top[0] / bottom[0]) if bottom[0] != 0.0 else None
        pairs = [
            self._of_pair(name, a, b) for a, b in permutations(range(len(self._table.groups)), 2)
        ]
        if name == "group_rate_difference":
            return max(float(one[0] - other[0]) for one, other in pairs)
        known = [float(one[0] / other[0]) for one, other in pairs if other[0] > 0.0]
        return min(known) if known else None

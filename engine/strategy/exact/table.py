"""A menu problem as the solver works on it: cells in a row, entries in a row, constraints stacked.

The same search serves two questions. ``profit``: the greatest profit of the choices that hold every
constraint. ``violation``: whether there is any, and else the least total violation; there a choice
is worth minus its violations, each over its constraint's scale, and multipliers are at most 1 over
that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from engine.strategy.menu.problem import DECLINED, Choice, Flags, Floats, MenuProblem
from kernels.ordered_paths import Rules, best_paths, best_through, rules_for

_EPSILON = float(np.finfo(np.float64).eps)


class Relaxed(NamedTuple):
    """The best choice for given multipliers; ``bound``: no choice that holds is worth more."""

    bound: float
    choice: Choice
    blocks: Floats


@dataclass(frozen=True)
class Table:
    """C cells = S * G, E entries = R * L, K constraints.

    ``profit`` ``(C, E)`` and ``coefficients`` ``(K, C, E)``: 0 where not ``allowed`` ``(C, E)``;
    ``bounds``, ``scales`` and ``caps``, which limits the multipliers, ``(K,)``. ``sizes`` ``(K +
    1,)``: what profit and coefficients sum to at most, for the rounding of a bound.
    """

    problem: MenuProblem
    rules: Rules
    profit: Floats
    coefficients: Floats
    allowed: Flags
    bounds: Floats
    scales: Floats
    caps: Floats
    sizes: Floats

    @property
    def shape(self) -> tuple[int, int]:
        """Segments and grades."""
        segments, grades = self.problem.may_decline.shape
        return segments, grades

    @property
    def seeks_profit(self) -> bool:
        """Whether constraints are to hold; else violations are to be least."""
        return bool(np.isinf(self.caps).all())

    def values(self, multipliers: Floats) -> Floats:
        """``(S, G, R, L)``: what entries are worth with their constraints priced."""
        worth = self.profit.copy()
        for price, side in zip(multipliers.tolist(), self.coefficients, strict=True):
            if price:
                worth -= price * side
        worth[~self.allowed] = -np.inf
        return worth.reshape(self.problem.profit.shape)

    def relax(self, multipliers: Floats) -> Relaxed:
        """The Lagrangian at ``multipliers`` ``(K,)``, each from 0 to its cap, with room above it.

        The room is what rounding can take from it: an entry's worth is a sum of K + 1 terms, a
        choice's one of C of those.
        """
        blocks, choice = best_paths(self.values(multipliers), self.problem.may_decline, self.rules)
        return Relaxed(self.bound(multipliers, blocks), choice, blocks)

    def bound(self, multipliers: Floats, blocks: Floats) -> float:
        """The Lagrangian, of the values of its blocks, with room."""
        terms = self.profit.shape[0] + len(self.bounds) + 4
        size = self.sizes[0] + multipliers @ (self.sizes[1:] + np.abs(self.bounds))
        exact = math.fsum([*blocks, *(multipliers * self.bounds)])
        return float(exact + 2.0 * terms * _EPSILON * size)

    def through(self, multipliers: Floats) -> Floats:
        """``(C, E)``: no choice that holds and takes this entry is worth more."""
        values = self.values(multipliers)
        blocks, _ = best_paths(values, self.problem.may_decline, self.rules)
        through = best_through(values, self.problem.may_decline, self.rules)
        own = blocks if self.rules.book else blocks[:, None, None, None]
        return (through - own + self.bound(multipliers, blocks)).reshape(self.profit.shape)

    def terms(self, choice: Choice) -> tuple[Floats, Floats]:
        """Profit ``(S, G)`` and left-hand sides ``(K, S, G)`` per cell."""
        entry = choice.reshape(-1)
        taken = entry != DECLINED
        at = (np.arange(entry.size), np.where(taken, entry, 0))
        sides = self.coefficients[:, at[0], at[1]] * taken
        return (self.profit[at] * taken).reshape(choice.shape), sides.reshape(-1, *choice.shape)

    def excess(self, choice: Choice) -> Floats:
        """``(K,)``: left-hand side minus bound, of correct sign and rounded once."""
        _, sides = self.terms(choice)
        return np.array(
            [
                math.fsum([*side.ravel(), -bound])
                for side, bound in zip(sides, self.bounds, strict=True)
            ]
        )

    def worth(self, choice: Choice) -> float | None:
        """Profit, None where a constraint does not hold; or minus the total violation."""
        excess = self.excess(choice)
        if self.seeks_profit:
            holds = (excess <= 0.0).all()
            return math.fsum(self.terms(choice)[0].ravel()) if holds else None
        return -math.fsum(np.maximum(excess, 0.0) / self.scales)

    def left_hand_sides(self, choice: Choice) -> dict[str, float]:
        """Per constraint, rounded once."""
        _, sides = self.terms(choice)
        names = [constraint.name for constraint in self.problem.constraints]
        return {name: math.fsum(side.ravel()) for name, side in zip(names, sides, strict=True)}

    def violations(self) -> Table:
        """The same menu, asked for the least violation."""
        sizes = np.append(0.0, self.sizes[1:])
        none = np.zeros_like(self.profit)
        return replace(self, profit=none, caps=1.0 / self.scales, sizes=sizes)


def table_of(problem: MenuProblem) -> Table:
    """The table that asks for profit."""
    cells, ordering = problem.may_decline.size, problem.ordering
    allowed = problem.allowed.reshape(cells, -1)
    profit = np.where(allowed, problem.profit.reshape(cells, -1), 0.0)
    coefficients = np.zeros((len(problem.constraints), *profit.shape))
    for k, constraint in enumerate(problem.constraints):
        coefficients[k] = np.where(allowed, constraint.coefficients.reshape(cells, -1), 0.0)
    stacked = np.concatenate([profit[None], coefficients])
    return Table(
        problem=problem,
        rules=rules_for(
            problem.rates,
            limits=ordering.limits,
            carried=ordering.decline == "any",
            book=ordering.scope == "book",
            least_step=ordering.least_step,
            largest_step=ordering.largest_step,
        ),
        profit=profit,
        coefficients=coefficients,
        allowed=allowed,
        bounds=np.array([constraint.bound for constraint in problem.constraints]),
        scales=np.array([constraint.scale for constraint in problem.constraints]),
        caps=np.full(len(problem.constraints), np.inf),
        sizes=np.abs(stacked).max(axis=2).sum(axis=1),
    )

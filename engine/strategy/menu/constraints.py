"""The portfolio constraints by name, as sums over the menu table.

A quantity is a sum over the chosen entries (``el_amount``), or a ratio of two (``el_rate``); a
bound ``k`` of a ratio is the sum of ``numerator - k denominator`` against 0. What is declined
counts 0.

| name | quantity | basis taken_up | approved |
|---|---|---|---|
| bad_rate_count | bads / loans | take_up * pd / take_up | pd / customers |
| bad_rate_balance | bad exposure / exposure | exposure * pd / exposure | limit * pd / limit |
| el_rate | expected loss / exposure | | - |
| el_amount | expected loss | | - |
| funding_budget, min_volume | exposure | exposure | limit |
| min_approval_rate | approved / eligible customers | | |
| average_rate | rate weighted by exposure | exposure | limit |
| min_investor_return | expected profit / exposure | | - |
| capital | capital_ratio * exposure | exposure | limit |
| group_approval_ratio | least ratio of two groups' approval rates at equal PD | | |
| group_rate_difference | largest difference of two groups' rates at equal PD | | |

Source: the list of names is the product's; expected-loss and bad-rate caps are an online lender's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.errors import BookError
from engine.strategy.config import Basis, BoundConfig
from engine.strategy.menu.problem import LinearConstraint
from engine.strategy.menu.table import MenuTable

Floats = NDArray[np.float64]
Side = Literal["min", "max"]
ROUNDING = 1e-9
"""Of a bound's own size: a sum of float64 in another order may differ by that."""


@dataclass(frozen=True)
class Quantity:
    """``numerator`` and, for a ratio, ``denominator``: float64 ``(S, G, R, L)``; ``per`` divides a
    numerator that is a plain sum by a number of the whole book."""

    numerator: Floats
    denominator: Floats | None = None
    per: float = 1.0

    def value(self, chosen: NDArray[np.bool_]) -> float | None:
        """Of the chosen entries; None for a ratio of nothing."""
        top = float(self.numerator[chosen].sum()) / self.per
        if self.denominator is None:
            return top
        bottom = float(self.denominator[chosen].sum())
        return top / bottom if bottom != 0.0 else None

    def constraint(self, name: str, side: Side, bound: float) -> LinearConstraint:
        """As a sum that must not be above a bound."""
        sign = 1.0 if side == "max" else -1.0
        if self.denominator is None:
            coefficients = sign * self.numerator / self.per
            return _linear(name, coefficients, sign * bound, abs(bound))
        coefficients = sign * (self.numerator - bound * self.denominator)
        size = abs(bound) * float(self.denominator.max(axis=(2, 3)).sum())
        return _linear(name, coefficients, 0.0, size)


def _linear(name: str, coefficients: Floats, bound: float, size: float) -> LinearConstraint:
    """``scale``: the bound's own size, or that of the coefficients where the bound is 0."""
    scale = size if size > 0.0 else float(np.abs(coefficients).max()) or 1.0
    return LinearConstraint(name, np.ascontiguousarray(coefficients), float(bound), scale)


def quantities(table: MenuTable, *, capital_ratio: float) -> dict[tuple[str, Basis], Quantity]:
    """All but those about groups, by name and basis."""
    m = table.measure
    counts = np.broadcast_to(table.counts[:, :, None, None].astype(np.float64), m("profit").shape)
    rate = table.rates[None, None, :, None]
    eligible = float(max(table.counts.sum(), 1))
    taken: dict[str, Quantity] = {
        "bad_rate_count": Quantity(m("bad_count"), m("count")),
        "bad_rate_balance": Quantity(m("bad_exposure"), m("exposure")),
        "el_rate": Quantity(m("loss"), m("exposure")),
        "el_amount": Quantity(m("loss")),
        "funding_budget": Quantity(m("exposure")),
        "min_volume": Quantity(m("exposure")),
        "min_approval_rate": Quantity(counts, per=eligible),
        "average_rate": Quantity(m("exposure") * rate, m("exposure")),
        "min_investor_return": Quantity(m("profit"), m("exposure")),
        "capital": Quantity(capital_ratio * m("exposure")),
    }
    approved: dict[str, Quantity] = {
        "bad_rate_count": Quantity(m("bad"), counts),
        "bad_rate_balance": Quantity(m("bad_limit"), m("limit")),
        "funding_budget": Quantity(m("limit")),
        "min_volume": Quantity(m("limit")),
        "min_approval_rate": taken["min_approval_rate"],
        "average_rate": Quantity(m("limit") * rate, m("limit")),
        "capital": Quantity(capital_ratio * m("limit")),
    }
    by_basis: dict[Basis, dict[str, Quantity]] = {"taken_up": taken, "approved": approved}
    return {(name, basis): q for basis, named in by_basis.items() for name, q in named.items()}


def linear_constraints(
    bounds: Mapping[str, BoundConfig], table: MenuTable, *, capital_ratio: float
) -> tuple[LinearConstraint, ...]:
    """Of the constraints of a book; one with both bounds gives two, called ``name min``, ``max``.

    Raises
    ------
    BookError
        A quantity has no such basis; groups are constrained and the book names none.
    """
    known = quantities(table, capital_ratio=capital_ratio)
    found: list[LinearConstraint] = []
    for name, bound in bounds.items():
        if name.startswith("group_"):
            found += _group_constraints(name, bound, table)
            continue
        quantity = known.get((name, bound.basis))
        if quantity is None:
            raise BookError(f"optimise.constraints.{name}: no basis '{bound.basis}' for it")
        found += [quantity.constraint(label, side, at) for label, side, at in _sides(name, bound)]
    return tuple(found)


def bound_units(
    bounds: Mapping[str, BoundConfig],
    table: MenuTable,
    chosen: NDArray[np.bool_],
    *,
    capital_ratio: float,
) -> dict[str, float]:
    """By label of ``linear_constraints``, how much its sum moves with a unit of the book's bound:
    1, but for a ratio its denominator. A price per unit of the sum times this is one of the bound.
    """
    known = quantities(table, capital_ratio=capital_ratio)
    found: dict[str, float] = {}
    for name, bound in bounds.items():
        quantity = known.get((name, bound.basis))
        below = None if quantity is None else quantity.denominator
        for label, _, _ in _sides(name, bound):
            found[label] = 1.0 if below is None else float(below[chosen].sum())
    return found


def _sides(name: str, bound: BoundConfig) -> Iterator[tuple[str, Side, float]]:
    sides: list[tuple[Side, float]] = []
    if bound.min is not None:
        sides.append(("min", bound.min))
    if bound.max is not None:
        sides.append(("max", bound.max))
    for side, at in sides:
        yield (name if len(sides) == 1 else f"{name} {side}"), side, at


def _group_constraints(
    name: str, bound: BoundConfig, table: MenuTable
) -> Iterator[LinearConstraint]:
    """One for every ordered pair of groups."""
    if len(table.groups) < 2:
        raise BookError(
            f"optimise.constraints.{name}: strategy.group must name a column with at least two "
            f"groups; found {len(table.groups)}"
        )
    limit = bound.min if name == "group_approval_ratio" else bound.max
    if limit is None:
        side = "min" if name == "group_approval_ratio" else "max"
        raise BookError(f"optimise.constraints.{name}: it is a bound from one side, give {side}")
    rates = table.rates[None, None, :, None]
    for a, b in permutations(range(len(table.groups)), 2):
        first, second = equal_pd_shares(table, a, b)
        pair = f"{name} {table.groups[a]} to {table.groups[b]}"
        shape = table.sums.shape[1:]
        if name == "group_approval_ratio":
            part = np.broadcast_to((limit * second - first)[:, :, None, None], shape)
            yield _linear(pair, part.copy(), 0.0, limit)
        else:
            part = (first - second)[:, :, None, None] * (rates - reference_rate(table))
            yield _linear(pair, np.broadcast_to(part, shape).copy(), limit, limit or 1.0)


def equal_pd_shares(table: MenuTable, a: int, b: int) -> tuple[Floats, Floats]:
    """Each cell's share of group a and of group b, ``(S, G)``, had both the same mix of grades.

    Within a grade the cells have the shares they have in the group; a grade weighs what it weighs
    among both groups together. Grades that only one of them has are left out. Approving the cells
    ``A`` approves the shares ``first[A].sum()`` of a and ``second[A].sum()`` of b.
    """
    members = table.members[[a, b]].astype(np.float64)
    by_grade = members.sum(axis=1)
    both = (by_grade > 0.0).all(axis=0)
    weight = np.where(both, by_grade.sum(axis=0), 0.0)
    weight = weight / max(weight.sum(), 1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.where(both, members / by_grade[:, None, :] * weight, 0.0)
    return shares[0], shares[1]


def reference_rate(table: MenuTable) -> float:
    """Today's average rate: what a declined customer counts in a difference of rates."""
    known = ~np.isnan(table.today_rate)
    if not known.any():
        return float(table.rates.mean())
    return float(np.average(table.today_rate[known], weights=table.counts[known] + 1e-9))


def is_satisfied(value: float | None, bound: BoundConfig) -> bool:
    """Whether a value keeps its bounds; a ratio of nothing does."""
    if value is None:
        return True
    room = ROUNDING * max(abs(bound.min or 0.0), abs(bound.max or 0.0))
    low = bound.min is None or value >= bound.min - room
    return low and (bound.max is None or value <= bound.max + room)

"""What the solver answers, and what it raises where there is no answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.errors import BookError
from engine.strategy.menu.problem import Choice, Floats


@dataclass(frozen=True)
class Start:
    """What a solve learned that another one of the same cells and entries can begin with.

    ``multipliers`` ``(K,)``; ``columns``: choices, in the order met.
    """

    multipliers: Floats = field(repr=False)
    columns: tuple[Choice, ...] = field(repr=False)


@dataclass(frozen=True)
class Solution:
    """The certificate speaks of the menu and its tables, nothing more.

    ``choice`` int64 ``(S, G)``: entry ``j * L + k``, -1 declined; every constraint holds exactly.
    ``profit``: of it. ``upper_bound``: no choice that holds every constraint has more;
    ``root_bound``: the same before the gap was closed. ``gap``: ``upper_bound - profit`` over
    ``|upper_bound|``, or over a hundredth of an entry's largest profit if that is more;
    ``root_gap``: of the root bound, from the same profit. ``shadow_prices``: profit per unit of
    bound, at the root. ``values``: left-hand sides. ``status``: ``optimal`` is within the
    tolerance. ``seconds``: spent. ``start``: for a next solve.
    """

    choice: Choice = field(repr=False)
    profit: float
    upper_bound: float
    root_bound: float
    gap: float
    root_gap: float
    shadow_prices: Mapping[str, float]
    values: Mapping[str, float]
    status: Literal["optimal", "time limit"]
    seconds: float
    start: Start = field(repr=False)


class InfeasibleStrategy(BookError):  # noqa: N818 - says what the strategy is
    """No choice keeps to the ordering and holds every constraint.

    ``choice``: that of least total violation found, None where the ordering alone leaves none;
    ``violations``: of each constraint in it, in the unit of its bound.
    """

    def __init__(
        self, problem: str, *, choice: Choice | None = None, violations: Mapping[str, float] = {}
    ) -> None:
        super().__init__(problem)
        self.choice, self.violations = choice, dict(violations)


class UndecidedStrategy(BookError):  # noqa: N818 - the same
    """Time ran out before a choice that holds every constraint was found, or none was proved to.

    ``upper_bound``: no such choice has more profit.
    """

    def __init__(self, problem: str, *, upper_bound: float) -> None:
        super().__init__(problem)
        self.upper_bound = upper_bound

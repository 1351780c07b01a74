"""What a search knows so far: the best answer, the least bound, and the choices it met."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np

from engine.strategy.exact.table import Relaxed, Table
from engine.strategy.menu.problem import Choice, Floats


@dataclass
class Search:
    """``bound`` at ``multipliers``: no choice is worth more; ``answer``: the best that holds.

    ``columns``: choices whose blocks the masters combine, by their bytes, in the order met.
    ``least``: a gap is relative to the bound, or to this if that is less.
    """

    table: Table
    bound: float = np.inf
    multipliers: Floats = field(default_factory=lambda: np.zeros(0))
    answer: Choice | None = None
    worth: float = -np.inf
    columns: dict[bytes, Choice] = field(default_factory=dict)
    least: float = field(init=False)

    def __post_init__(self) -> None:
        self.least = max(float(np.abs(self.table.profit).max()) / 100.0, 1e-300)

    def relax(self, multipliers: Floats) -> Relaxed:
        """The Lagrangian at ``multipliers``; its bound, choice and columns are kept."""
        found = self.table.relax(multipliers)
        if found.bound < self.bound:
            self.bound, self.multipliers = found.bound, multipliers
        if np.isfinite(found.bound):
            self.offer(found.choice)
        return found

    def offer(self, choice: Choice) -> None:
        """Keep an ordered choice as a column, and as the answer if it is better."""
        self.columns.setdefault(choice.tobytes(), choice)
        worth = self.table.worth(choice)
        if worth is not None and worth > self.worth:
            self.answer, self.worth = choice, worth

    def found(self) -> Choice:
        """The answer; whoever asks knows that there is one."""
        if self.answer is None:
            raise ValueError("nothing that holds was found")
        return self.answer

    def gap(self, bound: float | None = None) -> float:
        """See ``Solution.gap``."""
        upper = self.bound if bound is None else bound
        if self.answer is None:
            return float(np.inf)
        return max(0.0, upper - self.worth) / max(abs(upper), self.least)


@dataclass(frozen=True)
class Clock:
    """``seconds`` from its making on."""

    seconds: float
    began: float = field(default_factory=time.monotonic)

    def spent(self) -> float:
        """Seconds since."""
        return time.monotonic() - self.began

    def root_is_over(self) -> bool:
        """The root bound is sought for a second at least."""
        return self.spent() > max(self.seconds, 1.0)

    def left(self) -> float:
        """Seconds that remain, not below 0."""
        return max(0.0, self.seconds - self.spent())

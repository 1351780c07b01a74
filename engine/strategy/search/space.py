"""What a search moves in: whole numbers and shares by name, and what a point of it brings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Told = Callable[[int, int, str], None]
"""Hears how many trials are done, of how many, and what they found."""


class Axis(NamedTuple):
    """One parameter: from ``low`` to ``high``, both included; ``whole`` numbers only."""

    name: str
    low: float
    high: float
    whole: bool


class Outcomes(NamedTuple):
    """Of N points: ``profit`` ``(N,)``; ``violations`` ``(K, N)``, each of its constraint's scale,
    at most 0 where it holds."""

    profit: Floats
    violations: Floats


@dataclass(frozen=True)
class Checked:
    """A point that was valued exactly: profit, the worst violation, and what it is."""

    profit: float
    violations: Mapping[str, float]
    choice: NDArray[np.int64] | None = None
    curve: Mapping[str, Any] | None = None

    @property
    def holds(self) -> bool:
        """Whether every constraint does."""
        return all(value <= 0.0 for value in self.violations.values())


class Space(Protocol):
    """What ``running`` searches."""

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The parameters of a point."""

    @property
    def constraints(self) -> tuple[str, ...]:
        """Names of what every point is to hold, in the order of ``violations``."""

    def evaluate(self, points: Floats) -> Outcomes:
        """Of points ``(N, len(axes))``."""

    def check(self, point: Floats) -> Checked:
        """One point, valued customer by customer with exact totals."""

    def starts(self) -> Sequence[Floats]:
        """Points to begin with."""

    def fingerprint(self) -> bytes:
        """Equal for spaces in which equal points bring the same."""

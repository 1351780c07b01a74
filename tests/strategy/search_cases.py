"""Prepared books for searches, a search in a process of its own, and one that stops on the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from small_columns import FACTS, columns, config, pricing

from engine.strategy import prepare
from engine.strategy.menu.problem import MenuProblem, Ordering
from engine.strategy.optimise import Prepared
from engine.strategy.search import SearchResult, search

HELD: dict[str, Any] = {"bad_rate_balance": {"max": 0.03}, "min_volume": {"min": 60_000}}
IMPOSSIBLE: dict[str, Any] = {"el_rate": {"max": 1e-5}, "min_volume": {"min": 60_000}}


def book_of(**changes: Any) -> Prepared:
    """The small book, under two constraints that bind unless others are given."""
    wanted = config(**({"constraints": HELD} | changes))
    return prepare(columns(), pricing(), wanted, FACTS, threads=1)


def searched(prepared: Prepared, method: Any = "nsga2", **changes: Any) -> SearchResult:
    """Six generations of twenty."""
    arguments: dict[str, Any] = {"trials": 120, "population": 20, "seed": 1, "space": "menu"}
    return search(prepared, method, **(arguments | changes))


def same(one: SearchResult, other: SearchResult) -> bool:
    """To the bit."""
    choices = [None if r.choice is None else r.choice.tobytes() for r in (one, other)]
    told = [(r.profit, r.number, r.params, r.best_by_generation, r.curve) for r in (one, other)]
    return choices[0] == choices[1] and repr(told[0]) == repr(told[1])


class StopError(Exception):
    """What ``Stopping`` raises."""


class Stopping:
    """Hears of generations, and raises at the last of so many."""

    def __init__(self, after: int) -> None:
        self.left = after

    def __call__(self, done: int, total: int, text: str) -> None:
        assert 0 < done <= total
        self.left -= 1
        if not self.left:
            raise StopError


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from search_cases import Stopping, StopError, book_of, searched
try:
    searched(book_of(), checkpoint=Path(sys.argv[2]), told=Stopping(2))
except StopError:
    os.kill(os.getpid(), signal.SIGKILL)
"""
"""A process that dies when two generations are on disk."""


def random_choices(seed: int, shape: tuple[int, int], entries: int, n: int) -> np.ndarray:
    """Choices of any kind, ``(n, *shape)``; most break an ordering."""
    rng = np.random.default_rng(seed)
    return rng.integers(-1, entries, (n, *shape))


FOLDER = Path(__file__).parent


def random_problem(seed: int) -> MenuProblem:
    """Of any ordering, with holes in the menu and perhaps cells that must be approved."""
    rng = np.random.default_rng(seed)
    shape = (int(rng.integers(1, 4)), int(rng.integers(1, 6)), 5, 3)
    book, carried = bool(rng.random() < 0.4), bool(rng.random() < 0.5)
    steps = not book and rng.random() < 0.5
    return MenuProblem(
        rates=0.01 * np.arange(3.0, 8.0),
        limits=np.array([1.0, 2.0, 4.0]),
        profit=np.ascontiguousarray(rng.normal(0.5, 1.0, shape)),
        allowed=rng.random(shape) < rng.choice([0.3, 0.7, 1.0]),
        may_decline=rng.random(shape[:2]) < rng.choice([0.8, 1.0, 1.0]),
        ordering=Ordering(
            limits=bool(rng.random() < 0.5),
            scope="book" if book else "segment",
            decline="any" if carried else "suffix",
            least_step=float(rng.choice([0.0, 0.01])) if steps else 0.0,
            largest_step=rng.choice([None, 0.02]) if steps else None,
        ),
    )

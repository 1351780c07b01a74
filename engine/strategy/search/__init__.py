"""Search by trials: generations of strategies, each evaluated in one pass (Optuna).

space ──axes──▶ samplers ──points──▶ running ──▶ space.evaluate ──▶ told, written to a checkpoint
      ──▶ finding: the best trial that holds all constraints when it is valued exactly

``menu_space`` chooses from the menu, as the exact method does; ``curve_space`` has curves in the
customer's risk, which no menu has. A search proves nothing: its answer is set beside the exact
method's bound.
"""

from __future__ import annotations

from pathlib import Path

from engine.strategy.config import SpaceName
from engine.strategy.exact import Solution
from engine.strategy.optimise import Prepared
from engine.strategy.search.curve_space import curve_space
from engine.strategy.search.finding import SearchResult, find
from engine.strategy.search.menu_space import menu_space
from engine.strategy.search.plan import Plan
from engine.strategy.search.running import run_trials
from engine.strategy.search.samplers import SearchMethod
from engine.strategy.search.space import Space, Told

__all__ = ["SearchMethod", "SearchResult", "SpaceName", "search"]


def search(
    prepared: Prepared,
    method: SearchMethod,
    *,
    trials: int,
    seed: int,
    space: SpaceName,
    population: int = 50,
    start: Solution | None = None,
    checkpoint: Path | None = None,
    resume: bool = False,
    threads: int = 1,
    told: Told | None = None,
) -> SearchResult:
    """The best of ``trials`` strategies, in generations of ``population``.

    ``start``: a solution of the menu that is the first trial of the space ``menu``. ``checkpoint``:
    the file that all trials are written to after each generation; ``resume`` goes on from there and
    ends as if nothing had happened. ``told`` hears of each. The result depends neither
    on the checkpoint nor on ``threads``.

    Raises
    ------
    InfeasibleStrategy
        No trial holds all constraints; names those that the least violating one breaks.
    BookError, OutputError
        The space does not fit the book; the checkpoint is of another search, torn or not writable.
    """
    room: Space
    if space == "menu":
        choice = None if start is None else start.choice
        room = menu_space(prepared.table, prepared.problem, choice)
    else:
        room = curve_space(prepared, threads=threads)
    plan = Plan(method, trials, population, seed)
    done = run_trials(room, plan, checkpoint, resume=resume, told=told or _silent)
    return find(room, plan, done, prepared.problem)


def _silent(done: int, total: int, text: str) -> None: ...

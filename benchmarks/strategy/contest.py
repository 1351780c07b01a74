"""The exact method against what else finds strategies: greedy, local search, NSGA-II, TPE."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.strategy.book import FACTS, SOURCE, columns, config, pricing
from benchmarks.strategy.peers import greedy, local_search
from benchmarks.strategy.solving import four
from engine.errors import BookError
from engine.strategy import Prepared, best, prepare
from engine.strategy.search import SearchMethod, SpaceName, search

CUSTOMERS = 1_000_000
TRIALS = {"nsga2": 2_000, "tpe": 500}
LOCAL_SECONDS = 10.0
THREADS = 2


def measure_contest() -> dict[str, Any]:
    """Profit over the certified bound, and seconds after the table pass; by constraints."""
    with tempfile.TemporaryDirectory() as folder:
        book, money = columns(CUSTOMERS), pricing(Path(folder), SOURCE, "logistic")
        free = best(prepare(book, money, config(20), FACTS, threads=THREADS))
        cases = {
            "one cap": {"bad_rate_balance": {"max": 0.02}},
            "four constraints": four(free),
        }
        return {
            name: _case(prepare(book, money, config(20, wanted), FACTS, threads=THREADS))
            for name, wanted in cases.items()
        }


def _case(made: Prepared) -> dict[str, dict[str, Any]]:
    best(made)
    exact = best(made)
    bound, start = exact.upper_bound, exact.solution

    def by_search(method: SearchMethod, space: SpaceName, **further: Any) -> Callable[[], float]:
        def call() -> float:
            found = search(
                made,
                method,
                trials=TRIALS[method],
                seed=0,
                space=space,
                threads=THREADS,
                **further,
            )
            return float(found.profit)

        return call

    contenders: dict[str, Callable[[], float]] = {
        "exact": lambda: best(made).expected_profit,
        "greedy": lambda: greedy(made.problem)[1],
        "local search, 10 s": lambda: local_search(made.problem, LOCAL_SECONDS)[1],
        "NSGA-II, 2,000 trials, curves": by_search("nsga2", "curve"),
        "NSGA-II, 2,000 trials, same menu": by_search("nsga2", "menu"),
        "NSGA-II, warm-started": by_search("nsga2", "menu", start=start),
        "TPE, 500 trials, same menu": by_search("tpe", "menu"),
    }
    return {name: _timed(call, bound) for name, call in contenders.items()}


def _timed(call: Callable[[], float], bound: float) -> dict[str, Any]:
    began = time.perf_counter()
    try:
        profit: float | None = call()
    except BookError:
        profit = None
    seconds = time.perf_counter() - began
    if profit is None or profit < 0.0:
        return {"share": None, "seconds": seconds}
    return {"share": profit / bound, "seconds": seconds}

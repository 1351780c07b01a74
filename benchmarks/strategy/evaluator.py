"""A generation of strategies in one pass, against a trial in vectorised NumPy and against memory.

A trial of both: the rate quadratic in the risk, the limit linear in it and cut at
the customer's cap, take-up, profit, loss, exposure and loans by cell, 1 million customers.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.strategy.book import CASHFLOW, SOURCE, columns, config, pricing
from benchmarks.timing import seconds_per_call
from engine.strategy.menu.cells import cut_grades, sort_by_cell
from engine.strategy.menu.table import menu_inputs
from kernels.demand import LOGISTIC, MARKET
from kernels.economics import SOURCE as SOURCE_MODE
from kernels.generation import Book, Curves, generation_sums, population
from kernels.reference_money import take_up, unit_amounts

CUSTOMERS = 1_000_000
GENERATION = 50
CASES = {
    "source, propensity x win": (SOURCE, "propensity"),
    "source, logistic": (SOURCE, "logistic"),
    "source, propensity and market": (SOURCE, "market"),
    "cash flow, propensity x win": (CASHFLOW, "propensity"),
}
SHAPES = ("an offer per cell", "curves")
Floats = NDArray[np.float64]


def measure_evaluator(rounds: int) -> dict[str, dict[str, float]]:
    """Milliseconds per candidate and million customers on one thread, medians of the rounds."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, (economics, form) in CASES.items():
            book = _book(Path(folder), economics, form)
            for shape in SHAPES:
                curves = _curves(book.cells.segment.size, curved=shape == "curves")
                turns = [_turn(book, curves) for _ in range(rounds)]
                ours, theirs = (statistics.median(turn[i] for turn in turns) for i in (0, 1))
                found[f"{name}, {shape}"] = {
                    "ours_ms": 1e3 * ours,
                    "numpy_ms": 1e3 * theirs,
                    "ratio": statistics.median(turn[1] / turn[0] for turn in turns),
                    "one_pass_ms": 1e3 * _reading(book),
                    "gigabytes_per_second": _bytes(book) / (ours * GENERATION) / 1e9,
                }
    return found


def _turn(book: Book, curves: Curves) -> tuple[float, float]:
    """Seconds per candidate of both."""
    ours = seconds_per_call(lambda: generation_sums(book, curves, threads=1)) / GENERATION
    return ours, seconds_per_call(lambda: plain_trial(book, curves, 0))


def _book(folder: Path, economics: dict[str, Any], form: str) -> Book:
    own, money = columns(CUSTOMERS), pricing(folder, economics, form)
    wanted = config(20)
    grades = cut_grades(wanted, [(g.grade, g.max_pd) for g in money.strategy.grades], own)
    rows = sort_by_cell(own, grades)
    inputs = menu_inputs(own, rows, money, wanted.menu.rates.grid(), wanted.menu.limits.grid())
    pd = inputs.customers.pd
    risk = np.log(pd / (1.0 - pd))
    x = (risk - risk.mean()) / risk.std()
    return Book(population(inputs.customers, x), inputs.cells, inputs.demand, inputs.economics)


def _curves(cells: int, *, curved: bool) -> Curves:
    """A generation that differs in everything; without curves, each offers one rate and limit."""
    rng = np.random.default_rng(3)
    shape = (GENERATION, cells)

    def drawn(low: float, high: float) -> Floats:
        return np.repeat(rng.uniform(low, high, (GENERATION, 1)), cells, axis=1)

    def all_of(value: float) -> Floats:
        return np.full(shape, value)

    return Curves(
        approve=np.ones(shape, np.bool_),
        r0=drawn(0.10, 0.16),
        r1=drawn(0.01, 0.03) * curved,
        r2=drawn(0.0, 0.01) * curved,
        rate_lo=all_of(0.05),
        rate_hi=all_of(0.345),
        m0=drawn(4000.0, 9000.0),
        m1=drawn(-2000.0, 0.0) * curved,
        limit_lo=all_of(500.0),
        limit_hi=all_of(15_000.0),
    )


def plain_trial(book: Book, curves: Curves, candidate: int) -> dict[str, Floats]:
    """One trial as a team writes it: whole columns, one operation after the other."""
    own, cells = book.customers, book.cells
    cell = np.repeat(np.arange(cells.segment.size), np.diff(cells.first))
    c = [array[candidate, 0] for array in curves[1:]]
    rate = np.clip(c[0] + c[1] * own.x + c[2] * own.x**2, c[3], c[4])
    limit = np.minimum(np.clip(c[5] + c[6] * own.x, c[7], c[8]), own.cap)
    taken = take_up(book.demand, cells.segment[cell], cells.table[cell], own.base, rate, limit)
    profit, loss = unit_amounts(book.economics, own.pd, rate)
    lent = taken * limit
    sums = {
        "profit": lent * profit - taken * book.economics.acquisition,
        "loss": lent * loss,
        "exposure": lent,
        "count": taken,
    }
    return {name: np.bincount(cell, values) for name, values in sums.items()}


def _columns_read(book: Book) -> list[Floats]:
    own = book.customers
    read = [own.pd, own.x, own.cap]
    if book.demand.form != LOGISTIC or own.base.any():
        read.append(own.base)
    if book.demand.form in (LOGISTIC, MARKET):
        read.append(own.log_cap)
    return read if book.economics.mode == SOURCE_MODE else [*read, own.hazard]


def _reading(book: Book) -> float:
    """Seconds to read the columns from memory once."""
    read = _columns_read(book)
    return seconds_per_call(lambda: [column.sum() for column in read])


def _bytes(book: Book) -> float:
    return float(sum(column.nbytes for column in _columns_read(book)))

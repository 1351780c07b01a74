"""Masters over columns: which mixture of the choices met is best, and which combination.

A column is a block's part of a choice; the order binds within a block only, so every combination of
columns is a choice that keeps to it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine.strategy.exact.search import Search
from engine.strategy.exact.table import Table
from engine.strategy.menu.problem import Choice, Floats

_ROOM = 1e-7
"""Of a scale: what HiGHS may let pass is kept free."""
_MOST_PER_BLOCK = 50


class Columns(NamedTuple):
    """N columns: ``block`` and ``choice``, the place among the choices, ``(N,)``.

    ``profit`` ``(N,)``, ``sides`` ``(K, N)``: left-hand sides over the constraints' scales.
    """

    block: Choice
    choice: Choice
    profit: Floats
    sides: Floats


class Mixture(NamedTuple):
    """Of the linear master: its value, and the constraints' multipliers."""

    value: float
    multipliers: Floats


def columns_of(table: Table, choices: list[Choice]) -> Columns:
    """Each block's different columns."""
    stacked = np.stack(choices)
    terms = [table.terms(choice) for choice in choices]
    profit = np.stack([profit for profit, _ in terms]).sum(axis=2)
    sides = np.stack([sides for _, sides in terms]).sum(axis=3)
    blocks = stacked.reshape(len(choices), 1, -1) if table.rules.book else stacked
    if table.rules.book:
        profit, sides = profit.sum(axis=1, keepdims=True), sides.sum(axis=2, keepdims=True)
    pairs = []
    for block in range(blocks.shape[1]):
        _, first = np.unique(blocks[:, block], axis=0, return_index=True)
        pairs += [(block, choice) for choice in np.sort(first).tolist()]
    block, choice = np.array(pairs, np.int64).T
    scaled = sides[choice, :, block].T / table.scales[:, None]
    return Columns(block, choice, profit[choice, block], scaled)


def best_mixture(table: Table, columns: Columns) -> Mixture | None:
    """The linear master; None where no mixture holds the constraints."""
    from scipy.optimize import linprog  # 0.3 s that a run need not wait for

    k = len(table.bounds)
    unit = max(float(np.abs(columns.profit).max()), 1e-300) if table.seeks_profit else 1.0
    slack = 0 if table.seeks_profit else k
    done = linprog(
        np.concatenate([-columns.profit / unit, np.ones(slack)]),
        A_ub=np.hstack([columns.sides, -np.eye(k)[:, :slack]]),
        b_ub=table.bounds / table.scales,
        A_eq=np.hstack([_picks(columns.block), np.zeros((columns.block[-1] + 1, slack))]),
        b_eq=np.ones(columns.block[-1] + 1),
        method="highs-ds",
    )
    if done.status != 0:
        return None
    prices = np.clip(-done.ineqlin.marginals * unit / table.scales, 0.0, table.caps)
    return Mixture(float(-done.fun * unit), prices)


def combine(search: Search, gap: float, seconds: float) -> None:
    """The integer master: the best combination of the columns met is offered to the search."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    table, choices = search.table, list(search.columns.values())
    columns = _promising(search, columns_of(table, choices))
    picks, n = _picks(columns.block), columns.block.size
    done = milp(
        -columns.profit / max(float(np.abs(columns.profit).max()), 1e-300),
        integrality=np.ones(n),
        bounds=Bounds(0.0, 1.0),
        constraints=[
            LinearConstraint(columns.sides, ub=table.bounds / table.scales - _ROOM),
            LinearConstraint(picks, 1.0, 1.0),
        ],
        options={"time_limit": max(seconds, 0.01), "mip_rel_gap": gap},
    )
    if done.x is None:
        return
    combined = np.array(choices[0])
    for column in np.flatnonzero(done.x > 0.5):
        block = slice(None) if table.rules.book else columns.block[column]
        combined[block] = choices[columns.choice[column]][block]
    search.offer(combined)


def _promising(search: Search, columns: Columns) -> Columns:
    """Those of which, at the best prices, a better answer may be made; a block's best ones."""
    table, prices = search.table, search.multipliers
    worth = columns.profit - (prices * table.scales) @ columns.sides
    blocks = table.relax(prices).blocks
    loss = blocks[columns.block] - worth
    keep = []
    for block in range(blocks.size):
        own = np.flatnonzero(columns.block == block)
        own = own[np.argsort(loss[own], kind="stable")][:_MOST_PER_BLOCK]
        near = own[loss[own] <= search.bound - search.worth]
        keep.append(np.sort(near if near.size else own[:1]))
    kept = np.concatenate(keep)
    return Columns(
        columns.block[kept], columns.choice[kept], columns.profit[kept], columns.sides[:, kept]
    )


def _picks(block: Choice) -> Floats:
    """A row per block: its columns."""
    return np.asarray((np.arange(block[-1] + 1)[:, None] == block).astype(np.float64))

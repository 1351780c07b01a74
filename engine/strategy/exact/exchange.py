"""Better answers by exchange: one cell, or two that do not touch, change their entries."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine.strategy.exact.neighbours import keeps_order, moves
from engine.strategy.exact.search import Clock, Search
from engine.strategy.exact.table import Table
from engine.strategy.menu.problem import DECLINED, Choice, Flags, Floats

_MOST_MOVES = 300
_WORTHWHILE = 0.1
"""Of the most that one move takes away: else moves that gain and hardly help come first."""
_ROUNDING = 1e-12
_PAIRED = 60
"""Moves that are tried in pairs, of those that gain and of those that make room."""


class _Moves(NamedTuple):
    """M changes of one cell: to ``entry`` of ``cell``, by which ``profit`` rises by ``gain``.

    ``sides`` ``(K, M)``: by which left-hand sides rise, over the constraints' scales.
    """

    cell: Choice
    entry: Choice
    gain: Floats
    sides: Floats


def improve(search: Search, choice: Choice, clock: Clock) -> None:
    """Repairs a choice that breaks constraints, then raises its profit; offers what it finds."""
    table, current = search.table, choice.copy()
    for _ in range(_MOST_MOVES):
        if not clock.left():
            return
        excess = table.excess(current) / table.scales
        options = _moves(table, current)
        if (excess > 0.0).any():
            better = _repaired(options, excess, table.seeks_profit)
        elif table.seeks_profit:
            better = _raised(options, -excess)
        else:
            return
        if better is None or not _apply(table, current, options, better):
            return
        search.offer(current.copy())


def _moves(table: Table, choice: Choice) -> _Moves:
    entries, declines = moves(table, choice)
    profit, sides = table.terms(choice)
    profit, sides = profit.ravel(), sides.reshape(len(sides), -1)
    cell, entry = np.nonzero(entries)
    gain = table.profit[cell, entry] - profit[cell]
    rise = table.coefficients[:, cell, entry] - sides[:, cell]
    shut = np.flatnonzero(declines)
    return _Moves(
        np.append(cell, shut),
        np.append(entry, np.full(shut.size, DECLINED)),
        np.append(gain, -profit[shut]),
        np.hstack([rise, -sides[:, shut]]) / table.scales[:, None],
    )


def _repaired(options: _Moves, excess: Floats, seeks_profit: bool) -> list[int] | None:
    """The move that loses least profit for the violation it takes away, or takes away most."""
    before = np.maximum(excess, 0.0).sum()
    after = np.maximum(excess[:, None] + options.sides, 0.0).sum(axis=0)
    saved = before - after
    if saved.max(initial=0.0) <= 1e-9 * before:
        return None
    helps = np.flatnonzero(saved >= _WORTHWHILE * saved.max())
    loss = options.gain[helps] / saved[helps] if seeks_profit else saved[helps]
    return [int(helps[np.argmax(loss)])]


def _raised(options: _Moves, room: Floats) -> list[int] | None:
    """The move, or else the two moves, that raise profit most within the room."""
    fits = _fits(options.sides, room)
    best = int(np.argmax(np.where(fits, options.gain, -np.inf)))
    if fits[best] and options.gain[best] > 1e-12 * np.abs(options.gain).max():
        return [best]
    return _best_pair(options, room)


def _best_pair(options: _Moves, room: Floats) -> list[int] | None:
    """Two cells: one gains, the other makes room at the least loss for it."""
    use = (options.sides / np.maximum(room, 1e-9)[:, None]).max(axis=0, initial=0.0)
    gains = np.flatnonzero(options.gain > 0.0)
    frees = np.flatnonzero((options.sides < 0.0).any(axis=0) & (options.gain <= 0.0))
    gains = gains[np.argsort(use[gains] / options.gain[gains], kind="stable")[:_PAIRED]]
    freed = np.maximum(-options.sides[:, frees], 0.0).max(axis=0, initial=1e-300)
    frees = frees[np.argsort(-options.gain[frees] / freed, kind="stable")[:_PAIRED]]
    if not gains.size or not frees.size:
        return None
    total = options.gain[gains][:, None] + options.gain[frees]
    sides = options.sides[:, gains][:, :, None] + options.sides[:, frees][:, None, :]
    fits = _fits(sides, room)
    fits &= options.cell[gains][:, None] != options.cell[frees]
    total = np.where(fits, total, -np.inf)
    best = int(total.argmax())
    if total.flat[best] <= 1e-12 * np.abs(options.gain).max():
        return None
    return [int(gains[best // frees.size]), int(frees[best % frees.size])]


def _fits(sides: Floats, room: Floats) -> Flags:
    """Whether all left-hand sides stay within the room, rounding apart; over the last axes."""
    room = (room - _ROUNDING).reshape(-1, *[1] * (sides.ndim - 1))
    return np.asarray(((sides <= room) | (sides <= 0.0)).all(axis=0))


def _apply(table: Table, choice: Choice, options: _Moves, taken: list[int]) -> bool:
    """Whether the choice, changed in place, still keeps to the order: two moves may clash."""
    choice.reshape(-1)[options.cell[taken]] = options.entry[taken]
    return len(taken) == 1 or keeps_order(table, choice)

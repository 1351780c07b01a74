"""Which entries a single cell may change to while all others stay as they are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine.strategy.exact.table import Table
from engine.strategy.menu.problem import DECLINED, Choice, Flags


class _Room(NamedTuple):
    """Per cell ``(S, G)``: rates ``lo..hi``, limits ``least..most``, whether it may be declined.

    There is no entry where ``lo > hi``.
    """

    lo: Choice
    hi: Choice
    least: Choice
    most: Choice
    closes: Flags


def moves(table: Table, choice: Choice) -> tuple[Flags, Flags]:
    """Entries ``(C, E)`` and declines ``(C,)`` that each cell may change to."""
    room = _room(table, choice)
    rate, limit = np.arange(table.problem.rates.size), np.arange(table.problem.limits.size)
    rates = (room.lo[..., None] <= rate) & (rate <= room.hi[..., None])
    limits = (room.least[..., None] <= limit) & (limit <= room.most[..., None])
    entries = rates[..., None] & limits[..., None, :]
    return entries.reshape(table.allowed.shape) & table.allowed, room.closes.ravel()


def keeps_order(table: Table, choice: Choice) -> bool:
    """Whether every cell of a choice may be what it is."""
    room = _room(table, choice)
    rate, limit = np.divmod(choice, table.problem.limits.size)
    inside = (room.lo <= rate) & (rate <= room.hi) & (room.least <= limit) & (limit <= room.most)
    offered = table.allowed[np.arange(choice.size), choice.ravel()].reshape(choice.shape)
    return bool(np.where(choice == DECLINED, room.closes, inside & offered).all())


def _room(table: Table, choice: Choice) -> _Room:
    room = _of_segments(table, choice)
    return _of_book(table, choice, room) if table.rules.book else room


def _of_segments(table: Table, choice: Choice) -> _Room:
    """Between the approved cells next to each within its segment."""
    rules, grades, limits = table.rules, choice.shape[1], table.problem.limits.size
    grade = np.arange(grades)
    approved = choice != DECLINED
    last = np.maximum.accumulate(np.where(approved, grade, -1), axis=1)
    next_ = np.minimum.accumulate(np.where(approved, grade, grades)[:, ::-1], axis=1)[:, ::-1]
    none = np.full((choice.shape[0], 1), -1)
    better, worse = np.hstack([none, last[:, :-1]]), np.hstack([next_[:, 1:], none + grades + 1])
    some_better, some_worse = better >= 0, worse < grades
    before = np.take_along_axis(choice, np.maximum(better, 0), axis=1)
    after = np.take_along_axis(choice, np.minimum(worse, grades - 1), axis=1)
    (rate, limit), (next_rate, next_limit) = np.divmod(before, limits), np.divmod(after, limits)
    top = np.int64(table.problem.rates.size - 1)
    lo = np.where(some_better, rules.next_first[rate], 0)
    hi = np.where(some_better, rules.next_last[rate], top)
    meets = (rules.first[next_rate] <= rate) & (rate <= rules.last[next_rate])
    closes = ~some_worse | (rules.carried & (~some_better | meets))
    if not rules.carried:
        hi = np.where(better == grade - 1, hi, -1)  # after a decline
    return _Room(
        np.maximum(lo, np.where(some_worse, rules.first[next_rate], 0)),
        np.minimum(hi, np.where(some_worse, rules.last[next_rate], top)),
        np.where(some_worse & rules.limits, next_limit, 0),
        np.where(some_better & rules.limits, limit, limits - 1),
        closes & table.problem.may_decline,
    )


def _of_book(table: Table, choice: Choice, room: _Room) -> _Room:
    """The same between all approved cells of better and worse grades."""
    limits, (segments, grades) = table.problem.limits.size, choice.shape
    rate, limit = np.divmod(choice, limits)
    approved, top = choice != DECLINED, table.problem.rates.size - 1
    highest = np.maximum.accumulate(np.where(approved, rate, 0).max(axis=0))
    lowest = np.minimum.accumulate(np.where(approved, rate, top).min(axis=0)[::-1])[::-1]
    smallest = np.minimum.accumulate(np.where(approved, limit, limits - 1).min(axis=0))
    largest = np.maximum.accumulate(np.where(approved, limit, 0).max(axis=0)[::-1])[::-1]
    lo, hi = np.append(0, highest[:-1]), np.append(lowest[1:], top)
    least, most = np.append(largest[1:], 0), np.append(limits - 1, smallest[:-1])
    if not table.rules.limits:
        least, most = np.zeros_like(least), np.full_like(most, limits - 1)
    shape = (segments, grades)
    return _Room(
        np.broadcast_to(lo, shape),
        np.where(room.lo <= room.hi, np.broadcast_to(hi, shape), -1),
        np.broadcast_to(least, shape),
        np.broadcast_to(most, shape),
        room.closes,
    )

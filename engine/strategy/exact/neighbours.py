"""Which entries a single cell may change to while all others stay as they are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine.strategy.exact.table import Table
from engine.strategy.problem import DECLINED, Choice, Flags


class _Room(NamedTuple):
    """Rates ``lo..hi`` and limits ``least..most``; nothing where ``lo > hi``."""

    lo: int
    hi: int
    least: int
    most: int


def moves(table: Table, choice: Choice) -> tuple[Flags, Flags]:
    """Entries ``(C, E)`` and declines ``(C,)`` that each cell may change to."""
    segments, grades = choice.shape
    rates, limits = table.problem.rates.size, table.problem.limits.size
    entries = np.zeros((segments, grades, rates, limits), bool)
    declines = np.zeros((segments, grades), bool)
    around = _of_book(table, choice) if table.rules.book else None
    for s in range(segments):
        for g in range(grades):
            room, closes = _of_segment(table, choice[s], g)
            if around is not None and room.lo <= room.hi:
                room = around[g]
            entries[s, g, room.lo : room.hi + 1, room.least : room.most + 1] = True
            declines[s, g] = closes and table.problem.may_decline[s, g]
    return entries.reshape(table.allowed.shape) & table.allowed, declines.ravel()


def _of_segment(table: Table, row: Choice, g: int) -> tuple[_Room, bool]:
    """Of a cell within its segment: what it may change to, and whether it may be declined."""
    rules, limits = table.rules, table.problem.limits.size
    approved = np.flatnonzero(row != DECLINED)
    better, worse = approved[approved < g], approved[approved > g]
    if not rules.carried and better.size < g:
        return _Room(0, -1, 0, -1), True
    lo, hi, least, most = 0, table.problem.rates.size - 1, 0, limits - 1
    closes = rules.carried or not worse.size
    if better.size:
        rate, limit = divmod(int(row[better[-1]]), limits)
        lo, hi = int(rules.next_first[rate]), int(rules.next_last[rate])
        most = limit if rules.limits else most
    if worse.size:
        rate, limit = divmod(int(row[worse[0]]), limits)
        lo, hi = max(lo, int(rules.first[rate])), min(hi, int(rules.last[rate]))
        least = limit if rules.limits else least
        if better.size:
            before = int(row[better[-1]]) // limits
            closes = closes and bool(rules.first[rate] <= before <= rules.last[rate])
    return _Room(lo, hi, least, most), closes


def _of_book(table: Table, choice: Choice) -> list[_Room]:
    """Per grade what its cells may change to."""
    limits = table.problem.limits.size
    rooms = []
    for g in range(choice.shape[1]):
        better, worse = choice[:, :g], choice[:, g + 1 :]
        better, worse = better[better != DECLINED], worse[worse != DECLINED]
        room = _Room(
            lo=int((better // limits).max(initial=0)),
            hi=int((worse // limits).min(initial=table.problem.rates.size - 1)),
            least=int((worse % limits).max(initial=0)) if table.rules.limits else 0,
            most=int((better % limits).min(initial=limits - 1))
            if table.rules.limits
            else limits - 1,
        )
        rooms.append(room)
    return rooms


def keeps_order(table: Table, choice: Choice) -> bool:
    """Whether every cell of a choice may be what it is."""
    entries, declines = moves(table, choice)
    flat, cells = choice.ravel(), np.arange(choice.size)
    return bool(np.where(flat == DECLINED, declines, entries[cells, flat]).all())

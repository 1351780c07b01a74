"""The best chain of thresholds through the grades of a book: see ``kernels.ordered_paths``.

A state after a grade: the set of segments still open, as bits (one state if declines are carried),
the highest rate so far, the lowest limit so far. Of ``(lo, hi)`` and ``(high, low)``, the rates and
limits before and after a grade, each segment takes its best entry in between.
"""

from __future__ import annotations

import math

from kernels.native import part
from kernels.ordered_paths import Flags, Floats, Rules, Thresholds, Whole


@part
def _closable(may_decline: Flags, s: int, g: int) -> bool:
    closes = True
    for later in range(g, may_decline.shape[1]):
        closes = closes and may_decline[s, later]
    return closes


@part
def _raise(to: Floats, by: Floats) -> None:
    """Block: each of ``to`` to what ``by`` has, if that is more."""
    for j in range(to.shape[0]):
        for k in range(to.shape[1]):
            to[j, k] = by[j, k] if by[j, k] > to[j, k] else to[j, k]


@part
def _close(at: Floats, may_decline: Flags, rules: Rules, g: int, back: bool, out: Floats) -> None:
    """Block: per set of segments that go on at grade ``g`` the best of the sets before it.

    ``back``: per set before it the best of those that go on.
    """
    for m in range(at.shape[0]):
        for j in range(at.shape[1]):
            for k in range(at.shape[2]):
                out[m, j, k] = at[m, j, k]
    for s in range(0 if rules.carried else may_decline.shape[0]):
        if not _closable(may_decline, s, g):
            continue
        for m in range(at.shape[0]):
            if m >> s & 1:
                worse, better = (m, m ^ (1 << s)) if back else (m ^ (1 << s), m)
                _raise(out[worse], out[better])


@part
def _worth(best: float, declinable: bool) -> float:
    """Point: of a cell whose best entry is worth ``best``, where declines are carried."""
    return 0.0 if declinable and best < 0.0 else best


@part
def _gains(within: Floats, j: int, k: int, declinable: Flags, rules: Rules, gain: Floats) -> None:
    """Per set of segments what its best entries are worth together."""
    gain[0] = 0.0
    if rules.carried:
        for s in range(within.shape[0]):
            gain[0] += _worth(within[s, j, k], declinable[s])
        return
    for s in range(within.shape[0]):
        for m in range(1 << s):
            gain[m | 1 << s] = gain[m] + within[s, j, k]


@part
def _widen(values: Floats, g: int, lo: int, high: int, j: int, k: int, within: Floats) -> None:
    """The best entries from rate ``lo`` to ``j`` and limit ``k`` to ``high``, of narrower ones."""
    for s in range(values.shape[0]):
        top = values[s, g, j, k]
        if j > lo and within[s, j - 1, k] > top:
            top = within[s, j - 1, k]
        if k < high and within[s, j, k + 1] > top:
            top = within[s, j, k + 1]
        within[s, j, k] = top


@part
def _is_dead(at: Floats, j: int, k: int) -> bool:
    dead = True
    for m in range(at.shape[0]):
        dead = dead and at[m, j, k] == -math.inf
    return dead


@part
def _forward(values: Floats, may_decline: Flags, rules: Rules, states: Thresholds) -> None:
    """Block: the best of every state, grade by grade, into ``states.at``, which holds -inf."""
    _, grades, rates, limits = values.shape
    at, within, gain, before = states
    at[0, at.shape[1] - 1, 0, limits - 1] = 0.0
    for g in range(grades):
        _close(at[g], may_decline, rules, g, False, before)
        for start in range(rates * limits):
            lo, high = start // limits, start % limits
            if _is_dead(before, lo, high):
                continue
            for j in range(lo, rates):
                for back in range(high + 1):
                    k = high - back
                    _widen(values, g, lo, high, j, k, within)
                    _gains(within, j, k, may_decline[:, g], rules, gain)
                    for m in range(gain.size):
                        total = before[m, lo, high] + gain[m]
                        if total > at[g + 1, m, j, k]:
                            at[g + 1, m, j, k] = total


@part
def _came_from(
    values: Floats,
    g: int,
    state: tuple[int, int, int],
    declinable: Flags,
    rules: Rules,
    states: Thresholds,
) -> tuple[int, int]:
    """The thresholds before grade ``g`` of the best way to ``state``."""
    m, j, k = state
    limits = values.shape[3]
    within = states.within
    for down in range(j + 1):
        lo = j - down
        for high in range(k, limits):
            for s in range(values.shape[0]):
                top = values[s, g, lo, high]
                if lo < j and within[s, lo + 1, high] > top:
                    top = within[s, lo + 1, high]
                if high > k and within[s, lo, high - 1] > top:
                    top = within[s, lo, high - 1]
                within[s, lo, high] = top
            _gains(within, lo, high, declinable, rules, states.gain)
            if states.open[m, lo, high] + states.gain[m] == states.at[g + 1, m, j, k]:
                return lo, high
    return 0, limits - 1


@part
def _pick(
    values: Floats, corners: tuple[int, int, int, int], declinable: bool, rules: Rules
) -> int:
    """The first best entry of a cell within rates ``lo..j`` and limits ``k..high``, or -1."""
    lo, j, k, high = corners
    found, top = -1, -math.inf
    for rate in range(lo, j + 1):
        for limit in range(k, high + 1):
            if values[rate, limit] > top:
                found, top = rate * values.shape[1] + limit, values[rate, limit]
    return -1 if rules.carried and declinable and top < 0.0 else found


@part
def book_path(
    values: Floats,
    may_decline: Flags,
    rules: Rules,
    states: Thresholds,
    choice: Whole,
    value: Floats,
) -> int:
    """Block: into ``choice``, which holds declines, and ``value``, which holds -inf."""
    segments, grades, rates, limits = values.shape
    _forward(values, may_decline, rules, states)
    m, j, k = 0, 0, 0
    for state in range(states.gain.size * rates * limits):
        a, b, c = state // (rates * limits), state // limits % rates, state % limits
        if states.at[grades, a, b, c] > value[0]:
            m, j, k, value[0] = a, b, c, states.at[grades, a, b, c]
    for back in range(grades if value[0] > -math.inf else 0):
        g = grades - 1 - back
        declinable = may_decline[:, g]
        _close(states.at[g], may_decline, rules, g, False, states.open)
        lo, high = _came_from(values, g, (m, j, k), declinable, rules, states)
        for s in range(segments):
            if rules.carried or m >> s & 1:
                choice[s, g] = _pick(values[s, g], (lo, j, k, high), declinable[s], rules)
        came = m
        for larger in range(m, states.gain.size):  # closing what is open beyond m was free
            closes = larger & m == m
            for s in range(segments):
                if (larger ^ m) >> s & 1 and not _closable(may_decline, s, g):
                    closes = False
            if closes and states.at[g, larger, lo, high] == states.open[m, lo, high]:
                came = larger
                break
        m, j, k = came, lo, high
    return 0


@part
def _others(
    within: Floats, j: int, k: int, s: int, declinable: Flags, rules: Rules, both: Floats
) -> float:
    """The best total of all but segment ``s``; ``both``: per set what is before and after."""
    top = -math.inf
    for m in range(both.size):
        if rules.carried or m >> s & 1:
            total = both[m]
            for other in range(within.shape[0]):
                best = within[other, j, k]
                if other != s and rules.carried:
                    total += _worth(best, declinable[other])
                elif other != s and m >> other & 1:
                    total += best
            top = total if total > top else top
    return top


@part
def _spread(most: Floats, lo: int, high: int, rest: Floats) -> None:
    """An entry may be taken between all thresholds that enclose it: the best of those."""
    for s in range(most.shape[0]):
        for up in range(most.shape[1] - lo):
            j = most.shape[1] - 1 - up
            for k in range(high + 1):
                if up > 0 and most[s, j + 1, k] > most[s, j, k]:
                    most[s, j, k] = most[s, j + 1, k]
                if k > 0 and most[s, j, k - 1] > most[s, j, k]:
                    most[s, j, k] = most[s, j, k - 1]
                if most[s, j, k] > rest[s, j, k]:
                    rest[s, j, k] = most[s, j, k]


@part
def book_through(
    values: Floats,
    may_decline: Flags,
    rules: Rules,
    states: Thresholds,
    after: Thresholds,
    rest: Floats,
) -> int:
    """Block: per entry the best total of all other cells, into ``rest``, which holds -inf.

    ``states``, ``after``: the best of each state before and after it, which hold -inf.
    """
    segments, grades, rates, limits = values.shape
    _forward(values, may_decline, rules, states)
    within, gain, most = states.within, states.gain, after.within
    after.at[grades] = 0.0
    for back in range(grades):
        g = grades - 1 - back
        declinable = may_decline[:, g]
        _close(states.at[g], may_decline, rules, g, False, states.open)
        after.open[:] = -math.inf
        for start in range(rates * limits):
            lo, high = start // limits, start % limits
            if _is_dead(states.open, lo, high):
                continue
            for j in range(lo, rates):
                for down in range(high + 1):
                    k = high - down
                    _widen(values, g, lo, high, j, k, within)
                    _gains(within, j, k, declinable, rules, gain)
                    for m in range(gain.size):
                        follows = after.at[g + 1, m, j, k]
                        if follows + gain[m] > after.open[m, lo, high]:
                            after.open[m, lo, high] = follows + gain[m]
                        after.gain[m] = states.open[m, lo, high] + follows
                    for s in range(segments):
                        most[s, j, k] = _others(within, j, k, s, declinable, rules, after.gain)
            _spread(most, lo, high, rest[:, g])
        _close(after.open, may_decline, rules, g, True, after.at[g])
    return 0

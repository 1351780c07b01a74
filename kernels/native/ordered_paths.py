"""The best way through the grades of each segment: see ``kernels.ordered_paths``."""

from __future__ import annotations

import math

from kernels.native import part
from kernels.ordered_paths import Arrival, Flags, Floats, Rules, Whole


@part
def _closable(may_decline: Flags, lo: int, hi: int) -> bool:
    """Whether all grades ``lo..hi`` may be declined."""
    closes = True
    for g in range(lo, hi):
        closes = closes and may_decline[g]
    return closes


@part
def _over_limits(table: Floats, rules: Rules, back: bool, running: Floats) -> None:
    """Block: per rate and limit the best of the limits that may come before (``back``: after)."""
    rates, limits = table.shape
    for j in range(rates):
        top = -math.inf
        for k in range(limits):
            at = k if back else limits - 1 - k
            top = table[j, at] if table[j, at] > top else top
            running[j, at] = top
        if not rules.limits:
            running[j, :] = top


@part
def _reach(table: Floats, rules: Rules, back: bool, running: Floats, out: Floats) -> None:
    """Block: per entry the best of ``table`` among those that may come before (``back``: after).

    Rates are visited in the order in which their windows grow at one end; where the other end moves
    too (a largest step) the window is read anew.
    """
    _over_limits(table, rules, back, running)
    first = rules.next_first if back else rules.first
    last = rules.next_last if back else rules.last
    rates, limits = table.shape
    for visit in range(rates):
        j = rates - 1 - visit if back else visit
        before = j + 1 if back else j - 1
        lo, hi = first[j], last[j]
        grows = visit > 0 and lo <= hi and first[before] <= last[before]
        grows = grows and (last[before] == hi if back else first[before] == lo)
        for k in range(limits):
            out[j, k] = out[before, k] if grows else -math.inf
        if grows and back:
            hi = min(hi, first[before] - 1)
        elif grows:
            lo = max(lo, last[before] + 1)
        for i in range(lo, hi + 1):
            for k in range(limits):
                out[j, k] = running[i, k] if running[i, k] > out[j, k] else out[j, k]


@part
def _arrive(
    values: Floats, may_decline: Flags, rules: Rules, arrive: Arrival, carry: Floats
) -> None:
    """Block: per grade and entry the best choice up to there that ends with it.

    ``carry``: ... that ends with it or with declines after it.
    """
    grades, rates, limits = values.shape
    reached = arrive.reached
    for g in range(grades):
        begins = g == 0 or (rules.carried and _closable(may_decline, 0, g))
        reached[:, :] = -math.inf
        if g > 0:
            _reach(carry[g - 1], rules, False, arrive.running, reached)
        carries = rules.carried and g > 0 and may_decline[g]
        for j in range(rates):
            for k in range(limits):
                before = reached[j, k]
                before = 0.0 if begins and before < 0.0 else before
                arrive.at[g, j, k] = values[g, j, k] + before
                if rules.carried:
                    carry[g, j, k] = arrive.at[g, j, k]
                    if carries and carry[g - 1, j, k] > carry[g, j, k]:
                        carry[g, j, k] = carry[g - 1, j, k]


@part
def _best_before(table: Floats, rules: Rules, j: int, k: int) -> int:
    """The first of the best entries that may come before entry ``(j, k)``, -1 if none."""
    limits = table.shape[1]
    found, top = -1, -math.inf
    for i in range(rules.first[j], rules.last[j] + 1):
        for m in range(k if rules.limits else 0, limits):
            if table[i, m] > top:
                found, top = i * limits + m, table[i, m]
    return found


@part
def _end(may_decline: Flags, rules: Rules, carry: Floats) -> tuple[int, int, float]:
    """The grade and the entry at which the best choice ends, -1 if it declines all; its value."""
    grades, rates, limits = carry.shape
    grade, entry, top = -1, -1, -math.inf
    for back in range(grades):
        g = grades - 1 - back
        if (rules.carried and back > 0) or not _closable(may_decline, g + 1, grades):
            break
        for j in range(rates):
            for k in range(limits):
                if carry[g, j, k] > top:
                    grade, entry, top = g, j * limits + k, carry[g, j, k]
    if top < 0.0 and _closable(may_decline, 0, grades):
        return -1, -1, 0.0
    return grade, entry, top


@part
def _walk_back(may_decline: Flags, rules: Rules, at: Floats, carry: Floats, choice: Whole) -> float:
    """The choice of a segment, from its worst grade on; its value."""
    limits = at.shape[2]
    g, entry, value = _end(may_decline, rules, carry)
    while g >= 0:
        j, k = entry // limits, entry % limits
        if at[g, j, k] != carry[g, j, k]:  # carried over a declined grade
            g -= 1
            continue
        choice[g] = entry
        if g == 0:
            break
        begins = rules.carried and _closable(may_decline, 0, g)
        entry = _best_before(carry[g - 1], rules, j, k)
        if entry < 0 or (begins and carry[g - 1, entry // limits, entry % limits] < 0.0):
            break
        g -= 1
    return value


@part
def segment_paths(
    values: Floats,
    may_decline: Flags,
    rules: Rules,
    arrive: Arrival,
    carry: Floats,
    choice: Whole,
    value: Floats,
) -> int:
    """Block: into ``choice``, which holds declines, and ``value``."""
    for s in range(values.shape[0]):
        _arrive(values[s], may_decline[s], rules, arrive, carry)
        value[s] = _walk_back(may_decline[s], rules, arrive.at, carry, choice[s])
    return 0


@part
def segment_through(
    values: Floats,
    may_decline: Flags,
    rules: Rules,
    arrive: Arrival,
    carry: Floats,
    out: Floats,
) -> int:
    """Block: the best arrival at each entry and the best that may follow it, into ``out``.

    ``arrive.at`` of a grade, once read, holds its entries with the best that may follow them.
    """
    segments, grades, rates, limits = values.shape
    leave, following = arrive.reached, carry[grades - 1]
    for s in range(segments):
        _arrive(values[s], may_decline[s], rules, arrive, carry)
        for back in range(grades):
            g = grades - 1 - back
            closes = _closable(may_decline[s], g + 1, grades)
            carries = rules.carried and back > 0 and may_decline[s, g + 1]
            for j in range(rates):
                for k in range(limits):
                    after = leave[j, k] if back > 0 else -math.inf
                    after = 0.0 if closes and after < 0.0 else after
                    if carries and following[j, k] > after:
                        after = following[j, k]
                    out[s, g, j, k] = arrive.at[g, j, k] + after
                    following[j, k] = after
                    arrive.at[g, j, k] = values[s, g, j, k] + after
            _reach(arrive.at[g], rules, True, arrive.running, leave)
    return 0

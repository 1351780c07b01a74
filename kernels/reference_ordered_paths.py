"""Readable twins of ``kernels.ordered_paths``: every choice that keeps to the rules, one by one.

For tiny menus: there are ``(R L + 1) ** (S G)`` choices. Their values are sums in the order of the
cells, so they may differ from the kernels in the last bits.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise, product

import numpy as np

from kernels.ordered_paths import DECLINED, Flags, Floats, Rules, Whole

Segment = tuple[int, ...]


def best_paths(values: Floats, may_decline: Flags, rules: Rules) -> tuple[Floats, Whole]:
    """Twin of ``ordered_paths.best_paths``; of equal choices, any."""
    segments, grades = may_decline.shape
    value = np.full(1 if rules.book else segments, -np.inf)
    choice = np.full((segments, grades), DECLINED)
    for block, chosen, worth in _choices(values, may_decline, rules):
        if worth > value[block]:
            value[block] = worth
            choice[block : block + len(chosen)] = chosen
    return value, choice


def best_through(values: Floats, may_decline: Flags, rules: Rules) -> Floats:
    """Twin of ``ordered_paths.best_through``."""
    best = np.full((*may_decline.shape, values[0, 0].size), -np.inf)
    for block, chosen, worth in _choices(values, may_decline, rules):
        for s, segment in enumerate(chosen, start=block):
            for g, entry in enumerate(segment):
                if entry != DECLINED:
                    best[s, g, entry] = max(best[s, g, entry], worth)
    return best.reshape(values.shape)


def _choices(
    values: Floats, may_decline: Flags, rules: Rules
) -> Iterator[tuple[int, tuple[Segment, ...], float]]:
    """Block, the entries of its segments, and their value."""
    tables = values.reshape(*may_decline.shape, -1)
    alone = [
        [way for way in _ways(table, may, rules) if rules.book or _is_ordered([way], values, rules)]
        for table, may in zip(tables, may_decline, strict=True)
    ]
    if not rules.book:
        for s, ways in enumerate(alone):
            yield from ((s, (way,), _worth(tables[s : s + 1], (way,))) for way in ways)
        return
    for chosen in product(*alone):
        if _is_ordered(list(chosen), values, rules):
            yield 0, chosen, _worth(tables, chosen)


def _ways(table: Floats, may_decline: Flags, rules: Rules) -> Iterator[Segment]:
    """Choices of a segment as far as entries and declines go."""
    options = [
        [*np.flatnonzero(cell > -np.inf).tolist(), *([DECLINED] if may else [])]
        for cell, may in zip(table, may_decline, strict=True)
    ]
    for way in product(*options):
        declined = [entry == DECLINED for entry in way]
        if rules.carried or declined == sorted(declined):
            yield way


def _is_ordered(ways: list[Segment], values: Floats, rules: Rules) -> bool:
    """Whether approved cells follow one another as they may, across all of ``ways``."""
    limits = values.shape[3]
    approved = [
        (g, *divmod(entry, limits))
        for way in ways
        for g, entry in enumerate(way)
        if entry != DECLINED
    ]
    pairs = [(a, b) for a in approved for b in approved if a[0] < b[0]]
    if any(a[1] > b[1] or (rules.limits and a[2] < b[2]) for a, b in pairs):
        return False
    following = [] if rules.book else pairwise(approved)
    return all(rules.first[b[1]] <= a[1] <= rules.last[b[1]] for a, b in following)


def _worth(tables: Floats, ways: tuple[Segment, ...]) -> float:
    return float(
        sum(
            table[g, entry]
            for table, way in zip(tables, ways, strict=True)
            for g, entry in enumerate(way)
            if entry != DECLINED
        )
    )

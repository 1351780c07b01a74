"""Any whole numbers as a choice that keeps to the ordering, many choices at once.

A choice that keeps to it stays what it is, so every one can be reached.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.strategy.menu.problem import DECLINED, MenuProblem
from kernels.ordered_paths import Rules

Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Offers(NamedTuple):
    """Of N choices, ``(N, S, G)`` each: approved, and the places of rate and limit."""

    approve: Flags
    rate: Whole
    limit: Whole


def in_order(offers: Offers, problem: MenuProblem, rules: Rules) -> Whole:
    """Choices ``(N, S, G)``, by three steps.

    Rates (and limits, where they are ordered) of the approved cells are dealt out anew in the
    order of the grades. Then each moves up to the least rate that steps and menu allow after the
    one before; where there is none, the cell is declined. Then the limit becomes the nearest that
    is allowed at the rate.
    """
    rate = _dealt(offers.rate, offers.approve, rules.book)
    limit = offers.limit
    if rules.limits:
        most = problem.limits.size - 1
        limit = most - _dealt(most - limit, offers.approve, rules.book)
    approve, rate = _raised(Offers(offers.approve, rate, limit), problem, rules)
    segments, grades = problem.may_decline.shape
    place = np.arange(segments * grades).reshape(segments, grades)
    found = _nearest(problem.allowed)[place, np.where(approve, rate, 0), limit]
    return np.where(approve, rate * problem.limits.size + found, DECLINED)


def _dealt(values: Whole, approve: Flags, book: bool) -> Whole:
    """Of each segment, or with ``book`` over all of them: ascending over the grades."""
    if not book:
        shape = (values.shape[0] * values.shape[1], values.shape[2])
        grade = np.arange(values.shape[2])
        return _sorted(values.reshape(shape), approve.reshape(shape), grade).reshape(values.shape)
    turned = values.transpose(0, 2, 1)
    flat = turned.reshape(len(values), turned.shape[1] * turned.shape[2])
    flags = approve.transpose(0, 2, 1)
    grade = np.repeat(np.arange(values.shape[2]), values.shape[1])
    dealt = _sorted(flat, flags.reshape(flat.shape), grade)
    return np.ascontiguousarray(dealt.reshape(turned.shape).transpose(0, 2, 1))


def _sorted(values: Whole, approve: Flags, grade: Whole) -> Whole:
    """Rows of cells: the approved values in order of the grades, within a grade as they were."""
    beyond = int(values.max(initial=0)) + 1
    key = np.where(approve, grade * beyond + values, (int(grade.max()) + 1) * beyond)
    places = np.argsort(key, axis=1, kind="stable")
    in_order = np.sort(np.where(approve, values, beyond), axis=1)
    out = np.empty_like(values)
    np.put_along_axis(out, places, in_order, axis=1)
    return np.where(approve, out, values)


def _raised(offers: Offers, problem: MenuProblem, rules: Rules) -> tuple[Flags, Whole]:
    """Grade by grade: what is approved after all, and at which rate."""
    top, segments = problem.rates.size, np.arange(problem.may_decline.shape[0])
    up = _next_allowed(problem.allowed)
    approve, rate = offers.approve.copy(), offers.rate.copy()
    before = np.full(rate.shape[:2], -1)  # the last approved rate, none yet
    alive = np.ones(rate.shape[:2], np.bool_)
    for g in range(rate.shape[2]):
        least = np.where(before >= 0, rules.next_first[before], 0)
        most = np.where(before >= 0, rules.next_last[before], top - 1)
        wanted = np.clip(rate[:, :, g], least, np.maximum(most, 0))
        found = up[segments, g, np.minimum(wanted, top - 1)]
        taken = approve[:, :, g] & (found <= most) & (alive | rules.carried)
        approve[:, :, g], alive = taken, taken
        rate[:, :, g] = np.where(taken, found, 0)
        before = np.where(taken, found, before)
        if rules.book:
            before = np.broadcast_to(before.max(axis=1, keepdims=True), before.shape).copy()
    return approve, rate


def _next_allowed(allowed: Flags) -> Whole:
    """``(S, G, R)``: the least rate from there on that has an allowed limit; R for none."""
    rates = allowed.shape[2]
    own = np.where(allowed.any(axis=3), np.arange(rates), rates)
    return np.minimum.accumulate(own[:, :, ::-1], axis=2)[:, :, ::-1]


def _nearest(allowed: Flags) -> Whole:
    """``(S * G, R, L)``: the allowed limit nearest to each at that rate, the lower of two; 0 where
    the rate has none."""
    segments, grades, rates, limits = allowed.shape
    flat = allowed.reshape(segments * grades, rates, limits)
    out = np.zeros(flat.shape, np.int64)
    for limit in range(limits):
        away = np.abs(np.arange(limits) - limit)
        out[:, :, limit] = np.where(flat, away, limits).argmin(axis=2)
    return out


def broken_cells(choices: Whole, problem: MenuProblem, rules: Rules) -> Whole:
    """Per choice ``(N,)``: cells that break the ordering, are off the menu or must be approved."""
    limits = problem.limits.size
    taken = choices != DECLINED
    segments, grades = problem.may_decline.shape
    cell = np.arange(segments * grades).reshape(segments, grades)
    entry = np.maximum(choices, 0)
    on_menu = problem.allowed.reshape(segments * grades, -1)[cell, entry]
    broken = np.where(taken, ~on_menu, ~problem.may_decline)
    rate, limit = entry // limits, entry % limits
    before = np.full(choices.shape[:2], -1)
    least = np.full(choices.shape[:2], limits - 1)
    for g in range(grades):
        known = taken[:, :, g] & (before >= 0)
        outside = rate[:, :, g] < rules.next_first[before]
        outside |= rate[:, :, g] > rules.next_last[before]
        broken[:, :, g] |= known & outside
        if rules.limits:
            broken[:, :, g] |= taken[:, :, g] & (limit[:, :, g] > least)
        if not rules.carried and g:
            broken[:, :, g] |= taken[:, :, g] & ~taken[:, :, g - 1]
        before = np.where(taken[:, :, g], rate[:, :, g], before)
        least = np.where(taken[:, :, g], limit[:, :, g], least)
        if rules.book:
            before = np.broadcast_to(before.max(axis=1, keepdims=True), before.shape)
            least = np.broadcast_to(least.min(axis=1, keepdims=True), least.shape)
    found: Whole = broken.sum(axis=(1, 2))
    return found

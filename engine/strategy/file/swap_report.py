"""What a tally of one or two strategies tells: sides, sets, cells, pairs of groups; JSON-ready."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.evaluate import Pricing
from engine.evaluate.config import GradeConfig
from engine.evaluate.strategy_file import GradeBound
from engine.strategy.file.customers import Strategy
from engine.strategy.file.swaps import SETS, SIDES, Key, Tally, mean, whole
from engine.strategy.valuation import MONEY
from kernels.exact_sum import rounded

Values = Mapping[str, int]


def money_of(values: Values) -> dict[str, dict[str, Any]]:
    """A side for each strategy, and the difference."""
    sides: dict[str, dict[str, Any]] = {}
    for side in SIDES:
        approved = values[f"{side} approved"]
        sides[side] = {"approved": whole(approved)}
        sides[side] |= {
            what: mean(values[f"{side} {what}"], approved) for what in ("rate", "limit")
        }
        sides[side] |= {what: rounded(values[f"{side} {what}"]) for what in MONEY}
    difference = {what: rounded(values[f"b {what}"] - values[f"a {what}"]) for what in MONEY}
    return {**sides, "difference": difference}


def sets_of(found: Tally) -> dict[str, dict[str, Any]]:
    by_set = found.by("set")
    nobody = dict.fromkeys(next(iter(by_set.values())), 0)
    sets = {}
    for name in SETS:
        values = by_set.get((name,), nobody)
        money = money_of(values)
        sets[name] = {
            "customers": whole(values["customers"]),
            "mean_pd": mean(values["pd"], values["pd known"]),
            **{side: money[side] for side in SIDES},
        }
    return sets


def counts_of(found: Tally, what: str) -> list[dict[str, Any]]:
    """Customers of each set, by segment or group."""
    rows: dict[str, dict[str, Any]] = {}
    for (name, kind), values in found.by(what, "set").items():
        row = rows.setdefault(name, {what: name, **dict.fromkeys(SETS, 0)})
        row[kind] = whole(values["customers"])
    return list(rows.values())


def cells_of(
    found: Tally, strategies: Sequence[Strategy], pricing: Pricing
) -> list[dict[str, Any]]:
    """Segments by the intervals of PD within which neither strategy changes its grade."""
    edges = (None, *found.bounds, None)
    cells = []
    for (segment, place), values in found.by("segment", "place").items():
        money, up_to = money_of(values), edges[place + 1]
        for side, strategy in zip(SIDES, strategies, strict=True):
            grade = _grade((strategy or pricing.strategy).grades, up_to)
            money[side] |= {"grade": grade, "offer": _offer(strategy, segment, grade)}
        cells.append(
            {
                "segment": segment,
                "pd_above": edges[place],
                "pd_up_to": up_to,
                "customers": whole(values["customers"]),
                "changed": whole(values["changed"]),
                **money,
            }
        )
    return cells


def _grade(grades: Sequence[GradeConfig] | Sequence[GradeBound], up_to: float | None) -> str:
    """The grade of an interval of PDs that lies within one."""
    return next(
        grade.grade
        for grade in grades
        if grade.max_pd is None or (up_to is not None and up_to <= grade.max_pd)
    )


def _offer(strategy: Strategy, segment: str, grade: str) -> dict[str, Any] | None:
    """As the file has it, before caps."""
    offers = () if strategy is None else strategy.offers
    return next(
        (
            {"approve": offer.approve, "rate": offer.rate, "limit": offer.limit}
            for offer in offers
            if (offer.segment, offer.grade) == (segment, grade)
        ),
        None,
    )


def pair_of(found: Mapping[Key, Values], pair: tuple[str, str]) -> dict[str, Any]:
    """Approval and average rate of two groups, the weights of grades being those of both."""
    first, second = pair
    places = [place for group, place in found if group == first and (second, place) in found]
    weight = {p: sum(whole(found[group, p]["customers"]) for group in pair) for p in places}
    compared, approval, rate = [], [], []
    for group in pair:
        members = {place: whole(found[group, place]["customers"]) for place in places}
        share = {p: weight[p] / sum(weight.values()) / members[p] for p in places}
        approved = sum(share[p] * whole(found[group, p]["a approved"]) for p in places)
        charged = sum(share[p] * rounded(found[group, p]["a rate"]) for p in places)
        compared.append(sum(members.values()))
        approval.append(float(approved))
        rate.append(charged / approved if approved > 0.0 else None)
    higher, (low, high) = max(approval), rate
    return {
        "groups": list(pair),
        "customers": [_members(found, group) for group in pair],
        "compared": compared,
        "approval_rate": approval,
        "approval_ratio": min(approval) / higher if higher > 0.0 else None,
        "average_rate": rate,
        "rate_difference": None if low is None or high is None else abs(low - high),
    }


def _members(found: Mapping[Key, Values], group: str) -> int:
    return sum(whole(values["customers"]) for (name, _), values in found.items() if name == group)

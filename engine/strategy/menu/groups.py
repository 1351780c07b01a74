"""Groups of customers beside each other: approval and rate at equal PD.

Groups are never priced by; they can still fare differently, because they are spread differently
over segments. "At equal PD": as if both groups had the same mix of grades (``equal_pd_shares``).
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.strategy.menu.constraints import equal_pd_shares, reference_rate
from engine.strategy.menu.table import MenuTable

Choice = NDArray[np.int64]


def group_report(choice: Choice, table: MenuTable) -> list[dict[str, Any]]:
    """Per pair of groups: approval rates at equal PD and their ratio (the lower over the higher),
    average rates of the approved at equal PD and their difference."""
    return [_pair(choice, table, a, b) for a, b in combinations(range(len(table.groups)), 2)]


def _pair(choice: Choice, table: MenuTable, a: int, b: int) -> dict[str, Any]:
    approved = choice >= 0
    rate = table.rates[np.maximum(choice, 0) // table.limits.size]
    shares = equal_pd_shares(table, a, b)
    approval = [float(share[approved].sum()) for share in shares]
    rates = [
        float((share * rate)[approved].sum()) / all_approved if all_approved > 0.0 else None
        for share, all_approved in zip(shares, approval, strict=True)
    ]
    higher = max(approval)
    both = rates[0] is not None and rates[1] is not None
    return {
        "groups": [table.groups[a], table.groups[b]],
        "customers": [int(table.members[group].sum()) for group in (a, b)],
        "approval_rate": approval,
        "approval_ratio": min(approval) / higher if higher > 0.0 else None,
        "average_rate": rates,
        "rate_difference": abs((rates[0] or 0.0) - (rates[1] or 0.0)) if both else None,
    }


def group_values(choice: Choice, table: MenuTable) -> dict[str, float | None]:
    """What the constraints on groups bound: the least ratio, and the largest difference with a
    declined customer counted at today's average rate."""
    pairs = list(combinations(range(len(table.groups)), 2))
    ratios = [_pair(choice, table, a, b)["approval_ratio"] for a, b in pairs]
    known = [ratio for ratio in ratios if ratio is not None]
    return {
        "group_approval_ratio": min(known) if known else None,
        "group_rate_difference": max(
            (_excess(choice, table, *pair) for pair in pairs), default=None
        ),
    }


def _excess(choice: Choice, table: MenuTable, a: int, b: int) -> float:
    first, second = equal_pd_shares(table, a, b)
    approved = choice >= 0
    rate = table.rates[np.maximum(choice, 0) // table.limits.size] - reference_rate(table)
    return abs(float(((first - second) * rate)[approved].sum()))

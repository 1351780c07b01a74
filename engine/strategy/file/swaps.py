"""The customers of a published run under strategies: whom each approves, and what that brings.

Customers are valued one by one (``kernels.profit``) and added exactly (``kernels.exact_sum``), so a
total is that of a run with the strategy, to the last bit, and grades may differ between strategies.
A strategy is a ``StrategyFile``, or None for the offers that the run itself has made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.evaluate import Pricing
from engine.strategy.file.customers import (
    Customers,
    Offered,
    Strategy,
    money_of,
    offered,
    read_customers,
)
from kernels.exact_sum import exact_sums, rounded

SETS = ("both", "only_a", "only_b", "neither", "knocked_out")
"""Every customer is of one; ``neither`` might be approved, ``knocked_out`` by no strategy."""
SIDES = ("a", "b")
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Tally:
    """Exact sums in units of 2^-1074 by segment, place among ``bounds``, set and group.

    What is summed: customers, changed, pd, pd known, ``a approved``, ``a rate``, ``a limit``, then
    ``a`` with each of ``MONEY``, and the same for b; rate and limit of the approved.
    """

    bounds: tuple[float, ...]
    sums: dict[Key, dict[str, int]]

    @property
    def eligible(self) -> Tally:
        """Without those who are knocked out."""
        kept = {key: values for key, values in self.sums.items() if key[2] != "knocked_out"}
        return Tally(self.bounds, kept)

    def by(self, *names: str) -> dict[Key, dict[str, int]]:
        """Added up to some of segment, place, set and group; keys ascend."""
        kept = [_KEYS.index(name) for name in names]
        found: dict[Key, dict[str, int]] = {}
        for key, values in self.sums.items():
            into = found.setdefault(tuple(key[i] for i in kept), dict.fromkeys(values, 0))
            for name, value in values.items():
                into[name] += value
        return dict(sorted(found.items()))


_KEYS = ("segment", "place", "set", "group")


def tally(
    parts: Sequence[Path], a: Strategy, b: Strategy, pricing: Pricing, *, grouped: bool
) -> Tally:
    """Both strategies on all customers of the run, part by part.

    ``grouped``: the run's column ``group`` is a key; without, all are of the group "all".

    Raises
    ------
    BookError
        The run lacks a column.
    DataError
        A part cannot be read.
    """
    own = pricing.strategy.grades
    bounds = sorted(
        {g.max_pd for s in (a, b) for g in (own if s is None else s.grades) if g.max_pd is not None}
    )
    sums: dict[Key, dict[str, int]] = {}
    for part in parts:
        customers = read_customers(part, pricing, grouped=grouped)
        sides = (offered(customers, a), offered(customers, b))
        place = np.searchsorted(np.array(bounds, np.float64), customers.pd.to_numpy(), side="left")
        keys = pl.DataFrame(
            {
                "segment": customers.segment,
                "place": place.astype(np.int64),
                "set": _sets(customers, *sides),
                "group": customers.group,
            }
        )
        _add(sums, keys, _values(customers, sides, pricing))
    return Tally(tuple(bounds), sums)


def _sets(customers: Customers, a: Offered, b: Offered) -> NDArray[np.str_]:
    return np.select(
        [a.approve & b.approve, a.approve, b.approve, customers.eligible], SETS[:4], SETS[4]
    )


def _values(
    customers: Customers, sides: tuple[Offered, Offered], pricing: Pricing
) -> dict[str, NDArray[np.float64]]:
    """What is added up, per customer."""
    a, b = sides
    changed = (a.approve != b.approve) | (a.rate != b.rate) | (a.limit != b.limit)
    values = {
        "customers": np.ones(a.rate.size),
        "changed": changed.astype(np.float64),
        "pd": customers.pd.fill_null(0.0).to_numpy(),
        "pd known": customers.pd.is_not_null().cast(pl.Float64).to_numpy(),
    }
    for side, offer in zip(SIDES, sides, strict=True):
        own = {"approved": offer.approve.astype(np.float64), "rate": offer.rate}
        own |= {"limit": offer.limit, **money_of(customers, offer, pricing)}
        values |= {f"{side} {name}": column for name, column in own.items()}
    return values


def _add(
    sums: dict[Key, dict[str, int]], keys: pl.DataFrame, values: Mapping[str, NDArray[np.float64]]
) -> None:
    known = keys.unique(maintain_order=True)
    number = known.with_columns(pl.int_range(known.height, dtype=pl.Int64).alias("number"))
    found = keys.join(number, on=keys.columns, how="left", maintain_order="left")
    code = found["number"].to_numpy()
    for name, column in values.items():
        for key, total in zip(known.rows(), exact_sums(column, code, known.height), strict=True):
            into = sums.setdefault(key, dict.fromkeys(values, 0))
            into[name] += total


def lacking(found: Tally, strategy: Strategy) -> dict[str, int]:
    """Segments of which the strategy says nothing, with their customers whom it might approve."""
    known = None if strategy is None else strategy.segments
    return {
        segment: whole(values["customers"])
        for (segment,), values in found.eligible.by("segment").items()
        if known is not None and segment not in known
    }


def whole(total: int) -> int:
    """A sum of ones."""
    return int(rounded(total))


def mean(total: int, count: int) -> float | None:
    """Of ``count`` (a sum of ones) values; exact where all are equal. None of nobody."""
    return rounded(total // whole(count)) if count else None

"""The customers of a published run under strategies: whom each approves, and what that brings.

Customers are valued one by one (``kernels.profit``) and added exactly (``kernels.exact_sum``), so a
total is that of a run with the strategy, to the last bit, and grades may differ between strategies.
A strategy is a ``StrategyFile``, or None for the offers that the run itself has made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.errors import BookError, DataError
from engine.evaluate import Pricing
from engine.evaluate.offers import NO_OFFER, NOT_IN_FORCE, grade_of
from engine.evaluate.strategy_file import StrategyFile
from engine.strategy.valuation import MONEY
from kernels.exact_sum import exact_sums, rounded
from kernels.profit import Rows, offer_economics

OFFER_REASONS = (NO_OFFER, NOT_IN_FORCE, "no rate", "no limit")
"""Reasons of a run that speak of its own offer: another strategy may well have one."""
SETS = ("both", "only_a", "only_b", "neither", "knocked_out")
"""Every customer is of one; ``neither`` might be approved, ``knocked_out`` by no strategy."""
SIDES = ("a", "b")
Strategy = StrategyFile | None
Key = tuple[Any, ...]


class Offered(NamedTuple):
    """Per customer, ``(n,)``: bool, and float64 rate and limit (after caps), 0 where declined."""

    approve: NDArray[np.bool_]
    rate: NDArray[np.float64]
    limit: NDArray[np.float64]


@dataclass(frozen=True)
class Customers:
    """A part of a run. ``pd``: null where unknown. ``cap``: infinite where the book has none.

    ``eligible``: whom a strategy may approve. ``base``: see ``kernels.demand``. ``group``: "all"
    where nothing was asked for. ``today``: the run's own offers.
    """

    segment: pl.Series
    group: pl.Series
    pd: pl.Series
    cap: NDArray[np.float64]
    base: NDArray[np.float64]
    eligible: NDArray[np.bool_]
    today: Offered


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
        customers = _read(part, pricing, grouped=grouped)
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


def offered(customers: Customers, strategy: Strategy) -> Offered:
    """What a strategy offers; an unknown segment is declined, as in a run."""
    if strategy is None:
        return customers.today
    segments, grades = strategy.segments, [grade.grade for grade in strategy.grades]
    approve = np.zeros((len(segments) + 1, len(grades)), np.bool_)
    rate, limit = np.zeros(approve.shape), np.zeros(approve.shape)
    for offer in strategy.offers:
        cell = segments.index(offer.segment), grades.index(offer.grade)
        approve[cell], rate[cell], limit[cell] = offer.approve, offer.rate or 0, offer.limit or 0
    row = customers.segment.replace_strict(
        segments, range(len(segments)), default=len(segments), return_dtype=pl.Int64
    ).to_numpy()
    at = row, grade_of(customers.pd, strategy.grades)
    approved = approve[at] & customers.eligible
    return Offered(
        approved,
        np.where(approved, rate[at], 0.0),
        np.where(approved, np.fmin(limit[at], customers.cap), 0.0),  # a cap of NaN caps nothing
    )


def _read(part: Path, pricing: Pricing, *, grouped: bool) -> Customers:
    propensity = pricing.take_up.config.propensity
    needed = ["pd"] + ["limit_cap"] * bool(pricing.strategy.caps)
    needed += [propensity] if propensity is not None else []
    others = ["segment", "approve", "rate", "limit", "knock_out"] + ["group"] * grouped
    frame = _columns(part, [*needed, *others])
    reason = frame["knock_out"]
    eligible = (reason.is_null() | reason.is_in(list(OFFER_REASONS)).fill_null(False)).to_numpy()
    for name in needed:
        eligible = eligible & frame[name].is_not_null().to_numpy()
    cap = frame["limit_cap"].fill_null(0.0).to_numpy() if "limit_cap" in frame else None
    score = frame[propensity].fill_null(0.5).to_numpy() if propensity else None
    approve = frame["approve"].to_numpy()
    rate, limit = (frame[name].fill_null(0.0).to_numpy() for name in ("rate", "limit"))
    everyone = pl.repeat("all", frame.height, dtype=pl.String, eager=True)
    return Customers(
        segment=frame["segment"],
        group=frame["group"] if grouped else everyone,
        pd=frame["pd"],
        cap=np.full(frame.height, np.inf) if cap is None else cap,
        base=pricing.take_up.base(score, frame.height),
        eligible=eligible,
        today=Offered(approve, np.where(approve, rate, 0.0), np.where(approve, limit, 0.0)),
    )


def _columns(part: Path, wanted: Sequence[str]) -> pl.DataFrame:
    try:
        there = pl.read_parquet_schema(part)
        missing = [name for name in wanted if name not in there]
        if missing:
            raise BookError(
                f"{part.parent}: the run has no column '{missing[0]}'; the book has changed since, "
                "run it again"
            )
        return pl.read_parquet(part, columns=list(wanted))
    except (OSError, pl.exceptions.PolarsError) as exc:
        problem = f"a part of the run cannot be read: {str(exc).splitlines()[0]}"
        raise DataError(problem, file=str(part)) from exc


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
        own |= {"limit": offer.limit, **money(customers, offer, pricing)}
        values |= {f"{side} {name}": column for name, column in own.items()}
    return values


def money(customers: Customers, offer: Offered, pricing: Pricing) -> dict[str, NDArray[np.float64]]:
    """``MONEY`` of each customer, the numbers that a run would publish."""
    segments = customers.segment.unique().sort().to_list()
    grades = [grade.grade for grade in pricing.strategy.grades]
    demand, tables = pricing.take_up.demand(segments, grades)
    row = customers.segment.replace_strict(
        segments, range(len(segments)), return_dtype=pl.Int64
    ).to_numpy()
    found = offer_economics(
        Rows(
            pd=customers.pd.fill_null(0.0).to_numpy(),
            rate=offer.rate,
            limit=offer.limit,
            base=customers.base,
            approve=offer.approve,
            segment=row,
            table=tables[row, grade_of(customers.pd, pricing.strategy.grades)],
        ),
        demand,
        pricing.economics.constants,
    )
    count = np.where(offer.approve, found.take_up, 0.0)
    return {name: count if name == "count" else getattr(found, name) for name in MONEY}


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

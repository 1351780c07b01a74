"""Keeps the books of a run: every customer and row is scored or quarantined, and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from engine.errors import DataError
from engine.evaluate import as_text, exact_totals, from_text, merge, rounded_totals
from engine.fee_income import FeeIncomeConfig, fee_facts, fee_totals
from engine.ingest import Batch, Chunk

Facts = Mapping[str, Any]
"""What a chunk manifest keeps: counts of customers and rows, reasons, exact totals."""

_PLACE = ("table", "column", "reason")


def chunk_facts(
    batch: Batch, published: pl.DataFrame, fees: FeeIncomeConfig | None = None
) -> dict[str, Any]:
    """The figures of one finished chunk, as JSON values; with ``fees``, of fee income too."""
    facts = {
        "customers": {
            "read": batch.read,
            "scored": published.height,
            "quarantined": batch.quarantined,
        },
        "rows": {name: counts._asdict() for name, counts in batch.row_counts.items()},
        "reasons": _reasons(batch.violations),
        "totals": as_text(exact_totals(published)),
    }
    return facts | ({"fee_income": fee_facts(published, fees)} if fees else {})


def _reasons(violations: pl.DataFrame) -> list[dict[str, Any]]:
    """By table, column and reason: rows, customers (a null key is none), first file and value."""
    key = violations.columns[0]
    found = violations.group_by(_PLACE, maintain_order=True).agg(
        pl.col("rows").sum(),
        pl.col(key).drop_nulls().n_unique().alias("customers"),
        pl.col("file", "value").first(),
    )
    return found.sort(_PLACE).to_dicts()


def _added(reasons: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Reasons of disjoint sets of customers, such as chunks, as one list."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for reason in reasons:
        place = tuple(reason[name] for name in _PLACE)
        if place not in found:
            found[place] = dict(reason)
        else:
            found[place]["rows"] += reason["rows"]
            found[place]["customers"] += reason["customers"]
    return [found[place] for place in sorted(found)]


@dataclass
class Accounts:
    """Sums the facts of chunks, new and kept, and stops a run that loses too many customers.

    ``quarantined``: customers so far.
    """

    max_share: float
    expected_customers: int
    expected_rows: int
    quarantined: int = 0
    facts: list[Facts] = field(default_factory=list)

    @classmethod
    def begin(cls, max_share: float, chunks: Sequence[Chunk]) -> Accounts:
        customers = sum(chunk.customers for chunk in chunks)
        return cls(max_share, customers, sum(chunk.size for chunk in chunks))

    @property
    def scored(self) -> int:
        """Customers published so far."""
        return sum(facts["customers"]["scored"] for facts in self.facts)

    def check(self, batch: Batch) -> None:
        """Raises DataError where, with ``batch``, more than the allowed share is quarantined.

        The message names the most frequent reason with its file, column and count of rows.
        """
        lost = self.quarantined + batch.quarantined
        if lost <= self.max_share * max(self.expected_customers, 1):
            return
        known = (reason for facts in self.facts for reason in facts["reasons"])
        worst = max(_added([*known, *_reasons(batch.violations)]), key=lambda found: found["rows"])
        example = f", such as '{worst['value']}'" if worst["value"] is not None else ""
        raise DataError(
            f"at least {lost:,} of {self.expected_customers:,} customers break the data contract, "
            f"more than ingest.max_quarantine_share = {self.max_share:g}; most rows: table "
            f"'{worst['table']}': {worst['reason']}{example}",
            file=worst["file"],
            column=worst["column"],
            count=worst["rows"],
        )

    def add(self, facts: Facts) -> None:
        """Takes a finished chunk into account."""
        self.quarantined += facts["customers"]["quarantined"]
        self.facts.append(facts)

    def manifest(self) -> dict[str, Any]:
        """Counts, reasons and totals of the whole run, of fee income too where it is published.

        ``counts.customers``: read = scored + quarantined. ``counts.rows`` by table: read = used +
        after_as_of + quarantined.
        """
        rows: dict[str, Counter[str]] = {}
        for facts in self.facts:
            for table, counts in facts["rows"].items():
                rows.setdefault(table, Counter()).update(counts)
        customers: Counter[str] = Counter()
        for facts in self.facts:
            customers.update(facts["customers"])
        fees = [facts["fee_income"] for facts in self.facts if "fee_income" in facts]
        manifest = {
            "counts": {
                "customers": dict(customers),
                "rows": {table: dict(counts) for table, counts in rows.items()},
            },
            "quarantine": _added(reason for facts in self.facts for reason in facts["reasons"]),
            "totals": rounded_totals(merge(from_text(facts["totals"]) for facts in self.facts)),
        }
        return manifest | ({"fee_income": fee_totals(fees)} if fees else {})

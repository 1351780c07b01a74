"""Keeps the books of a run: every customer and row is scored or quarantined, and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from engine.errors import DataError
from engine.evaluate import as_text, exact_totals, from_text, merge, rounded_totals
from engine.ingest import Batch, Chunk

Facts = Mapping[str, Any]
"""What a chunk manifest keeps: counts of customers and rows, reasons, exact totals."""


def chunk_facts(batch: Batch, published: pl.DataFrame) -> dict[str, Any]:
    """The figures of one finished chunk, as JSON values."""
    reasons = batch.violations.group_by("table", "column", "reason").agg(
        pl.col("rows").sum(), pl.len().alias("customers")
    )
    return {
        "customers": {
            "read": batch.read,
            "scored": published.height,
            "quarantined": batch.quarantined,
        },
        "rows": {name: counts._asdict() for name, counts in batch.row_counts.items()},
        "reasons": reasons.sort("table", "column", "reason").to_dicts(),
        "totals": as_text(exact_totals(published)),
    }


@dataclass
class Accounts:
    """Sums the facts of chunks, new and kept, and stops a run that loses too many customers."""

    max_share: float
    expected_customers: int
    expected_rows: int
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
        lost = batch.quarantined + sum(f["customers"]["quarantined"] for f in self.facts)
        if lost <= self.max_share * max(self.expected_customers, 1):
            return
        worst = (
            batch.violations.group_by("table", "column", "reason", "file")
            .agg(pl.col("rows").sum(), pl.col("value").first())
            .sort("rows", "table", "column", descending=[True, False, False])
            .row(0, named=True)
        )
        example = f", such as '{worst['value']}'" if worst["value"] is not None else ""
        raise DataError(
            f"{lost:,} of {self.expected_customers:,} customers break the data contract, more than "
            f"ingest.max_quarantine_share = {self.max_share:g}; most rows: table "
            f"'{worst['table']}': {worst['reason']}{example}",
            file=worst["file"],
            column=worst["column"],
            count=worst["rows"],
        )

    def add(self, facts: Facts) -> None:
        """Takes a finished chunk into account."""
        self.facts.append(facts)

    def manifest(self) -> dict[str, Any]:
        """Counts, reasons and totals of the whole run.

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
        return {
            "counts": {
                "customers": dict(customers),
                "rows": {table: dict(counts) for table, counts in rows.items()},
            },
            "quarantine": self._reasons(),
            "totals": rounded_totals(merge(from_text(facts["totals"]) for facts in self.facts)),
        }

    def _reasons(self) -> list[dict[str, Any]]:
        rows: Counter[tuple[str, str, str]] = Counter()
        customers: Counter[tuple[str, str, str]] = Counter()
        for reason in (reason for facts in self.facts for reason in facts["reasons"]):
            place = (reason["table"], reason["column"], reason["reason"])
            rows[place] += reason["rows"]
            customers[place] += reason["customers"]
        return [
            {
                "table": table,
                "column": column,
                "reason": reason,
                "rows": rows[table, column, reason],
                "customers": customers[table, column, reason],
            }
            for table, column, reason in sorted(rows)
        ]

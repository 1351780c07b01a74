"""What a run did, in the words of the public contract."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from engine.resident import peak_rss_bytes
from engine.score.worker.shared import WORKER


class RunResult(NamedTuple):
    """Money in the book's currency, None where a book prices nothing; ``customers`` are the
    published, ``quarantined`` the others.

    ``fee_income``: ``total``, ``customers`` with an income, those of them with a ``short_tenure``,
    and how many are ``excluded`` by reason; None for a book without fee income.
    """

    run_id: str
    content_hash: str
    customers: int
    quarantined: int
    expected_profit: float | None
    expected_loss: float | None
    exposure: float | None
    fee_income: Mapping[str, Any] | None
    seconds: float
    rows_per_second: float
    peak_rss_bytes: int
    no_op: bool
    path: Path
    warnings: tuple[str, ...]


def run_result(
    manifest: Mapping[str, Any], path: Path, *, seconds: float, no_op: bool
) -> RunResult:
    """``rows_per_second`` counts raw rows of all tables; 0 where nothing was done."""
    totals = manifest["totals"]["portfolio"]
    rows = sum(counts["read"] for counts in manifest["counts"]["rows"].values())
    return RunResult(
        run_id=manifest["run_id"],
        content_hash=manifest["content_hash"],
        customers=manifest["counts"]["customers"]["scored"],
        quarantined=manifest["counts"]["customers"]["quarantined"],
        expected_profit=totals.get("expected_profit"),
        expected_loss=totals.get("expected_loss"),
        exposure=totals.get("exposure"),
        fee_income=manifest.get("fee_income"),
        seconds=seconds,
        rows_per_second=0.0 if no_op else rows / seconds,
        peak_rss_bytes=peak_rss_bytes() + WORKER.peak_bytes,
        no_op=no_op,
        path=path,
        warnings=tuple(manifest["warnings"]),
    )

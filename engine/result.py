"""What a run did, in the words of the public contract."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from engine.resident import peak_rss_bytes
from engine.score.worker.shared import WORKER


class RunResult(NamedTuple):
    """Money in the book's currency; ``customers`` are the published, ``quarantined`` the others."""

    run_id: str
    content_hash: str
    customers: int
    quarantined: int
    expected_profit: float
    expected_loss: float
    exposure: float
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
        expected_profit=totals["expected_profit"],
        expected_loss=totals["expected_loss"],
        exposure=totals["exposure"],
        seconds=seconds,
        rows_per_second=0.0 if no_op else rows / seconds,
        peak_rss_bytes=peak_rss_bytes() + WORKER.peak_bytes,
        no_op=no_op,
        path=path,
        warnings=tuple(manifest["warnings"]),
    )

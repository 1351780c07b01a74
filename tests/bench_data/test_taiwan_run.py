"""The Taiwan book by the command line: fit, run, verify, run again."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from real_books import nightbook

pytestmark = pytest.mark.realdata


def test_fit_run_verify_and_again(fitted_taiwan: Path) -> None:
    book, out = fitted_taiwan / "book.toml", fitted_taiwan / "out"
    metrics = json.loads((fitted_taiwan / "models" / "pd.metrics.json").read_text())
    assert metrics["parts"]["heldout"]["customers"] == 7_500
    assert metrics["parts"]["heldout"]["auc"] == pytest.approx(0.7943, abs=0.002)

    first = nightbook("run", book)
    assert (first["customers"], first["quarantined"], first["no_op"]) == (30_000, 0, False)
    verified = nightbook("verify", out)
    assert verified["content_hash"] == first["content_hash"]
    again = nightbook("run", book)
    assert again["no_op"]
    assert again["run_id"] == first["run_id"]

    published = pl.read_parquet(out / first["run_id"] / "part-*.parquet")
    grades = published["grade"].value_counts()
    assert sorted(grades["grade"]) == ["A", "B", "C", "D", "E"]
    assert grades["count"].min() > 500
    limits = pl.read_parquet(fitted_taiwan / "raw" / "customers.parquet")["limit_bal"]
    assert (published["limit"] <= limits).all()
    assert first["expected_profit"] > 0
    assert set(published["knock_out"]) == {None, "two months late", "over the limit"}


@pytest.mark.slow
def test_threads_and_chunks_do_not_show(fitted_taiwan: Path, tmp_path: Path) -> None:
    hashes = {
        (threads, chunk): nightbook(
            "run",
            fitted_taiwan / "book.toml",
            *("--out", tmp_path / f"{threads}-{chunk}"),
            *("--threads", threads, "--chunk-customers", chunk),
        )["content_hash"]
        for threads, chunk in ((1, 50_000), (2, 50_000), (1, 1_000), (2, 1_000))
    }
    assert len(set(hashes.values())) == 1, hashes

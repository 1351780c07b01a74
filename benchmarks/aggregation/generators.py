"""How fast the files are made."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import polars as pl

from bench_data.amex import write_amex
from bench_data.amex.generate import Format
from bench_data.home_credit import write_home_credit
from benchmarks.aggregation.books import BUREAU


def measure_generators(customers: int = 50_000, cases: int = 50_000) -> dict[str, Any]:
    """The Amex layout in both forms, and Home Credit's largest table."""
    found: dict[str, Any] = {}
    forms: tuple[Format, ...] = ("parquet", "csv")
    for form in forms:
        with tempfile.TemporaryDirectory() as folder:
            begun = time.perf_counter()
            data = write_amex(Path(folder) / "data", customers=customers, form=form)
            seconds = time.perf_counter() - begun
            scan = pl.scan_parquet if form == "parquet" else pl.scan_csv
            rows = scan(data / f"train_data.{form}").select(pl.len()).collect().item()
            found[f"Amex, {form}"] = {"rows": rows, "seconds": seconds}
    with tempfile.TemporaryDirectory() as folder:
        options = {"cases": cases, "test_cases": 0, "tables": [BUREAU]}
        for done in write_home_credit(Path(folder) / "data", **options):
            if done.table == BUREAU:
                found[f"Home Credit, {BUREAU}"] = {"rows": done.rows, "seconds": done.seconds}
    return found

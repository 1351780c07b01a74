"""Whole runs in processes of their own: peak memory over the size; a model that reads little."""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import polars as pl

from bench_data.amex import write_amex
from benchmarks.aggregation.books import amex_book, simple_recipe, winning_recipe
from benchmarks.aggregation.recipes import KEY, winning_names

ROWS = (1_000_000, 5_000_000, 20_000_000)
_ROWS_A_CUSTOMER = 12.066
"""Of the layout, on average."""
_SHARE = 0.1


def measure_memory() -> dict[str, Any]:
    """Runs over the Amex layout, five statistics of every number, all of them read by the model."""
    runs = [_sized(rows) for rows in ROWS]
    first, last = runs[0], runs[-1]
    slope = (last["peak_rss_bytes"] - first["peak_rss_bytes"]) / (last["rows"] - first["rows"])
    return {"runs": runs, "slope_bytes_a_row": slope}


def _sized(rows: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        data = write_amex(Path(folder) / "data", customers=round(rows / _ROWS_A_CUSTOMER))
        columns = _numbers(data)
        features = [f"{name}__mean" for name in columns] + [f"{name}__last" for name in columns]
        book = amex_book(
            Path(folder) / "book", data, columns, simple_recipe(columns), features=features
        )
        return _run(book) | {"rows": _rows(data)}


def measure_pruning(rounds: int, customers: int = 40_000) -> dict[str, Any]:
    """The winning recipe where a model reads all aggregates, and where it reads a tenth.

    Once a tenth of the aggregates, drawn at random, which touches nearly every column, and once all
    aggregates of a tenth of the columns.
    """
    with tempfile.TemporaryDirectory() as folder:
        data = write_amex(Path(folder) / "data", customers=customers)
        columns = _numbers(data)
        drawn = random.Random(5)
        every = [name for name in winning_names(columns) if name != KEY]
        few = drawn.sample(columns, round(_SHARE * len(columns)))
        reads = {
            "all": every,
            "a tenth of the aggregates": drawn.sample(every, round(_SHARE * len(every))),
            "all of a tenth of the columns": [n for n in winning_names(few) if n != KEY],
        }
        books = {
            name: amex_book(
                Path(folder) / name.replace(" ", "_"),
                data,
                columns,
                winning_recipe(columns),
                features=features,
                without_noise=True,
            )
            for name, features in reads.items()
        }
        turns = [{name: _run(book) for name, book in books.items()} for _ in range(rounds)]
    seconds = {name: statistics.median(turn[name]["seconds"] for turn in turns) for name in books}
    return {
        name: {
            "aggregates": len(reads[name]),
            "seconds": seconds[name],
            "ratio": statistics.median(t["all"]["seconds"] / t[name]["seconds"] for t in turns),
            "peak_rss_bytes": max(turn[name]["peak_rss_bytes"] for turn in turns),
        }
        for name in books
    }


def _numbers(data: Path) -> list[str]:
    schema = pl.read_parquet_schema(data / "train_data.parquet")
    return [name for name, kind in schema.items() if kind.is_numeric()]


def _rows(data: Path) -> int:
    return int(pl.scan_parquet(data / "train_data.parquet").select(pl.len()).collect().item())


def _run(book: Path) -> dict[str, Any]:
    """One fresh run."""
    command = [sys.executable, "-m", "engine.cli", "run", str(book), "--fresh", "--json"]
    done = subprocess.run(command, capture_output=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return {name: result[name] for name in ("customers", "seconds", "peak_rss_bytes")}

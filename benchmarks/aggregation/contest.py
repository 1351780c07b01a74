"""Ours against others on the layouts of two competitions, taking turns in one process."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from bench_data.amex import write_amex
from bench_data.features import feature_chunks
from bench_data.home_credit import write_home_credit
from benchmarks.aggregation.books import (
    BUREAU,
    PARTS,
    amex_book,
    bureau_book,
    simple_recipe,
    winning_recipe,
)
from benchmarks.aggregation.home_credit import GROUPS, credit_bureau_a_2
from benchmarks.aggregation.home_credit import KEY as CASE
from benchmarks.aggregation.plain import CONTENDERS
from benchmarks.aggregation.recipes import KEY

OURS = "Nightbook"
SCAN = "bare scan"

Calls = Mapping[str, Callable[[], object]]


def measure_simple(rounds: int, customers: int = 100_000) -> dict[str, Any]:
    """Five statistics of every number of the Amex layout."""
    return _amex("simple", customers, rounds)


def measure_winning(rounds: int, customers: int = 50_000) -> dict[str, Any]:
    """29 aggregates of every number of the Amex layout."""
    return _amex("winning", customers, rounds)


def measure_bureau(rounds: int, cases: int = 100_000) -> dict[str, Any]:
    """All columns of Home Credit's largest table."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        list(write_home_credit(data, cases=cases, test_cases=0, seed=1, tables=[BUREAU]))
        parts = sorted(data.glob(PARTS), key=lambda file: int(file.stem.rpartition("_")[2]))
        schema = pl.read_parquet_schema(parts[0])
        values = {name: kind for name, kind in schema.items() if name not in (CASE, *GROUPS)}
        numbers = [name for name, kind in values.items() if kind.is_float()]
        text = [name for name in values if name not in numbers]
        book = bureau_book(Path(folder) / "book", data, numbers, text)
        calls = {
            SCAN: lambda: [_scan(part, [CASE, *GROUPS, *values]) for part in parts],
            OURS: lambda: _count_customers(book),
            "Polars, streaming": lambda: credit_bureau_a_2(parts),
        }
        return _contest(calls, rounds) | {"rows": _rows(parts), "columns": len(schema)}


def _amex(recipe: str, customers: int, rounds: int) -> dict[str, Any]:
    """Contenders of one recipe over all numbers of a file of so many customers."""
    with tempfile.TemporaryDirectory() as folder:
        data = write_amex(Path(folder) / "data", customers=customers)
        file = data / "train_data.parquet"
        schema = pl.read_parquet_schema(file)
        columns = [name for name, kind in schema.items() if kind.is_numeric()]
        made = {"simple": simple_recipe, "winning": winning_recipe}[recipe](columns)
        book = amex_book(
            Path(folder) / "book",
            data,
            columns,
            made,
            features=[f"{columns[0]}__mean"],
            without_noise=recipe == "winning",
        )
        calls: dict[str, Callable[[], object]] = {
            SCAN: lambda: _scan(file, [KEY, *columns]),
            OURS: lambda: _count_customers(book),
        }
        for contender in CONTENDERS:
            if contender.recipe == recipe:
                aggregate = contender.load()
                calls[contender.name] = lambda aggregate=aggregate: aggregate(file, columns)
        found = _contest(calls, rounds)
        return found | {"rows": _rows([file]), "columns": len(columns)}


def _contest(calls: Calls, rounds: int) -> dict[str, Any]:
    """Seconds of each, medians over the rounds; ratios are of one round."""
    calls[OURS]()  # compiles the kernels, if nobody has yet
    turns = [{name: _seconds(call) for name, call in calls.items()} for _ in range(rounds)]
    return {
        "seconds": {name: statistics.median(turn[name] for turn in turns) for name in calls},
        "ratios": {
            name: statistics.median(turn[name] / turn[OURS] for turn in turns) for name in calls
        },
    }


def _scan(path: Path, columns: Sequence[str]) -> pl.DataFrame:
    """What nobody who reads these columns can do without."""
    return pl.scan_parquet(path).select(columns).collect(engine="in-memory")


def _count_customers(book: Path) -> int:
    """What a run does until it has features, none of which is kept."""
    return sum(len(chunk) for chunk in feature_chunks(book, threads=2))


def _seconds(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def _rows(files: Sequence[Path]) -> int:
    return int(pl.scan_parquet(files).select(pl.len()).collect().item())

"""A customer's features do not depend on chunks, the order of the rows or threads, to the bit."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from aggregate_cases import aggregated
from builders import AS_OF, KEY, columns, minimal_book
from polars.testing import assert_frame_equal

from engine.aggregate.statistics import STATISTICS

CUSTOMERS = 120
SPEC: dict[str, Any] = {
    KEY: "int64",
    "day": "date",
    "id": "int64",
    "balance": "float64?",
    "purpose": "string?",
}


def book() -> dict[str, Any]:
    statements = {"files": "statements.parquet", "order": "day", "tie": "id"}
    derived = {
        "derive": {"thirds": "balance / 3", "more": "thirds * 0.1 + 1"},
        "windows": {"large": "balance > 0.5"},
    }
    numbers = {
        "table": "statements",
        "columns": ["balance", "more"],
        "statistics": [*STATISTICS, "lag_2"],
        "windows": ["all", "last_3", "last_30d", "large"],
        "of": ["value", "diff"],
    }
    texts = {
        "table": "statements",
        "columns": ["purpose"],
        "statistics": ["first", "nunique", "max"],
    }
    return minimal_book() | {
        "tables": minimal_book()["tables"]
        | {"statements": statements | derived | {"columns": columns(SPEC)}},
        "recipe": [numbers, texts],
        "features": {"ratio": "balance__mean / balance__sum", "spread": "balance__std * 0.7"},
    }


def frames(seed: int = 11) -> dict[str, pl.DataFrame]:
    """Customers with 0 to 60 rows over 14 orders of magnitude: any other order of sums shows."""
    rng = np.random.default_rng(seed)
    keys = np.repeat(np.arange(CUSTOMERS), rng.integers(0, 60, CUSTOMERS))
    values = rng.standard_normal(len(keys)) * 10.0 ** rng.integers(-7, 7, len(keys))
    ago = rng.integers(0, 90, len(keys))
    rows = pl.DataFrame(
        {
            KEY: keys,
            "day": [AS_OF - timedelta(days=int(days)) for days in ago],
            "id": rng.permutation(len(keys)),
            "balance": pl.Series(values).set(pl.Series(rng.random(len(keys)) < 0.1), None),
            "purpose": pl.Series(rng.choice(["rent", "é", "food"], len(keys))),
        }
    )
    base = pl.DataFrame({KEY: range(CUSTOMERS), "segment": "a", "income": rng.random(CUSTOMERS)})
    return {"customers": base, "statements": rows.sort(KEY, "day", "id")}


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    return aggregated(tmp_path_factory.mktemp("all"), book(), frames())


@pytest.mark.parametrize("size", [pytest.param(1, marks=pytest.mark.slow), 7, 50])
def test_chunk_size(tmp_path: Path, expected: pl.DataFrame, size: int) -> None:
    found = aggregated(tmp_path, book(), frames(), size=size)
    assert_frame_equal(found, expected, check_exact=True)


@pytest.mark.parametrize("seed", [1, 2])
def test_order_of_the_rows(tmp_path: Path, expected: pl.DataFrame, seed: int) -> None:
    shuffled = {n: f.sample(fraction=1, shuffle=True, seed=seed) for n, f in frames().items()}
    assert_frame_equal(aggregated(tmp_path, book(), shuffled, size=13), expected, check_exact=True)


def test_a_customer_alone_has_the_same_features(tmp_path: Path, expected: pl.DataFrame) -> None:
    """Nothing of a neighbour is in them."""
    for key in (0, 17, CUSTOMERS - 1):
        alone = {name: frame.filter(pl.col(KEY) == key) for name, frame in frames().items()}
        if alone["statements"].height:
            found = aggregated(tmp_path / str(key), book(), alone)
            assert_frame_equal(found, expected.filter(pl.col(KEY) == key), check_exact=True)


def test_twice_the_same(tmp_path: Path, expected: pl.DataFrame) -> None:
    assert_frame_equal(aggregated(tmp_path, book(), frames()), expected, check_exact=True)


def test_threads(tmp_path: Path, expected: pl.DataFrame) -> None:
    for threads in (1, 2, 5):
        found = aggregated(tmp_path, book(), frames(), threads=threads)
        assert_frame_equal(found, expected, check_exact=True)


@pytest.mark.slow
def test_threads_of_polars(tmp_path: Path, expected: pl.DataFrame) -> None:
    """Polars' number of threads is fixed when a process begins."""
    digests = set()
    for threads in ("1", "4"):
        done = subprocess.run(
            [sys.executable, __file__, str(tmp_path / threads)],
            env=os.environ
            | {
                "POLARS_MAX_THREADS": threads,
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            },
            capture_output=True,
            text=True,
            check=True,
        )
        digests.add(done.stdout.strip())
    assert digests == {digest(expected)}


def digest(features: pl.DataFrame) -> str:
    text = features.select(pl.all().cast(pl.String)).write_json()
    bits = features.select(pl.selectors.float()).fill_null(0.5).to_numpy().tobytes()
    return hashlib.sha256(text.encode() + bits).hexdigest()


if __name__ == "__main__":
    print(digest(aggregated(Path(sys.argv[1]), book(), frames())))

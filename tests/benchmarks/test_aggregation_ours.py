"""Ours and the contenders of the aggregation benchmark make the same features of the same files."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from bench_data.amex import write_amex
from bench_data.features import book_features
from bench_data.home_credit import write_home_credit
from benchmarks.aggregation import home_credit, with_polars
from benchmarks.aggregation.books import (
    BUREAU,
    PARTS,
    amex_book,
    bureau_book,
    simple_recipe,
    winning_recipe,
)
from benchmarks.aggregation.runs import measure_pruning

COLUMNS = ["P_2", "D_39", "B_31", "D_42", "B_30"]


@pytest.fixture(scope="module")
def amex(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_amex(tmp_path_factory.mktemp("amex") / "data", customers=300)


@pytest.mark.parametrize("recipe", ["simple", "winning"])
def test_amex(amex: Path, tmp_path: Path, recipe: str) -> None:
    made = {"simple": simple_recipe, "winning": winning_recipe}[recipe](COLUMNS)
    winning = recipe == "winning"
    book = amex_book(
        tmp_path / "book", amex, COLUMNS, made, features=["P_2__mean"], without_noise=winning
    )
    found = book_features(book, chunk_customers=100).drop("as_of")
    expected = getattr(with_polars, recipe)(amex / "train_data.parquet", COLUMNS)
    assert_frame_equal(
        found,
        expected.select(pl.col(name).cast(found.schema[name]) for name in found.columns),
        rel_tol=1e-9,
        abs_tol=1e-12,
    )


def test_bureau(tmp_path: Path) -> None:
    data = tmp_path / "data"
    list(write_home_credit(data, cases=1_000, test_cases=0, tables=[BUREAU]))
    parts = sorted(data.glob(PARTS))
    expected = home_credit.credit_bureau_a_2(parts).sort(home_credit.KEY)
    schema = pl.read_parquet_schema(parts[0])
    numbers = [name for name, kind in schema.items() if kind.is_float()]
    text = [name for name, kind in schema.items() if kind == pl.String]
    book = bureau_book(tmp_path / "book", data, numbers, text)
    found = book_features(book).rename({"num_group1__count": home_credit.ROWS})
    with_rows = found.filter(pl.col(home_credit.ROWS) > 0).drop("as_of", "date_decision")
    assert_frame_equal(
        with_rows,
        expected.select(pl.col(n).cast(with_rows.schema[n]) for n in with_rows.columns),
        rel_tol=1e-9,
        abs_tol=1e-12,
    )


@pytest.mark.slow
def test_runs_of_the_pruning_benchmark() -> None:
    """Whole runs, once, on a small file; the models read what they say."""
    found = measure_pruning(1, customers=300)
    assert found["all"]["aggregates"] > 9 * found["a tenth of the aggregates"]["aggregates"]

"""The wide book: its size is what was asked for, and its scorecard reads every feature."""

from __future__ import annotations

import json

import polars as pl
import pytest
from synth_cases import check_contract, digests, made_features, read_book, read_table

from engine.errors import BookError
from engine.synth import write_wide_book
from engine.synth.blocks import BLOCK


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    return write_wide_book(tmp_path_factory.mktemp("wide"), BLOCK + 20)


def test_size_and_contract(book):
    check_contract(book)
    statements = read_table(book, "statements")
    assert statements.shape == (12 * (BLOCK + 20), 32)
    assert len(read_table(book, "customers")) == BLOCK + 20
    assert len(list((book.parent / "raw" / "statements").iterdir())) == 2


def test_types_and_gaps(book):
    statements = read_table(book, "statements").drop("customer_id", "statement_date")
    whole = [name for name, dtype in statements.schema.items() if dtype == pl.Int64]
    gaps = [name for name in statements.columns if statements[name].null_count()]
    assert len(whole) == 6
    assert len(gaps) == 10
    assert 0.07 < statements.select(gaps).null_count().sum_horizontal().item() / (
        10 * len(statements)
    ) < 0.09  # fmt: skip


def test_the_scorecard_reads_every_feature_of_the_recipe(book):
    scorecard = json.loads((book.parent / "models" / "pd.json").read_text())
    names = [feature["name"] for feature in scorecard["features"]]
    made = made_features(read_book(book))
    assert len(names) == len(set(names)) == 150
    assert set(made) - set(names) == {"customer_id", "income"}
    assert all(f["coefficient"] != 0.0 and f["std"] > 0.0 for f in scorecard["features"])


def test_columns_and_seed_decide_every_byte(tmp_path):
    for name, columns, seed in (("a", 4, 7), ("b", 4, 7), ("c", 4, 8), ("d", 5, 7)):
        write_wide_book(tmp_path / name, 30, columns=columns, seed=seed)
    a, b, c, d = (digests(tmp_path / name) for name in "abcd")
    part = "raw/statements/part-0000.parquet"
    assert a == b
    assert len({a[part], c[part], d[part]}) == 3


@pytest.mark.parametrize("columns", [0, 1_001])
def test_a_width_without_sense_is_refused(tmp_path, columns):
    with pytest.raises(BookError, match=f"1 to 1,000 columns, not {columns}"):
        write_wide_book(tmp_path / "x", 10, columns=columns)

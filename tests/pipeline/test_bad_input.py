"""Whatever is wrong with the input: one message, its exit code, and the previous result stays."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from bad_books import BOOK_CASES
from bad_data import DATA_CASES, STATEMENTS
from bad_tables import ONE_DAY, TABLE_CASES
from command import call
from damage import Case, Damage, all_of, frame, lose, toml
from small_book import Source

from engine.publish import verify


@pytest.mark.parametrize(
    "case", [*DATA_CASES, *TABLE_CASES, *BOOK_CASES], ids=lambda case: case.name.replace(" ", "_")
)
def test_refused(case: Case, copy_book: Callable[[Source], Path]) -> None:
    folder = copy_book(case.source)
    out = folder / "out"
    before = verify(out)
    case.damage(folder)

    done = call("run", folder / "book.toml", "--json")

    assert done.code == case.code, done.err
    missing = [piece for piece in case.says if piece not in done.message]
    assert not missing, done.message
    assert verify(out) == before
    assert len(list(out.glob("*/manifest.json"))) == 1
    assert list(out.glob(".work/process-*")) == []


def test_dry_run_refuses_too(copy_book: Callable[[Source], Path]) -> None:
    folder = copy_book("parquet")
    lose("raw/customers-*")(folder)
    done = call("run", folder / "book.toml", "--dry-run")
    assert (done.code, "customers-*.parquet" in done.message) == (66, True)


@pytest.mark.parametrize("book", ["missing.toml", "."])
def test_no_book(copy_book: Callable[[Source], Path], book: str) -> None:
    folder = copy_book("parquet")
    done = call("run", folder / book)
    assert done.code == 66
    assert str(folder / book) in done.message


def test_one_empty_file_among_others_is_fine(copy_book: Callable[[Source], Path]) -> None:
    folder = copy_book("parquet")
    first = pl.read_parquet(folder / "raw" / STATEMENTS)
    first.clear().write_parquet(folder / "raw" / "statements-9.parquet")
    found = call("run", folder / "book.toml", "--json").json
    assert json.loads((folder / "out" / found["run_id"] / "manifest.json").read_text())
    assert not found["no_op"]


def content_hash(folder: Path, *damages: Damage) -> str:
    """Of a run of the book after ``damages``, which none of its customers minds."""
    all_of(*damages)(folder)
    found = call("run", folder / "book.toml", "--json").json
    assert (found["customers"], found["quarantined"], found["no_op"]) == (60, 0, False)
    return str(found["content_hash"])


@pytest.mark.parametrize("dtype", [pl.Null, pl.String, pl.Int8, pl.Boolean, pl.Date])
def test_a_column_without_values_may_have_any_type_in_one_part(
    copy_book: Callable[[Source], Path], dtype: pl.DataType
) -> None:
    folder = copy_book("parquet")
    hashes = [
        content_hash(
            folder,
            frame(STATEMENTS, lambda rows, t=t: rows.with_columns(payment=pl.lit(None, t))),
        )
        for t in (pl.Float64, dtype)
    ]
    assert hashes[0] == hashes[1]


@pytest.mark.parametrize("there", [True, False])
def test_an_optional_table_is_empty_this_time(
    copy_book: Callable[[Source], Path], there: bool
) -> None:
    """Sums of nothing are 0, other statistics are missing; ``impute`` says what then."""
    folder, pattern = copy_book("parquet"), "statements-*.parquet"
    empty = frame(pattern, lambda rows: rows.clear()) if there else lose(f"raw/{pattern}")
    optional = toml('tie = "statement_id"', 'tie = "statement_id"\noptional = true')
    content_hash(folder, empty, optional)
    parts = pl.read_parquet(folder / "out" / current(folder) / "part-*.parquet")
    customers = pl.read_parquet(folder / "raw" / "customers-*.parquet")
    card = 0.4 * (900 - 800) / 500 - 0.2 * 50 / 90 - 4.0
    expected = 1 / (1 + (-(card + 0.05 * customers["arrears"])).exp())
    assert parts["pd"].to_list() == pytest.approx(expected.to_list())


def current(folder: Path) -> str:
    return (folder / "out" / "CURRENT").read_text().strip()


def test_a_tie_breaks_equal_order_values(copy_book: Callable[[Source], Path]) -> None:
    assert content_hash(copy_book("parquet"), ONE_DAY)

"""Whatever is wrong with the input: one message, its exit code, and the previous result stays."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from bad_books import BOOK_CASES
from bad_data import DATA_CASES, STATEMENTS
from command import call
from damage import Case, lose
from small_book import Source

from engine.publish import verify


@pytest.mark.parametrize(
    "case", [*DATA_CASES, *BOOK_CASES], ids=lambda case: case.name.replace(" ", "_")
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

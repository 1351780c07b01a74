"""A run over a table of sorted files, end to end: the result of one sorted file, nothing staged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from command import call
from small_book import make_frames, write_book

from engine.errors import OutputError
from engine.pipeline import run
from engine.progress import Silent

FILES = 3
MERGED = f"streamed, {FILES} sorted files merged"


def write(folder: Path, frame: pl.DataFrame) -> Path:
    return write_book(folder, make_frames() | {"statements": frame}, files=1)


def write_parts(folder: Path, frame: pl.DataFrame, part: pl.Expr) -> Path:
    """Each row of ``frame`` in the file ``part``."""
    book = write(folder, frame)
    (folder / "raw/statements-0.parquet").unlink()
    for number in range(FILES):
        rows = frame.filter(part % FILES == number)
        rows.write_parquet(folder / f"raw/statements-{number}.parquet")
    return book


PARTS = {
    "by customer": pl.col("customer_id") // 3,
    "by few customers": pl.col("customer_id") // 9,
    "by month": pl.col("statement_date").dt.month(),
    "by row": pl.int_range(pl.len()),
}


@pytest.fixture(scope="module")
def statements() -> pl.DataFrame:
    return make_frames()["statements"].with_columns(
        balance=pl.when(pl.col("statement_id") == 33).then(-1.0).otherwise("balance")
    )


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory, statements: pl.DataFrame) -> dict[str, Any]:
    """Of one sorted file; a customer is in quarantine."""
    done = call("run", write(tmp_path_factory.mktemp("one"), statements), "--json").json
    assert done["quarantined"] == 1
    return done


@pytest.mark.parametrize("part", list(PARTS))
def test_the_result_is_that_of_one_file(
    tmp_path: Path, part: str, statements: pl.DataFrame, expected: dict[str, Any]
) -> None:
    book = write_parts(tmp_path, statements, PARTS[part])
    plan = call("run", book, "--dry-run", "--json").json
    assert {t["table"]: t["order"] for t in plan["tables"]}["statements"] == MERGED
    found = call("run", book, "--json").json
    for name in ("content_hash", "customers", "quarantined", "expected_profit"):
        assert found[name] == expected[name], name
    folder = tmp_path / "out" / found["run_id"]
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["tables"]["statements"]["order"] == MERGED
    lost = pl.read_parquet(folder / "quarantine-statements-*.parquet")
    assert sorted(lost["statement_id"]) == [31, 32, 33, 34, 35, 36]
    (file,) = pl.read_parquet(folder / "quarantine-0*.parquet")["file"]
    ids = pl.read_parquet(tmp_path / "raw" / Path(file).name)["statement_id"]
    assert 33 in ids


class StoppedAfterOne(Silent):
    """A disk that fails when a chunk is done."""

    def chunk_done(self, number: int, customers: int, rows: int, *, kept: bool) -> None:
        raise OutputError("stopped")


class Kept(Silent):
    """Which chunks were kept."""

    def __init__(self) -> None:
        self.chunks: list[bool] = []

    def chunk_done(self, number: int, customers: int, rows: int, *, kept: bool) -> None:
        self.chunks.append(kept)


def test_an_unfinished_run_is_resumed(
    tmp_path: Path, statements: pl.DataFrame, expected: dict[str, Any]
) -> None:
    book, kept = write_parts(tmp_path, statements, PARTS["by customer"]), Kept()
    with pytest.raises(OutputError):
        run(book, progress=StoppedAfterOne())
    result = run(book, progress=kept)
    assert sorted(kept.chunks) == [False, False, True]
    assert result.content_hash == expected["content_hash"]

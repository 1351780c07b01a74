"""Chunks, threads, order of the rows and source of the tables do not change a bit of the result."""

from __future__ import annotations

import json
import shutil
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest
from command import call, call_many
from small_book import Frames, Source, make_frames, shuffled, write_book

SOURCES: tuple[Source, ...] = ("parquet", "csv", "table", "query")
ROWS = ["in order", "shuffled"]


class Result(NamedTuple):
    """What must not vary."""

    content_hash: str
    totals: str
    counts: str


def result_of(found: dict[str, Any]) -> Result:
    manifest = json.loads((Path(found["path"]) / "manifest.json").read_text())
    return Result(
        found["content_hash"],
        json.dumps(manifest["totals"], sort_keys=True),
        json.dumps(manifest["counts"], sort_keys=True),
    )


def run_all(
    books: list[Path], out: Path, chunks: tuple[int, ...], threads: int
) -> dict[tuple[str, int], Result]:
    """Every book with every size of chunk, in one process that Polars gives so many threads."""
    cases = list(product(books, chunks))
    commands = [
        ("run", book, "--out", out / f"{number}", "--threads", threads, "--chunk-customers", size)
        for number, (book, size) in enumerate(cases)
    ]
    found = call_many(commands)
    assert not any(result["no_op"] for result in found)
    return {
        (book.parent.name, size): result_of(result)
        for (book, size), result in zip(cases, found, strict=True)
    }


@pytest.fixture(scope="module")
def frames() -> Frames:
    """With a few customers for the quarantine, so that counts are compared too."""
    frames = make_frames(customers=24)
    balance = pl.when(pl.col("statement_id") == 77).then(-1.0).otherwise("balance")
    return frames | {"statements": frames["statements"].with_columns(balance.alias("balance"))}


@pytest.fixture(scope="module")
def books(frames: Frames, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("books")
    return [
        write_book(
            folder / f"{source} {order}",
            frames if order == "in order" else shuffled(frames),
            source,
            files=files,
        )
        for source, (order, files) in product(SOURCES, zip(ROWS, (1, 3), strict=True))
    ]


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2])
def test_small_book(books: list[Path], tmp_path: Path, threads: int) -> None:
    found = run_all(books, tmp_path, (1, 7, 1000, 50_000), threads)
    assert len(found) == 32
    reference = call("run", books[0], "--out", tmp_path / "reference", "--json").json
    assert reference["quarantined"] == 1
    assert set(found.values()) == {result_of(reference)}


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("chunks", [(333, 50_000), pytest.param((40,), marks=pytest.mark.slow)])
def test_demo_book(demo_book: Path, tmp_path: Path, chunks: tuple[int, ...], threads: int) -> None:
    """Tables of thousands of rows, on which Polars does use its threads; by trees, with joins."""
    other = shutil.copytree(demo_book.parent, tmp_path / "other", ignore=lambda *_: ["out"])
    for file in sorted((other / "raw").rglob("*.parquet")):
        pl.read_parquet(file).sample(fraction=1.0, shuffle=True, seed=3).write_parquet(file)
    header, *lines = (other / "raw" / "fees.csv").read_text().splitlines()
    (other / "raw" / "fees.csv").write_text("\n".join([header, *reversed(lines)]) + "\n")

    found = run_all([demo_book, other / "book.toml"], tmp_path / "out", chunks, threads)

    reference = call("run", demo_book, "--out", tmp_path / "reference", "--json").json
    assert set(found.values()) == {result_of(reference)}

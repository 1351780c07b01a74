"""Ranks over all customers in a run and a fit: among which rows, whatever the chunks and kills."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from builders import AS_OF, KEY
from command import call, kill_at
from polars.testing import assert_frame_equal
from rank_cases import RANKS, by_polars, rank_book, rank_frames, ranks_of, write_rank_book

from engine import training
from engine.publish import RunDirectory, verify

Frames = dict[str, pl.DataFrame]


def run(book: Path, *options: object) -> dict[str, Any]:
    return call("run", book, "--json", *options).json


def published(found: dict[str, Any]) -> pl.DataFrame:
    return pl.read_parquet(Path(found["path"]) / "part-*.parquet")


def assert_ranks(found: pl.DataFrame, frames: Frames) -> None:
    expected = by_polars(frames)
    assert expected.select(pl.col(RANKS).is_not_nan().sum()).row(0) > (60, 60)
    assert_frame_equal(found, expected, abs_tol=1e-12, rel_tol=0)


def negative(frames: Frames, customers: int) -> Frames:
    """The first statements that count of so many customers break the contract."""
    counts = (pl.col("booked_on") <= AS_OF) & (pl.col("day") <= AS_OF)
    first = frames["statements"].filter(counts).unique(KEY, keep="first", maintain_order=True)
    numbers = first["number"].gather_every(len(first) // customers)[:customers]
    broken = pl.when(pl.col("number").is_in(numbers.implode())).then(-1.0).otherwise("amount")
    return frames | {"statements": frames["statements"].with_columns(amount=broken)}


@pytest.mark.parametrize("seed", [4, 5])
def test_ranks_are_those_among_all_rows_that_count(tmp_path: Path, seed: int) -> None:
    frames = rank_frames(seed=seed)
    book = write_rank_book(tmp_path, frames)
    hashes = set()
    for size, threads in ((13, 1), (50, 2), (1000, 2)):
        found = run(book, "--chunk-customers", size, "--threads", threads)
        assert_ranks(ranks_of(published(found)), frames)
        hashes.add(found["content_hash"])
    assert len(hashes) == 1


def test_quarantined_customers_do_not_count(tmp_path: Path) -> None:
    frames = negative(rank_frames(), 20)
    found = run(write_rank_book(tmp_path, frames), "--chunk-customers", 40)
    assert (found["customers"], found["quarantined"]) == (130, 20)
    assert_ranks(ranks_of(published(found)), frames)


def test_rows_that_are_left_out_do_not_count(tmp_path: Path) -> None:
    """Neither late ones nor those that were not known: any amounts of theirs give the same."""
    frames = rank_frames()
    left_out = (pl.col("day") > AS_OF) | ~(pl.col("booked_on") <= AS_OF).fill_null(False)
    statements = frames["statements"]
    assert statements.filter(left_out).height > 60
    hashes = set()
    for value in (0.0, 99.0, None):
        changed = pl.when(left_out).then(pl.lit(value, pl.Float64)).otherwise("amount")
        rows = statements.with_columns(amount=changed)
        book = write_rank_book(tmp_path, frames | {"statements": rows})
        found = run(book, "--chunk-customers", 40)
        counts = json.loads((Path(found["path"]) / "manifest.json").read_text())["counts"]["rows"]
        assert counts["statements"]["after_as_of"] == statements.filter(left_out).height
        hashes.add(found["content_hash"])
    assert len(hashes) == 1


def test_order_of_the_files_does_not_matter(tmp_path: Path) -> None:
    frames = rank_frames()
    mixed = {name: frame.sample(fraction=1, shuffle=True, seed=3) for name, frame in frames.items()}
    first = run(write_rank_book(tmp_path / "sorted", frames), "--chunk-customers", 40)
    second = run(write_rank_book(tmp_path / "mixed", mixed), "--chunk-customers", 60)
    assert first["content_hash"] == second["content_hash"]


@pytest.mark.parametrize("sample", [None, 400])
def test_fit_ranks_among_all_customers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sample: int | None
) -> None:
    """Of a sample, too: those that are not drawn are among the rows that a month has."""
    frames, seen = negative(rank_frames(700), 10), []
    fit = training.fit_pd

    def spy(features: pl.DataFrame, *args: Any, **others: Any) -> Any:
        seen.append(features)
        return fit(features, *args, **others)

    monkeypatch.setattr(training, "fit_pd", spy)
    changes = {
        "models": {"pd": {"file": "pd.txt", "predicts": "pd"}},
        "fit": rank_book()["fit"] | ({"sample": sample} if sample else {}),
        "output": {"chunk_customers": 90},
    }
    book = write_rank_book(tmp_path, frames, **changes)
    metrics = call("fit", "pd", book, "--threads", 1, "--json").json["metrics"]
    (features,) = seen
    assert features.height == (690 if sample is None else 396)  # ten of all are quarantined
    assert metrics["quarantined"]["features"] == 10
    expected = by_polars(frames).filter(pl.col(KEY).is_in(features[KEY].implode()))
    found = features.select(KEY, pl.col(RANKS).fill_null(float("nan")))
    assert_frame_equal(found, expected, abs_tol=1e-12, rel_tol=0)


def test_a_run_that_was_stopped_goes_on_with_the_same_ranks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = rank_frames()
    book = write_rank_book(tmp_path, frames)
    whole = run(book, "--chunk-customers", 25, "--out", tmp_path / "whole")
    publish_part = RunDirectory.publish_part

    def stop(self: RunDirectory, number: int, *args: Any, **others: Any) -> None:
        if number == 2:
            raise KeyboardInterrupt
        publish_part(self, number, *args, **others)

    with monkeypatch.context() as patch:
        patch.setattr(RunDirectory, "publish_part", stop)
        assert call("run", book, "--chunk-customers", 25).code == 130
    assert len(list((tmp_path / "out").glob("*/chunk-*.json"))) == 2
    done = call("run", book, "--chunk-customers", 25, "--json")
    assert done.err.count("kept from an earlier run") == 2
    assert done.json["content_hash"] == whole["content_hash"]


@pytest.mark.slow
def test_killed_in_the_first_pass_and_between_chunks(tmp_path: Path) -> None:
    book = write_rank_book(tmp_path, rank_frames(), output={"dir": "out", "chunk_customers": 2})
    whole = run(book, "--out", tmp_path / "whole")
    for place in ("ranks within months", "chunk 3/75", "chunk 40/75"):
        kill_at(place, "run", book)
        assert not (tmp_path / "out" / "CURRENT").exists()
    done = call("run", book, "--json")
    assert done.err.count("kept from an earlier run") >= 40
    assert done.json["content_hash"] == whole["content_hash"]
    assert verify(tmp_path / "out")["content_hash"] == whole["content_hash"]
    assert list((tmp_path / "out").rglob("ranks")) == []

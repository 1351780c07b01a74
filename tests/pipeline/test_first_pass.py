"""Ranks over all customers in a run: by hand, whatever the chunks, after a kill, pruned or not."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from builders import KEY
from command import call
from needs_cases import rich_book, rich_frames
from test_pruning import assert_same, needs, result_of, with_everything, write_rich

import engine
from bench_data.features import book_features
from engine import first_pass
from engine.progress import Silent

RANKS = ["s_ab__last_rank_in_month", "v_minutes__last_valid_rank_in_month"]


def ranking(folder: Path, features: list[str]) -> Path:
    """A book with ranks of a derived column and of another table's."""
    recipe = [
        *rich_book()["recipe"],
        {"table": "statements", "columns": ["ab", "c"], "statistics": ["last_rank_in_month"]},
        {"table": "visits", "columns": ["minutes"], "statistics": ["last_valid_rank_in_month"]},
    ]
    return write_rich(folder, features, recipe=recipe)


def by_hand(values: pl.Series) -> list[float | None]:
    """(less + (equal + 1) / 2) / count among ``values``, all of one month."""
    known = values.drop_nulls().to_list()
    return [
        None
        if value is None
        else (sum(x < value for x in known) + (known.count(value) + 1) / 2) / len(known)
        for value in values
    ]


def test_by_hand(tmp_path: Path) -> None:
    """The last row of every customer lies in June, and no other row does."""
    book = ranking(tmp_path, [])
    last = rich_frames()["statements"].filter(pl.col("day").dt.month() == 6)
    assert last[KEY].n_unique() == last.height
    for size in (7, 1000):
        found = book_features(book, chunk_customers=size)
        assert found[KEY].equals(last[KEY])
        assert found[RANKS[0]].to_list() == by_hand(last["a"] + last["b"])
        minutes = rich_frames()["visits"].filter(pl.col("day").dt.month() == 6)["minutes"]
        assert found[RANKS[1]].to_list() == by_hand(minutes)


def test_same_bits_pruned_and_by_any_chunks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = ranking(tmp_path, [*RANKS, "s_a__max"])
    assert {"a", "b"} <= set(needs(book).tables["statements"].columns)
    assert "c" not in needs(book).tables["statements"].columns
    found = result_of(book, tmp_path / "needed")
    assert_same(found, with_everything(monkeypatch, book, tmp_path / "everything"))
    for size in (3, 1000):
        other = call(
            "run", book, "--out", tmp_path / f"{size}", "--chunk-customers", size, "--json"
        )
        assert other.json["content_hash"] == found.content_hash


def test_who_is_quarantined_counts_in_no_rank(tmp_path: Path) -> None:
    """The same as if the customer were in no table."""
    book = ranking(tmp_path / "broken", RANKS)
    text = book.read_text() + "ingest = { max_quarantine_share = 0.1 }\n"
    book.write_text(text)
    frames = rich_frames()
    wrong = pl.when(pl.int_range(pl.len()) == 9).then(float("inf")).otherwise("a").alias("a")
    frames["statements"].with_columns(wrong).write_parquet(tmp_path / "broken/statements.parquet")
    found = result_of(book, tmp_path / "a")

    other = ranking(tmp_path / "without", RANKS)
    gone = frames["statements"][KEY][9]
    for name, frame in frames.items():
        kept = frame.filter(pl.col(KEY) != gone) if KEY in frame.columns else frame
        kept.write_parquet(tmp_path / "without" / f"{name}.parquet")
    assert_same(found, result_of(other, tmp_path / "b"))


class StopAfter(Silent):
    """``chunks``: how many are done before the run is stopped."""

    def __init__(self, chunks: int) -> None:
        self._left = chunks

    def chunk_done(self, number: int, customers: int, rows: int, *, kept: bool) -> None:
        self._left -= 1
        if not self._left:
            raise KeyboardInterrupt


def test_a_run_that_goes_on_ranks_among_all(tmp_path: Path) -> None:
    book = ranking(tmp_path, RANKS)
    reference = result_of(book, tmp_path / "reference")
    with pytest.raises(KeyboardInterrupt):
        engine.run(book, out=tmp_path / "out", progress=StopAfter(1))
    assert_same(result_of(book, tmp_path / "out"), reference)


def test_a_run_with_nothing_left_to_do_ranks_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was stopped between its last chunk and its end."""
    book = ranking(tmp_path, RANKS)
    reference = result_of(book, tmp_path / "reference")
    chunks = len(list((tmp_path / "reference").rglob("part-*.parquet")))
    with pytest.raises(KeyboardInterrupt):
        engine.run(book, out=tmp_path / "out", progress=StopAfter(chunks))
    monkeypatch.setattr(first_pass, "CrossSections", None)
    assert_same(result_of(book, tmp_path / "out"), reference)


def test_without_ranks_nothing_is_read_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_pass, "CrossSections", None)
    result_of(ranking(tmp_path, ["s_a__max"]), tmp_path / "out")

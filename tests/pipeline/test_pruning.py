"""A run computes what it needs only: the same bits as with everything, less read, rules, plan."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest
from builders import KEY, toml
from command import call
from needs_cases import rich_book, rich_frames, scorecard

from engine import pipeline
from engine.book_file import load_book
from engine.needs import Needs, needs_of, whole
from engine.publish import verify


class Result(NamedTuple):
    """What must not vary."""

    rows: pl.DataFrame
    content_hash: str
    totals: dict[str, Any]


def write_rich(folder: Path, features: list[str], **changes: Any) -> Path:
    """``rich_book`` with its tables and a scorecard that reads ``features``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in rich_frames().items():
        frame.write_parquet(folder / f"{name}.parquet")
    (folder / "pd.json").write_text(json.dumps(scorecard(features)))
    book = folder / "book.toml"
    book.write_text(toml(rich_book() | {"output": {"chunk_customers": 17}} | changes))
    return book


def result_of(book: Path, out: Path) -> Result:
    found = call("run", book, "--out", out, "--json").json
    rows = pl.read_parquet(Path(found["path"]) / "part-*.parquet")
    manifest = json.loads((Path(found["path"]) / "manifest.json").read_text())
    return Result(rows, found["content_hash"], manifest["totals"])


def with_everything(monkeypatch: pytest.MonkeyPatch, book: Path, out: Path) -> Result:
    """The same run with all features of the book computed."""
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "needs_of", lambda loaded, _: whole(loaded))
        return result_of(book, out)


def assert_same(found: Result, reference: Result) -> None:
    assert found.rows.equals(reference.rows)
    assert (found.content_hash, found.totals) == (reference.content_hash, reference.totals)


def needs(book: Path) -> Needs:
    loaded = load_book(book)
    return needs_of(loaded, pipeline.open_models(loaded).required_features)


@pytest.mark.parametrize("seed", range(4))
def test_a_tenth_of_the_aggregates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Of a random tenth, and of features made of features, side tables and joins."""
    loaded = load_book(write_rich(tmp_path, []))
    rng = random.Random(seed)
    names = [feature.name for feature in loaded.aggregates]
    others = ["trend_3", "long", "x_uv", "rent_share", "staff_2", "y_w", "income_k"]
    chosen = rng.sample(names, len(names) // 10) + rng.sample(others, 2)
    book = write_rich(tmp_path, chosen, strategy=rich_strategy(rng.choice(names)))
    assert len(needs(book).aggregates) < len(names) / 8
    found = result_of(book, tmp_path / "needed")
    assert found.rows["pd"].n_unique() > 30
    assert_same(found, with_everything(monkeypatch, book, tmp_path / "everything"))


def rich_strategy(cap: str) -> dict[str, Any]:
    return rich_book()["strategy"] | {
        "caps": [cap, "x_v"],
        "group": "staff",
        "knock_outs": [{"reason": "young", "when": "s_days__min < 8 AND trend > 0"}],
    }


def test_demo_book(demo_book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = result_of(demo_book, tmp_path / "needed")
    assert_same(found, with_everything(monkeypatch, demo_book, tmp_path / "everything"))


def test_files_without_what_is_not_needed(tmp_path: Path) -> None:
    """Neither columns nor tables that nothing needs are looked at: they may be gone."""
    book = write_rich(tmp_path, ["s_paid__last_3__mean", "trend"])
    reference = result_of(book, tmp_path / "all")
    kept = needs(book)
    assert set(kept.read) == {"customers", "statements", "tariffs"}
    for name, frame in rich_frames().items():
        file = tmp_path / f"{name}.parquet"
        if name in kept.read:
            frame.select(list(kept.read[name].columns)).write_parquet(file)
        else:
            file.unlink()
    assert_same(result_of(book, tmp_path / "cut"), reference)


def broken(folder: Path, check: str) -> Path:
    """A book with a negative ``b``, which the scorecard does not read, of one customer."""
    book = write_rich(folder, ["s_a__max"], ingest={"check": check, "max_quarantine_share": 0.1})
    text = book.read_text().replace(
        '"b" = { "type" = "float64"', '"b" = { "min" = 0, "type" = "float64"'
    )
    assert '"min" = 0' in text
    book.write_text(text)
    statements = rich_frames()["statements"]
    first = pl.when(pl.int_range(pl.len()) == 7).then(-1.0).otherwise("b").alias("b")
    statements.with_columns(first).write_parquet(folder / "statements.parquet")
    return book


@pytest.mark.parametrize(("check", "lost"), [("read", 0), ("declared", 1)])
def test_a_broken_rule_of_a_column_that_is_not_needed(
    tmp_path: Path, check: str, lost: int
) -> None:
    found = call("run", broken(tmp_path, check), "--json").json
    assert (found["customers"], found["quarantined"]) == (40 - lost, lost)
    assert verify(Path(found["path"]))["customers"] == 40 - lost


def test_quarantine_files_hold_the_columns_that_were_read(tmp_path: Path) -> None:
    book = write_rich(tmp_path, ["s_a__max"], ingest={"max_quarantine_share": 0.1})
    statements = rich_frames()["statements"]
    infinite = pl.when(pl.int_range(pl.len()) == 7).then(float("inf")).otherwise("a").alias("a")
    statements.with_columns(infinite).write_parquet(tmp_path / "statements.parquet")
    found = call("run", book, "--json").json
    (file,) = Path(found["path"]).glob("quarantine-statements-*.parquet")
    assert set(pl.read_parquet_schema(file)) == {KEY, "day", "number", "a"}


def test_the_plan_says_what_is_computed(tmp_path: Path) -> None:
    book = write_rich(tmp_path, ["s_paid__last_3__mean", "s_a__max", "rent_share"])
    plan = call("run", book, "--dry-run", "--json").json
    of = {table["table"]: table for table in plan["tables"]}
    assert (plan["aggregates"], plan["aggregates_of"]) == (2, 392)
    assert {name: (t["aggregates"], t["aggregates_of"]) for name, t in of.items()} == {
        "customers": (0, 0),
        "statements": (2, 384),
        "tariffs": (0, 0),
        "branches": (0, 0),
    }
    assert plan["not_read"] == ["visits", "side", "other"]
    assert of["statements"]["does_not_read"] == ["c"]
    assert of["tariffs"]["does_not_read"] == ["days"]
    assert plan["features"] == needs(book).features

    text = call("run", book, "--dry-run").out
    assert "2 of 392 are computed" in text
    assert "visits, side, other" in text

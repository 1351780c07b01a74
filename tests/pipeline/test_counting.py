"""Every customer and row is scored or quarantined and counted, whatever is wrong with it."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest
from command import Done, call
from small_book import STATEMENTS_EACH, Frames, Source, make_frames, replace, write_book

from engine.publish import verify

CUSTOMERS = 200
EACH = 2
"""Customers that each kind of violation is seeded in, one row each."""
Place = tuple[str, str, str]


class Kind(NamedTuple):
    """A cell that breaks the contract; ``only`` sources that can hold it."""

    table: str
    column: str
    value: object
    reason: str
    only: tuple[Source, ...] = ("parquet", "csv", "table")


INFINITE = float("inf")
LATE = date(2026, 7, 1)
TEXT: tuple[Source, ...] = ("csv",)
CELLS = (
    Kind("customers", "segment", None, "null"),
    Kind("customers", "segment", "pensioner", "not allowed"),
    Kind("customers", "joined_on", None, "null"),
    Kind("customers", "joined_on", LATE, "after the as-of date"),
    Kind("customers", "income", -0.5, "below 0"),
    Kind("customers", "income", INFINITE, "not finite"),
    Kind("customers", "arrears", None, "null"),
    Kind("customers", "arrears", -1, "below 0"),
    Kind("customers", "arrears", 1000, "above 999"),
    Kind("statements", "statement_date", None, "null"),
    Kind("statements", "statement_date", LATE, "after the as-of date"),
    Kind("statements", "statement_id", None, "null"),
    Kind("statements", "balance", None, "null"),
    Kind("statements", "balance", INFINITE, "not finite"),
    Kind("statements", "balance", -0.5, "below 0"),
    Kind("statements", "payment", -0.5, "below 0"),
    Kind("customers", "arrears", "1.5", "unreadable", TEXT),
    Kind("customers", "joined_on", "2026-02-30", "unreadable", TEXT),
    Kind("statements", "statement_id", "A7", "unreadable", TEXT),
    Kind("statements", "balance", "1,000", "unreadable", TEXT),
    Kind("statements", "payment", "12 EUR", "unreadable", TEXT),
)
ROWS: dict[Place, tuple[int, int]] = {
    ("customers", "customer_id", "repeated key"): (2 * EACH, EACH),
    ("customers", "customer_id", "null"): (EACH, 0),
    ("statements", "customer_id", "null"): (EACH, 0),
    ("statements", "customer_id", "no such customer"): (EACH, EACH),
    ("statements", "statement_date", "equal order and tie"): (2 * EACH, EACH),
    ("statements", "statement_id", "repeated"): (4 * EACH, 2 * EACH),
}
"""Violations by whole rows, seeded in ``broken_rows``: rows and customers of each."""


def cells(source: Source) -> list[Kind]:
    return [kind for kind in CELLS if source in kind.only]


def broken(source: Source) -> Frames:
    """All violations at once, each in customers of its own; as text for CSV."""
    frames = broken_rows(make_frames(CUSTOMERS))
    if source == "csv":
        frames = {name: frame.cast(pl.String) for name, frame in frames.items()}
    keys = make_frames(CUSTOMERS)["customers"]["customer_id"].to_list()
    for number, kind in enumerate(cells(source)):
        frame, chosen = frames[kind.table], keys[EACH * number : EACH * (number + 1)]
        rows = frame["customer_id"].cast(pl.Int64).is_in(chosen)
        if kind.table == "statements":
            rows = rows & (pl.Series(range(frame.height)) % STATEMENTS_EACH == 4)
        value = str(kind.value) if source == "csv" and kind.value is not None else kind.value
        bad = pl.lit(value, dtype=frame.schema[kind.column])
        cell = pl.when(rows).then(bad).otherwise(kind.column).alias(kind.column)
        frames[kind.table] = frame.with_columns(cell)
        assert rows.sum() == EACH
    return frames


def broken_rows(frames: Frames) -> Frames:
    """Repeated, unknown and missing keys, in the last customers and in rows at the end."""
    customers, statements = frames["customers"], frames["statements"]
    nobody = pl.lit(None, pl.Int64).alias("customer_id")
    again, first = customers[-EACH:], pl.col("statement_id").first().over("customer_id")
    alike, twins = customers["customer_id"][-2 * EACH : -EACH], customers["customer_id"][-9:-7]
    statements = statements.with_columns(
        pl.when(pl.col("customer_id").is_in(alike.implode()))
        .then(pl.when(pl.int_range(pl.len()).over("customer_id") < 2).then(first))
        .fill_null(pl.col("statement_id"))
        .alias("statement_id")
    )
    number = pl.int_range(pl.len(), dtype=pl.Int64)
    return {
        "customers": pl.concat([customers, again, customers[:EACH].with_columns(nobody)]),
        "statements": pl.concat(
            [
                statements,
                statements.filter(pl.col("customer_id").is_in(twins.implode())).unique(
                    "customer_id", keep="last", maintain_order=True
                ),
                statements[:EACH].with_columns(nobody),
                statements[:EACH].with_columns((1 + number).alias("customer_id")),
            ]
        ),
    }


def expected(source: Source) -> dict[Place, tuple[int, int]]:
    """Rows and customers by table, column and reason."""
    seeded = {(kind.table, kind.column, kind.reason): (EACH, EACH) for kind in cells(source)}
    return ROWS | seeded


def run_broken(folder: Path, source: Source, share: str, chunk: int = 50) -> Done:
    edit = replace("share = 0.1", f'share = {share}\ncheck = "declared"')
    book = write_book(folder, broken(source), source, edit=edit)
    return call("run", book, "--chunk-customers", chunk, "--json")


def manifest_of(found: dict[str, Any]) -> dict[str, Any]:
    loaded = json.loads((Path(found["path"]) / "manifest.json").read_text())
    assert isinstance(loaded, dict)
    return loaded


def sidecars(found: dict[str, Any], kind: str) -> pl.DataFrame:
    return pl.concat(
        pl.read_parquet(file) for file in sorted(Path(found["path"]).glob(f"{kind}-0*.parquet"))
    )


def test_there_are_more_than_20_kinds() -> None:
    assert len(expected("parquet")) >= 20
    assert len(expected("csv")) >= 25


@pytest.mark.parametrize("source", ["parquet", "csv", "table"])
@pytest.mark.parametrize("chunk", [7, 1000])
def test_none_lost_all_counted(tmp_path: Path, source: Source, chunk: int) -> None:
    found = run_broken(tmp_path, source, "0.9", chunk).json
    manifest, frames = manifest_of(found), broken(source)
    caught = {
        (entry["table"], entry["column"], entry["reason"]): (entry["rows"], entry["customers"])
        for entry in manifest["quarantine"]
    }
    assert caught == expected(source)

    lost = EACH * (len(cells(source)) + 3)  # three kinds of broken rows break customers
    customers = manifest["counts"]["customers"]
    outside = 2 * EACH  # without a key, and in the statements alone
    assert customers == {
        "read": CUSTOMERS + outside,
        "scored": CUSTOMERS - lost,
        "quarantined": lost + outside,
    }
    assert (found["customers"], found["quarantined"]) == (CUSTOMERS - lost, lost + outside)
    for name, rows in manifest["counts"]["rows"].items():
        assert rows["read"] == frames[name].height
        assert rows["read"] == rows["used"] + rows["after_as_of"] + rows["quarantined"]
        assert rows["quarantined"] == sidecars(found, f"quarantine-{name}").height
    assert verify(Path(found["path"]))["customers"] == CUSTOMERS - lost


@pytest.mark.parametrize("source", ["parquet", "csv", "table"])
def test_quarantine_files(tmp_path: Path, source: Source) -> None:
    """Reason, file, column, count and the rows themselves; the rest is published."""
    found = run_broken(tmp_path, source, "0.9").json
    frames = {name: frame.cast({"customer_id": pl.Int64}) for name, frame in broken(source).items()}
    reasons = sidecars(found, "quarantine")
    rows: Counter[Place] = Counter()
    for entry in reasons.iter_rows(named=True):
        rows[entry["table"], entry["column"], entry["reason"]] += entry["rows"]
        assert Path(entry["file"]).is_file()
    assert rows == {place: count for place, (count, _) in expected(source).items()}
    for kind in cells(source):
        if kind.value is not None:
            at = (pl.col("column") == kind.column) & (pl.col("reason") == kind.reason)
            assert (
                reasons.filter(at, table=kind.table)["value"].to_list() == [str(kind.value)] * EACH
            )

    published = sidecars(found, "part")["customer_id"]
    for name, frame in frames.items():
        kept_out = sidecars(found, f"quarantine-{name}")
        assert set(kept_out.columns) == set(frame.columns)
        used = frame.filter(pl.col("customer_id").is_in(published.implode()))["customer_id"]
        both = pl.concat([used, kept_out["customer_id"]])
        assert both.sort().equals(frame["customer_id"].sort())


def test_above_the_share_nothing_is_published(tmp_path: Path) -> None:
    done = run_broken(tmp_path, "parquet", "0.05")
    assert done.code == 65
    assert "of 200 customers break the data contract" in done.message
    assert "ingest.max_quarantine_share = 0.05" in done.message
    assert not (tmp_path / "out" / "CURRENT").exists()


@pytest.mark.parametrize(("rows", "code"), [((0, 30, 50), 0), ((0, 30, 50, 59), 65)])
def test_the_share_itself_is_allowed(tmp_path: Path, rows: tuple[int, ...], code: int) -> None:
    """3 of 60 customers are 0.05, not more; the fourth is, though it comes in the last chunk."""
    frames = make_frames(60)
    wrong = pl.when(pl.int_range(pl.len()).is_in(rows)).then(-1).otherwise("arrears")
    customers = frames["customers"].with_columns(wrong.alias("arrears"))
    edit = replace("share = 0.1", "share = 0.05")
    done = call("run", write_book(tmp_path, frames | {"customers": customers}, edit=edit))
    assert done.code == code, done.err
    if code:
        assert "at least 4 of 60 customers" in done.message
        assert "column arrears, rows 4" in done.message


def test_dropped_rows_are_counted(tmp_path: Path) -> None:
    frames = make_frames(30)
    late = pl.lit(LATE).alias("statement_date")
    number = (pl.col("statement_id") + 1000).alias("statement_id")
    more = frames["statements"][:5].with_columns(late, number)
    frames["statements"] = pl.concat([frames["statements"], more])
    edit = replace('tie = "statement_id"', 'tie = "statement_id"\nafter_as_of = "drop"')
    found = call("run", write_book(tmp_path, frames, edit=edit), "--json").json
    rows = manifest_of(found)["counts"]["rows"]["statements"]
    assert rows == {"read": 185, "used": 180, "after_as_of": 5, "quarantined": 0}


def test_a_chunk_of_quarantined_customers_only(tmp_path: Path) -> None:
    frames = make_frames(4)
    customers = frames["customers"].with_columns(arrears=pl.Series([0, -1, -1, 0]))
    edit = replace("share = 0.1", "share = 0.5")
    book = write_book(tmp_path, frames | {"customers": customers}, edit=edit)
    found = call("run", book, "--chunk-customers", 1, "--json").json
    assert (found["customers"], found["quarantined"]) == (2, 2)
    assert verify(Path(found["path"]))["content_hash"] == found["content_hash"]

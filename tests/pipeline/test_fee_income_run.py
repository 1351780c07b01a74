"""A run of a book with fees: what is published, counted, put aside and refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from command import call
from fee_book import PUBLISHED, TARIFFS, expected, fee_book, fee_frames, total
from small_book import AS_OF, Frames, Source, replace, shuffled

from engine import run
from engine.book_file import load_book
from engine.publish import verify

KEY = "customer_id"


def published(book: Path, **options: Any) -> tuple[pl.DataFrame, dict[str, Any]]:
    """The rows of a run, by key, and its manifest."""
    path = run(book, threads=1, **options).path
    rows = pl.read_parquet(path / "part-*.parquet")
    return rows.sort(KEY), json.loads((path / "manifest.json").read_text())


def test_published_behind_all_other_columns(tmp_path: Path) -> None:
    frames = fee_frames()
    rows, manifest = published(fee_book(tmp_path, frames))
    assert tuple(rows.columns[-6:]) == PUBLISHED
    fees = load_book(tmp_path / "book.toml").fee_income
    assert fees is not None
    assert dict(rows[:, -6:].schema) == fees.feature_types
    found, twin = (
        rows.select(KEY, "fee_income", "fee_tenure_days", "fee_excluded"),
        expected(frames),
    )
    assert found.rows() == twin.rows()
    earning = rows.filter(pl.col("fee_excluded").is_null())
    assert earning["short_tenure"].to_list() == (earning["fee_tenure_days"] < 90).to_list()
    assert manifest["fee_income"] == {
        "total": total(twin["fee_income"]),
        "customers": earning.height,
        "short_tenure": int(earning["short_tenure"].sum()),
        "excluded": {
            reason: twin.filter(pl.col("fee_excluded") == reason).height
            for reason in ("payroll card", "corporate card")
        },
    }
    late = frames["fees"].filter(pl.col("fee_date") > AS_OF).height
    assert manifest["counts"]["rows"]["fees"]["after_as_of"] == late > 0
    verify(tmp_path / "out")


@pytest.mark.parametrize("period", [30, 365])
def test_a_common_period(tmp_path: Path, period: int) -> None:
    edit = replace("[fee_income]", f"[fee_income]\nperiod = {period}\nleast_tenure_days = 1")
    rows, _ = published(fee_book(tmp_path, fee_frames(20), edit))
    twin = expected(fee_frames(20), least=1, period=period)
    assert rows["fee_income"].to_list() == twin["fee_income"].to_list()


def test_bits_do_not_depend_on_chunks_or_on_the_order_of_rows(tmp_path: Path) -> None:
    frames = fee_frames(12)
    tables, totals = [], []
    for number, chunk in enumerate((1, 5, 50)):
        book = fee_book(tmp_path / f"{number}", shuffled(frames) if number else frames)
        rows, manifest = published(book, chunk_customers=chunk)
        tables.append(rows)
        totals.append(manifest["fee_income"])
    assert tables[0].equals(tables[1])
    assert tables[0].equals(tables[2])
    assert totals[0] == totals[1] == totals[2]


@pytest.mark.parametrize("source", ["csv", "table"])
def test_bits_do_not_depend_on_the_source(tmp_path: Path, source: Source) -> None:
    frames = fee_frames(20)
    parquet, facts = published(fee_book(tmp_path / "parquet", frames))
    rows, manifest = published(fee_book(tmp_path / source, frames, source=source))
    assert rows.equals(parquet)
    assert manifest["fee_income"] == facts["fee_income"]


def test_fees_after_the_as_of_date_change_nothing(tmp_path: Path) -> None:
    frames = fee_frames(20)
    until = frames["fees"].filter(pl.col("fee_date") <= AS_OF)
    with_them, _ = published(fee_book(tmp_path / "with", frames))
    without, _ = published(fee_book(tmp_path / "without", frames | {"fees": until}))
    assert with_them.equals(without)


def test_a_book_without_the_section_does_not_read_fees(tmp_path: Path) -> None:
    def without(text: str) -> str:
        return text[: text.index("[fee_income]")]

    book = fee_book(tmp_path, fee_frames(20), without)
    plan = call("run", book, "--dry-run", "--json").json
    assert {"fees", "tariffs"} <= set(plan["not_read"])
    rows, manifest = published(book)
    assert "fee_income" not in manifest
    assert not set(PUBLISHED) & set(rows.columns)


def test_a_dry_run_shows_it(tmp_path: Path) -> None:
    book = fee_book(tmp_path, fee_frames(20))
    plan = call("run", book, "--dry-run", "--json").json
    assert plan["fee_income"] == list(PUBLISHED)
    by_name = {table["table"]: table for table in plan["tables"]}
    assert by_name["fees"]["role"] == "events"
    assert by_name["tariffs"]["role"] == "lookup"
    assert by_name["fees"]["reads"] == [KEY, "fee_date", "fee_id", "fee_type", "number"]
    assert {"activated_on", "card_kind"} <= set(by_name["customers"]["reads"])
    assert "fee_income__atm" in call("run", book, "--dry-run").out


Damage = Callable[[Frames], Frames]


def changed(table: str, column: str, value: object, rows: int = 2) -> Damage:
    """``column`` is ``value`` in the first rows of customers that no rule excludes."""

    def damage(frames: Frames) -> Frames:
        plain = frames["customers"].filter(pl.col("card_kind") == "personal")[KEY]
        frame = frames[table].with_row_index("__row")
        hit = frame.filter(pl.col(KEY).is_in(plain.implode()))
        if "fee_date" in frame.columns:
            hit = hit.filter(pl.col("fee_date") <= AS_OF)
        broken = pl.col("__row").is_in(hit["__row"].head(rows).implode())
        literal = pl.lit(value, dtype=frame.schema[column])
        frame = frame.with_columns(pl.when(broken).then(literal).otherwise(column).alias(column))
        return frames | {table: frame.drop("__row")}

    return damage


CASES: list[tuple[Damage, tuple[str, str, str]]] = [
    (changed("fees", "fee_type", "fax"), ("fees", "fee_type", "fee type without a tariff")),
    (changed("fees", "fee_type", None), ("fees", "fee_type", "null")),
    (changed("fees", "number", 0), ("fees", "number", "below 1")),
    (changed("fees", "number", None), ("fees", "number", "null")),
    (
        changed("customers", "activated_on", None, 1),
        ("customers", "activated_on", "no activation date"),
    ),
    (
        changed("customers", "activated_on", AS_OF.replace(year=2027), 1),
        ("customers", "activated_on", "after the as-of date"),
    ),
]
IDS = [f"{place[1]} {place[2]}" for _, place in CASES]


@pytest.mark.parametrize(("damage", "place"), CASES, ids=IDS)
def test_a_customer_without_a_meaning_is_put_aside(
    tmp_path: Path, damage: Damage, place: tuple[str, str, str]
) -> None:
    frames = damage(fee_frames())
    book = fee_book(tmp_path, frames)
    rows, manifest = published(book)
    (reason,) = manifest["quarantine"]
    assert (reason["table"], reason["column"], reason["reason"]) == place
    assert Path(reason["file"]).name.startswith(place[0])
    customers = manifest["counts"]["customers"]
    lost = customers["quarantined"]
    assert lost == reason["customers"] >= 1
    assert customers["read"] == 60 == rows.height + lost
    for counts in manifest["counts"]["rows"].values():
        assert counts["read"] == counts["used"] + counts["after_as_of"] + counts["quarantined"]
    folder = tmp_path / "out" / manifest["run_id"]
    aside = pl.read_parquet(folder / "*quarantine-statements*.parquet")
    assert aside.height == manifest["counts"]["rows"]["statements"]["quarantined"] == 6 * lost
    assert not set(aside[KEY]) & set(rows[KEY])
    good = published(fee_book(tmp_path / "good"))[0]
    assert rows.equals(good.filter(pl.col(KEY).is_in(rows[KEY].implode())))


@pytest.mark.parametrize(("damage", "place"), CASES, ids=IDS)
def test_too_many_stop_the_run(tmp_path: Path, damage: Damage, place: tuple[str, str, str]) -> None:
    edit = replace("max_quarantine_share = 0.1", "max_quarantine_share = 0.0")
    done = call("run", fee_book(tmp_path, damage(fee_frames(20)), edit), "--json")
    assert done.code == 65
    table, column, reason = place
    assert f"most rows: table '{table}': {reason}" in done.message
    assert f"{table}-0.parquet, column {column}, rows " in done.message.replace(
        "customers-1.parquet", "customers-0.parquet"
    )
    assert not (tmp_path / "out" / "CURRENT").exists()


@pytest.mark.parametrize(
    ("tariffs", "code", "says"),
    [
        ({"tariff": [500.0, -1.0, 59.5, 33.3]}, 65, "'service': -1.0 (file"),
        ({"tariff": [500.0, None, 59.5, 33.3]}, 65, "a tariff is missing"),
        ({"fee_type": ["issue", "atm", "sms", "atm"]}, 65, "column fee_type, rows 1"),
        ({"periodicity": ["once", "daily", "month", "use"]}, 65, "'service': daily"),
        ({"fee_type": ["issue", "service", "sms", "cash"]}, 78, "fee_income.types"),
    ],
)
def test_a_tariff_table_that_cannot_be_used(
    tmp_path: Path, tariffs: dict[str, list[Any]], code: int, says: str
) -> None:
    table = TARIFFS.with_columns(pl.Series(name, values) for name, values in tariffs.items())
    done = call("run", fee_book(tmp_path, fee_frames(20) | {"tariffs": table}), "--json")
    assert (done.code, says in done.message) == (code, True), done.message
    assert "tariffs" in done.message
    assert not (tmp_path / "out" / "CURRENT").exists()


def test_no_fees(tmp_path: Path) -> None:
    frames = fee_frames(20)
    (book := fee_book(tmp_path, frames)).parent.joinpath("raw", "fees-0.parquet").unlink()
    assert call("run", book).code == 66
    edited = book.read_text().replace('order = "fee_date"', 'optional = true\norder = "fee_date"')
    book.write_text(edited)
    rows, manifest = published(book)
    assert set(rows["fee_income"].drop_nulls()) == {0.0}
    assert manifest["fee_income"]["total"] == 0.0

"""As-of cut-offs by event time and knowledge time, for rows in any order."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import polars as pl
import pytest
from builders import AS_OF, KEY, batches, prepared, raw, read, reasons
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from engine.ingest import Batch

DAY = timedelta(days=1)
DAYS = st.integers(0, 6).map(lambda days: AS_OF + days * DAY)
KNOWN = st.one_of(st.none(), DAYS)
BOOKED = {"type": "date", "nullable": True, "may_be_empty": True}
SPEC = {KEY: "int64", "id": "int64", "day": "date", "booked": BOOKED}


def table(rows: list[tuple[Any, ...]], **how: Any) -> Any:
    schema = {KEY: pl.Int64, "id": pl.Int64, "day": pl.Date, "booked": pl.Date}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    parts = [frame[: frame.height // 2], frame[frame.height // 2 :]]
    return raw("t", parts, SPEC, order="day", tie="id", known_at="booked", **how)


def customers(as_of: list[date]) -> Any:
    frame = pl.DataFrame({KEY: range(len(as_of)), "granted": as_of})
    return raw("customers", frame, {KEY: "int64", "granted": "date"})


def used(found: list[Batch]) -> list[int]:
    return sorted(row for batch in found for row in batch.tables["t"]["id"])


@settings(max_examples=60)
@given(
    as_of=st.lists(DAYS, min_size=1, max_size=5),
    rows=st.lists(st.tuples(st.integers(0, 4), DAYS, KNOWN), min_size=1, max_size=30),
    cutoff=st.sampled_from(["up_to", "before"]),
    size=st.integers(1, 3),
    seed=st.integers(0, 99),
)
def test_used_rows_had_happened_and_were_known(
    as_of: list[date],
    rows: list[tuple[int, date, date | None]],
    cutoff: Literal["up_to", "before"],
    size: int,
    seed: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    numbered = [(k % len(as_of), i, day, known) for i, (k, day, known) in enumerate(rows)]
    end = {"up_to": 0, "before": 1}[cutoff]
    expected = [
        i
        for key, i, day, known in numbered
        if day + end * DAY <= as_of[key] and known is not None and known <= as_of[key]
    ]
    shuffled = random.Random(seed).sample(numbered, len(numbered))
    late = table(shuffled, cutoff=cutoff, after_as_of="drop")
    found = batches(
        prepared(tmp_path_factory.mktemp("late"), {"customers": customers(as_of), "t": late}),
        size=size,
        as_of="granted",
    )
    assert used(found) == expected
    assert [len(batch.violations) for batch in found] == [0] * len(found)
    counts = [batch.row_counts["t"] for batch in found]
    assert sum(c.read for c in counts) == len(rows)
    assert sum(c.after_as_of for c in counts) == len(rows) - len(expected)
    for batch in found:  # a customer's rows side by side and in order; customers need not ascend
        rows_of = batch.tables["t"]
        assert rows_of[KEY].rle().len() == rows_of[KEY].n_unique()
        by_customer = rows_of.sort(KEY, maintain_order=True)
        assert by_customer["id"].to_list() == rows_of.sort(KEY, "day", "id")["id"].to_list()


def test_what_is_not_known_breaks_no_rule(tmp_path: Path) -> None:
    """Though its event date would: nobody could have seen it."""
    rows = [(0, 1, AS_OF, AS_OF), (0, 2, AS_OF + DAY, AS_OF + DAY), (0, 3, AS_OF + DAY, None)]
    batch = read(tmp_path, {"customers": customers([AS_OF]), "t": table(rows)})
    assert reasons(batch) == []
    assert batch.row_counts["t"] == (3, 1, 2, 0)


def test_known_but_of_the_future_breaks_the_contract(tmp_path: Path) -> None:
    batch = read(
        tmp_path, {"customers": customers([AS_OF]), "t": table([(0, 1, AS_OF + DAY, AS_OF)])}
    )
    assert reasons(batch) == [(0, "t", "day", "after the as-of date", str(AS_OF + DAY), 1)]


def test_known_in_the_course_of_the_day(tmp_path: Path) -> None:
    frame = pl.DataFrame({KEY: [0, 0], "n": [1, 2], "at": [datetime(2026, 6, 30, 23), None]})
    spec = {KEY: "int64", "n": "int64", "at": "datetime?"}
    late = raw("t", frame, spec, order="n", known_at="at")
    batch = read(tmp_path, {"customers": customers([AS_OF]), "t": late})
    assert batch.tables["t"]["n"].to_list() == [1]


def test_tables_of_the_future_need_not_be_known(tmp_path: Path) -> None:
    late = table([(0, 1, AS_OF, None)])
    batch = read(tmp_path, {"customers": customers([AS_OF]), "t": late}, future=["t"])
    assert batch.tables["t"].height == 1


def test_known_at_that_cannot_be_read_is_a_violation(tmp_path: Path) -> None:
    frame = pl.DataFrame({KEY: [0, 1], "n": [1, 1], "booked": ["2026-06-01", "yesterday"]})
    spec = {KEY: "int64", "n": "int64", "booked": "date?"}
    late = raw("t", frame, spec, order="n", known_at="booked")
    batch = read(tmp_path, {"customers": customers([AS_OF, AS_OF]), "t": late})
    assert reasons(batch) == [(1, "t", "booked", "unreadable", "yesterday", 1)]
    assert batch.tables["t"][KEY].to_list() == [0]


@pytest.mark.parametrize(
    ("known_at", "message"),
    [("nowhere", "which columns does not list"), ("id", "which is not a date")],
)
def test_known_at_names_a_date(known_at: str, message: str) -> None:
    with pytest.raises(ValidationError, match=f"known_at names the column '{known_at}', {message}"):
        raw("t", pl.DataFrame(), SPEC, order="day", known_at=known_at)

"""Customers of a chunk are taken from every table, whatever the order of each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from builders import KEY, Raw, batches, prepared, raw, reasons
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import DataError
from engine.ingest import Batch

SPEC = {KEY: "int64", "n": "int64"}
EVENTS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 99)), min_size=1, max_size=25)


def events(name: str, rows: list[tuple[int, int]]) -> Raw:
    frame = pl.DataFrame(rows, schema={KEY: pl.Int64, "n": pl.Int64}, orient="row")
    return raw(name, frame, SPEC, order="n")


def base(keys: list[Any], kind: str = "int64") -> Raw:
    return raw("customers", pl.DataFrame({KEY: keys}), {KEY: kind})


def by_customer(found: list[Batch], table: str) -> dict[int, list[int]]:
    rows: dict[int, list[int]] = {}
    for batch in found:
        for key, n in batch.tables[table].select(KEY, "n").iter_rows():
            rows.setdefault(key, []).append(n)
    return rows


@settings(max_examples=50)
@given(
    keys=st.lists(st.integers(0, 9), min_size=1, max_size=10, unique=True),
    t=EVENTS.map(set),
    u=EVENTS.map(set),
    size=st.integers(1, 4),
)
def test_each_customer_has_its_rows_of_every_table(
    keys: list[int],
    t: set[tuple[int, int]],
    u: set[tuple[int, int]],
    size: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """One table ascends, one descends, the third is as it comes; some keys are nobody's."""
    tables = {
        "customers": base(keys),
        "t": events("t", sorted(t)),
        "u": events("u", sorted(u, reverse=True)),
    }
    found = batches(prepared(tmp_path_factory.mktemp("step"), tables), size=size)
    for name, rows in (("t", t), ("u", u)):
        expected = {k: sorted(n for key, n in rows if key == k) for k in keys}
        assert by_customer(found, name) == {k: n for k, n in expected.items() if n}
    strangers = {(name, k) for name, rows in (("t", t), ("u", u)) for k, _ in rows} - {
        (name, k) for name in "tu" for k in keys
    }
    named = {(row[1], row[0]) for batch in found for row in reasons(batch)}
    assert named == strangers
    for batch in found:
        known = [*batch.customers[KEY], *batch.violations[KEY]]
        assert all(set(frame[KEY]) <= set(known) for frame in batch.tables.values())


def test_key_stored_as_text_in_one_child(tmp_path: Path) -> None:
    child = raw("t", pl.DataFrame({KEY: ["1"], "n": [1]}), SPEC, order="n")
    with pytest.raises(DataError, match="wrong type: String where int64 is declared") as error:
        prepared(tmp_path, {"customers": base([1]), "t": child})
    assert (error.value.file, error.value.column) == (str(tmp_path / "t-0.parquet"), KEY)


@pytest.mark.parametrize("empty", [pl.String, pl.Int32, pl.Boolean, pl.List(pl.Int8)])
@pytest.mark.parametrize("kind", ["int64", "float64", "string", "boolean", "date", "datetime"])
def test_a_part_without_values_may_have_any_type(
    tmp_path: Path, empty: pl.DataType, kind: str
) -> None:
    values = {"int64": 1, "float64": 0.5, "string": "a", "boolean": True}
    value = pl.Series([values.get(kind)]) if kind in values else pl.Series(["2026-06-01"])
    parts = [
        pl.DataFrame({KEY: [1], "n": [1], "x": value}),
        pl.DataFrame({KEY: [2], "n": [1], "x": pl.Series([None], dtype=empty)}),
    ]
    table = raw("t", parts, SPEC | {"x": f"{kind}?"}, order="n")
    found = pl.concat([b.tables["t"] for b in batches(prepared(tmp_path, {"t": table}), size=2)])
    assert found["x"].is_null().to_list() == [False, True]
    scattered = raw("u", parts[::-1], SPEC | {"x": f"{kind}?"}, order="n")
    (again,) = batches(prepared(tmp_path, {"customers": base([1, 2]), "u": scattered}))
    assert again.tables["u"].sort(KEY)["x"].to_list() == found["x"].to_list()


def test_text_that_is_no_date(tmp_path: Path) -> None:
    frame = pl.DataFrame({KEY: [1, 2, 3], "n": [1, 1, 1], "day": ["2026-06-01", "06/02/26", None]})
    table = raw("t", frame, SPEC | {"day": "date?"}, order="n")
    (batch,) = batches(prepared(tmp_path, {"customers": base([1, 2, 3]), "t": table}))
    assert reasons(batch) == [(2, "t", "day", "unreadable", "06/02/26", 1)]
    assert batch.tables["t"][KEY].to_list() == [1, 3]


def test_only_declared_columns_are_read(tmp_path: Path) -> None:
    """A column that cannot be read at all does no harm where it is not declared."""
    frame = pl.DataFrame({KEY: [1], "n": [1], "other": [[1, 2]]})
    tables = {"customers": base([1]), "t": raw("t", frame, SPEC, order="n")}
    (batch,) = batches(prepared(tmp_path, tables))
    assert batch.tables["t"].columns == [KEY, "n", "as_of"]

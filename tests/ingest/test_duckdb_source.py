"""DuckDB tables and queries: fetched in customer order, the same bytes every time."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from builders import KEY, Raw, batches, columns, prepared, raw, read, reasons

from engine.errors import BookError, DataError, InputMissingError
from engine.ingest import Table, TableConfig, read_lookups, survey
from engine.ingest.sources import Source

SPEC: dict[str, Any] = {KEY: "int64", "n": "int64", "x": "float64?"}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Table ``operations``: the rows of three customers, scattered."""
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create table operations as select * from (values (5, 3, 0.5), (1, 1, 1.5), "
            f"(5, 1, null), (3, 1, 2.5), (5, 2, 3.5), (1, 2, 4.5)) t({KEY}, n, x)"
        )
    return path


def source(database: Path, spec: dict[str, Any] = SPEC, **settings: Any) -> Raw:
    config = TableConfig(duckdb=str(database), columns=columns(spec), **settings)
    return Raw({}, config)


def fetch(folder: Path, database: Path, spec: dict[str, Any] = SPEC, **settings: Any) -> Table:
    return prepared(folder, {"t": source(database, spec, **settings)})["t"]


def rows(table: Table) -> list[tuple[Any, ...]]:
    return table.read(0, table.rows).drop("__file").rows()


def query_row(tmp_path: Path, database: Path, select: str, kind: str) -> Any:
    """The value that ``select`` has when it is read as the declared type."""
    query = f"select 1 as {KEY}, {select} as x union all select 2, null"
    return rows(fetch(tmp_path, database, {KEY: "int64", "x": f"{kind}?"}, query=query))[0][1]


def test_table_comes_in_order_of_key_order_and_tie(tmp_path: Path, database: Path) -> None:
    table = fetch(tmp_path, database, table="operations", order="n")
    one, three = [(1, 1, 1.5), (1, 2, 4.5)], [(3, 1, 2.5)]
    assert rows(table) == [*one, *three, (5, 1, None), (5, 2, 3.5), (5, 3, 0.5)]
    assert (table.how, table.origins) == ("sorted by DuckDB", (str(database),))
    (batch,) = batches({"t": table})
    assert batch.customers[KEY].to_list() == [1, 3, 5]


@pytest.mark.parametrize(
    "query",
    [
        f"select {KEY}, n, x * 2 as x, 'not read' as y from operations where {KEY} > 1",
        f"select {KEY}, n, x * 2 as x from operations where {KEY} > 1;\n",
        f"select {KEY}, n, x * 2 as x from operations where {KEY} > 1 -- a comment",
        f"with t as (from operations where {KEY} > 1) select * replace (x * 2 as x) from t",
    ],
)
def test_query(tmp_path: Path, database: Path, query: str) -> None:
    table = fetch(tmp_path, database, query=query, order="n")
    assert rows(table) == [(3, 1, 5.0), (5, 1, None), (5, 2, 7.0), (5, 3, 1.0)]


TYPES: list[tuple[str, str, Any]] = [
    ("1.25::decimal(10, 2)", "float64", 1.25),
    ("7::decimal(18, 0)", "int64", 7),
    ("sum(7)", "int64", 7),  # a HUGEINT
    ("7::utinyint", "int64", 7),
    ("1.5::float", "float64", 1.5),
    ("'nan'::double", "float64", None),
    ("'b'::enum('a', 'b')", "string", "b"),
    ("true", "boolean", True),
    ("date '2024-02-29'", "date", date(2024, 2, 29)),
    ("'2024-02-29'", "date", date(2024, 2, 29)),
    ("timestamp '2024-02-29 12:00:00'", "datetime", datetime(2024, 2, 29, 12)),
    ("timestamp_s '2024-02-29 12:00:00'", "datetime", datetime(2024, 2, 29, 12)),
]


@pytest.mark.parametrize(("select", "kind", "value"), TYPES)
def test_types(tmp_path: Path, database: Path, select: str, kind: str, value: Any) -> None:
    if value is None:
        select = f"case when true then {select} end"
        with pytest.raises(DataError, match="every value is null"):
            query_row(tmp_path, database, select, kind)
    else:
        assert query_row(tmp_path, database, select, kind) == value


def test_text_that_is_no_date(tmp_path: Path, database: Path) -> None:
    day = "case i when 1 then 'soon' else '2024-02-29' end as day"
    query = f"select i as {KEY}, {day} from range(3) t(i)"
    spec = {KEY: "int64", "day": "date?"}
    batch = read(tmp_path, {"customers": source(database, spec, query=query)})
    assert reasons(batch) == [(1, "customers", "day", "unreadable", "soon", 1)]


@pytest.mark.parametrize(
    ("select", "kind"), [("1.25::decimal(10, 2)", "int64"), ("'a'", "float64")]
)
def test_wrong_type(tmp_path: Path, database: Path, select: str, kind: str) -> None:
    with pytest.raises(DataError, match=rf"wrong type: .* where {kind} is declared .*warehouse"):
        query_row(tmp_path, database, select, kind)


def test_missing_column(tmp_path: Path, database: Path) -> None:
    for what in ({"table": "operations"}, {"query": "from operations"}):
        with pytest.raises(DataError, match=r"column missing; did you mean 'n'\?"):
            fetch(tmp_path, database, SPEC | {"nn": "int64"}, **what)


def test_column_names_are_taken_literally(tmp_path: Path, database: Path) -> None:
    query = f'select {KEY}, n as "a.b", x as "say ""hi""" from operations where n = 1'
    spec = {KEY: "int64", "a.b": "int64", 'say "hi"': "float64?"}
    assert rows(fetch(tmp_path, database, spec, query=query))[0] == (1, 1, 1.5)


def test_table_in_a_schema(tmp_path: Path, database: Path) -> None:
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema raw; create table raw.operations as from operations")
    assert fetch(tmp_path, database, table="raw.operations").rows == 6


def test_missing_table(tmp_path: Path, database: Path) -> None:
    for what in ({"table": "operation"}, {"query": "select * from operation"}):
        with pytest.raises(InputMissingError, match="operation does not exist") as error:
            fetch(tmp_path, database, **what)
        assert error.value.exit_code == 66


@pytest.mark.parametrize("query", ["selec 1", "select nope from operations", "select nope(1)"])
def test_wrong_query_is_a_mistake_of_the_book(tmp_path: Path, database: Path, query: str) -> None:
    with pytest.raises(BookError, match=r"the query of .*duckdb: (Parser|Binder|Catalog) Error"):
        fetch(tmp_path, database, query=query)


def test_query_that_fails_on_the_data(tmp_path: Path, database: Path) -> None:
    query = f"select {KEY}, n, error('boom') as x from operations"
    with pytest.raises(DataError, match=r"cannot read: .*boom.* \(file .*warehouse\.duckdb\)"):
        fetch(tmp_path, database, SPEC | {"x": "string?"}, query=query)


@pytest.mark.parametrize("content", [b"", b"not a database" * 1000, b"PAR1PAR1"])
def test_not_a_database(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "warehouse.duckdb"
    path.write_bytes(content)
    with pytest.raises((DataError, InputMissingError), match="warehouse.duckdb"):
        fetch(tmp_path, path, table="operations")


def test_empty_table(tmp_path: Path, database: Path) -> None:
    with pytest.raises(DataError, match=r"table 't' has no rows .*warehouse\.duckdb"):
        fetch(tmp_path, database, query="from operations where false")


def test_null_keys_come_first(tmp_path: Path, database: Path) -> None:
    query = f"select nullif({KEY}, 5) as {KEY}, n, x from operations"
    table = fetch(tmp_path, database, query=query, order="n")
    assert table.read(0, 4)[KEY].to_list() == [None, None, None, 1]
    (batch,) = batches({"t": table})
    assert [row[3:] for row in reasons(batch)] == [("null", None, 3)]


def test_string_keys_come_in_the_order_of_the_other_tables(tmp_path: Path, database: Path) -> None:
    keys = ["a", "B", "é", "z", "Z", "aa", "10", "9"]
    listed = ", ".join(f"('{key}', 1)" for key in keys)
    query = f"select * from (values {listed}) t({KEY}, n)"
    spec = {KEY: "string", "n": "int64"}
    base = raw("customers", pl.DataFrame({KEY: keys}), {KEY: "string"})
    tables = {"customers": base, "t": source(database, spec, query=query, order="n")}
    found = batches(prepared(tmp_path, tables), size=3)
    assert [key for batch in found for key in batch.customers[KEY]] == sorted(keys)
    assert all(reasons(batch) == [] for batch in found)
    assert sum(batch.tables["t"].height for batch in found) == len(keys)


def digest(table: Table) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in table.files)).hexdigest()


def test_two_fetches_give_the_same_bytes(
    tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of rows that DuckDB stores, or makes, in another order."""
    monkeypatch.setattr("engine.ingest.duckdb_table._BATCH_ROWS", 3_000)
    with duckdb.connect(str(database)) as connection:
        for name, order in (("one", "hash(i)"), ("two", "-i")):
            connection.execute(
                f"create table {name} as select i % 9973 as {KEY}, i // 9973 as n, i / 7 as x "
                f"from range(20000) t(i) order by {order}"
            )
    found = {
        name: fetch(tmp_path / str(number), database, table=name, order="n")
        for number, name in enumerate(("one", "two", "one"))
    }
    assert digest(found["one"]) == digest(found["two"])
    assert found["one"].file_rows == (3000,) * 6 + (2000,)
    joined = f"select a.{KEY}, a.n, b.x from one a join two b using ({KEY}, n)"
    assert digest(fetch(tmp_path / "j", database, query=joined, order="n")) == digest(found["one"])


def test_two_fetches_of_a_lookup_give_the_same_bytes(tmp_path: Path, database: Path) -> None:
    query = "select i::varchar as code, i / 7 as tariff from range(5000) t(i) order by hash(i, {})"
    spec = {"code": "string", "tariff": "float64"}
    tables = [
        fetch(tmp_path / str(seed), database, spec, query=query.format(seed), lookup=True)
        for seed in (1, 2)
    ]
    assert digest(tables[0]) == digest(tables[1])
    assert read_lookups({"t": tables[0]})["t"].height == 5_000


def test_survey(tmp_path: Path, database: Path) -> None:
    config = source(database, table="operations", order="n").config
    found = survey(Source("t", "duckdb", (database,)), config, key=KEY, role="other")
    assert found == (6, 3, "sorted by DuckDB", [KEY, "n", "x"])
    config = source(database, query="from operations;", lookup=True).config
    found = survey(Source("t", "duckdb", (database,)), config, key=None, role="other")
    assert found[:2] == (6, None)

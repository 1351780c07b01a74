"""Tables from CSV: unreadable cells go to quarantine, and keep the name of their file."""

from __future__ import annotations

from pathlib import Path

from builders import batches, prepared, raw, read, reasons

from engine.ingest import survey
from engine.ingest.sources import Source


def test_unreadable_cell_sends_its_customer_to_quarantine(tmp_path: Path) -> None:
    content = 'customer_id,amount (EUR),age\n1,2.5,30\n2,"1,5",old\n3,nan,\n'
    spec = {"customer_id": "int64", "amount (EUR)": "float64?", "age": "int64?"}
    batch = read(tmp_path, {"t": raw("t", content, spec)})
    assert batch.customers.rows() == [
        (1, 2.5, 30, batch.customers["as_of"][0]),
        (3, None, None, batch.customers["as_of"][0]),
    ]
    assert reasons(batch) == [
        (2, "t", "age", "unreadable", "old", 1),
        (2, "t", "amount (EUR)", "unreadable", "1,5", 1),
    ]
    assert batch.violations["file"].unique().to_list() == [str(tmp_path / "t-0.csv")]


def test_unreadable_cell_is_not_also_called_null(tmp_path: Path) -> None:
    content = "customer_id,x\n1,much\n2,\n3,1\n"
    batch = read(tmp_path, {"t": raw("t", content, {"customer_id": "int64", "x": "float64"})})
    assert reasons(batch) == [
        (1, "t", "x", "unreadable", "much", 1),
        (2, "t", "x", "null", None, 1),
    ]


def test_unreadable_key_has_no_customer(tmp_path: Path) -> None:
    content = "customer_id\none\n2\n"
    batch = read(tmp_path, {"t": raw("t", content, {"customer_id": "int64"})})
    assert reasons(batch) == [(None, "t", "customer_id", "unreadable", "one", 1)]
    assert (batch.read, batch.quarantined, batch.customers.height) == (2, 1, 1)


def test_column_of_the_wrong_format_is_unreadable_not_empty(tmp_path: Path) -> None:
    content = "customer_id,day\n1,01.02.2024\n2,02.02.2024\n"
    batch = read(tmp_path, {"t": raw("t", content, {"customer_id": "int64", "day": "date"})})
    assert [row[3:5] for row in reasons(batch)] == [
        ("unreadable", "01.02.2024"),
        ("unreadable", "02.02.2024"),
    ]


def test_several_files_keep_their_names(tmp_path: Path) -> None:
    parts = ["customer_id,x\n1,1\n2,two\n", "customer_id,x\n3,3\n4,four\n"]
    spec = {"customer_id": "int64", "x": "int64"}
    batch = read(tmp_path, {"t": raw("t", parts, spec)})
    files = {row[0]: row[1] for row in batch.violations.select("customer_id", "file").iter_rows()}
    assert files == {2: str(tmp_path / "t-0.csv"), 4: str(tmp_path / "t-1.csv")}


def test_file_names_survive_grouping(tmp_path: Path) -> None:
    parts = ["customer_id,x\n4,four\n1,1\n", "customer_id,x\n3,3\n2,two\n"]
    tables = prepared(
        tmp_path,
        {
            "t": raw("t", parts, {"customer_id": "int64", "x": "int64"}),
            "u": raw("u", "customer_id\n1\n", {"customer_id": "int64"}),
        },
    )
    (batch,) = batches(tables)
    files = {row[0]: row[1] for row in batch.violations.select("customer_id", "file").iter_rows()}
    assert files == {2: str(tmp_path / "t-1.csv"), 4: str(tmp_path / "t-0.csv")}
    assert tables["t"].how == "grouped first: sorted by key"


def test_survey_counts_without_staging(tmp_path: Path) -> None:
    parts = ["customer_id,x\n1,1\n1,2\n\n", "customer_id,x,y\n2,3,4\n,5,6\n"]
    table = raw("t", parts, {"customer_id": "int64"})
    for name, part in table.files.items():
        (tmp_path / name).write_text(str(part))
    source = Source("t", "csv", tuple(tmp_path / name for name in table.files))
    found = survey(source, table.config, key="customer_id", role="other")
    assert (found.rows, found.customers, found.columns) == (4, 2, ["customer_id", "x"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["t-0.csv", "t-1.csv"]

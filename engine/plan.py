"""What a run would do, found out without writing anything: ``nightbook run --dry-run``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from engine.book import Book, Table
from engine.ingest import find_source, survey
from engine.inputs import run_tables
from engine.pipeline import open_book, open_models, output_folder

_BASE_BYTES = 320 << 20
_FRAME_COPIES = 4
"""Measured, benchmarks/README.md: the libraries, then chunks being read, worked on and freed."""


class TablePlan(NamedTuple):
    """One table: where it lies, how many rows, in which order, which columns are read."""

    table: str
    role: str
    files: list[str]
    rows: int
    customers: int | None
    order: str
    reads: list[str]
    does_not_read: list[str]


class Plan(NamedTuple):
    """The whole run; ``memory_bytes`` is an estimate of the peak."""

    book: str
    tables: list[TablePlan]
    not_read: list[str]
    customers: int
    chunks: int
    chunk_customers: int
    models: list[dict[str, Any]]
    features: int
    memory_bytes: int
    output: str


def make_plan(
    book_path: Path, *, out: Path | None = None, chunk_customers: int | None = None
) -> Plan:
    """Opens the book, its models and its files; raises what a run would raise there."""
    book = open_book(book_path, chunk_customers)
    models = open_models(book)
    tables = [_table_plan(book, name, table) for name, table in run_tables(book).items()]
    customers = next(t.customers or 0 for t in tables if t.table == book.book.customers)
    size = book.output.chunk_customers
    return Plan(
        book=str(book_path),
        tables=tables,
        not_read=[name for name in book.tables if name not in run_tables(book)],
        customers=customers,
        chunks=-(-customers // size),
        chunk_customers=size,
        models=[
            {
                "model": name,
                "predicts": book.models[name].predicts,
                "features": len(models.required_features[name]),
                **models.fingerprints[name],
            }
            for name in book.models
        ],
        features=len(book.feature_columns),
        memory_bytes=_memory(book, tables, min(1.0, size / max(customers, 1))),
        output=str(output_folder(book, out)),
    )


def _table_plan(book: Book, name: str, table: Table) -> TablePlan:
    source = find_source(name, table, book.folder)
    alone = len(book.run_tables) == 1
    key = None if table.lookup else book.book.key
    found = survey(source, table, key=key, alone=alone)
    return TablePlan(
        table=name,
        role=_role(book, name),
        files=[str(file) for file in source.files],
        rows=found.rows,
        customers=found.customers,
        order=found.order,
        reads=list(table.columns),
        does_not_read=[column for column in found.columns if column not in table.columns],
    )


def _role(book: Book, name: str) -> str:
    if name == book.book.customers:
        return "customers"
    if book.tables[name].lookup:
        return "lookup"
    return "events" if name in book.event_tables else "one row per customer"


def _memory(book: Book, tables: list[TablePlan], share: float) -> int:
    """Two chunks of raw rows and their copies, and the features, at 8 bytes a value."""
    raw = sum(t.rows * len(t.reads) * 8 for t in tables if t.role != "lookup") * share
    customers = max((t.customers or 0 for t in tables), default=0) * share
    features = customers * len(book.feature_columns) * 8
    return int(_BASE_BYTES + _FRAME_COPIES * raw + 2 * features)

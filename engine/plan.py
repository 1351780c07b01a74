"""What a run would do, found out without writing anything: ``nightbook run --dry-run``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from engine.book import Book
from engine.chunk_size import Load, chosen_size, peak_bytes, row_bytes, stored_types
from engine.ingest import Source, TableSurvey, find_source, role_of, survey
from engine.needs import Needs, needs_of
from engine.pipeline import open_book, open_models, output_folder
from engine.score import Models


class TablePlan(NamedTuple):
    """One table: where it lies, how many rows, in which order, which columns are read.

    ``aggregates``: how many of the recipe's ``aggregates_of`` are computed.
    """

    table: str
    role: str
    files: list[str]
    rows: int
    customers: int | None
    order: str
    reads: list[str]
    does_not_read: list[str]
    aggregates: int
    aggregates_of: int


class Plan(NamedTuple):
    """The whole run; ``features`` are the columns of a customer's row that are made,
    ``fee_income`` those of them that are published.

    ``chosen``: the chunk size is not the book's. ``memory_bytes``: an estimate of the peak.
    """

    book: str
    preset: dict[str, Any] | None
    tables: list[TablePlan]
    not_read: list[str]
    customers: int
    chunks: int
    chunk_customers: int
    chosen: bool
    models: list[dict[str, Any]]
    features: int
    aggregates: int
    aggregates_of: int
    fee_income: list[str]
    memory_bytes: int
    output: str


def make_plan(
    book_path: Path, *, out: Path | None = None, chunk_customers: int | None = None
) -> Plan:
    """Opens the book, its models and its files; raises what a run would raise there."""
    book = open_book(book_path, chunk_customers)
    models = open_models(book)
    needs = needs_of(book, models.required_features)
    surveys = {name: _survey(book, needs, name) for name in needs.read}
    load = _load(book, needs, surveys)
    size = book.output.chunk_customers or chosen_size(load)
    tables = [_table_plan(book, needs, name, found) for name, found in surveys.items()]
    customers = surveys[book.book.customers].found.customers or 0
    return Plan(
        book=str(book_path),
        preset=book.preset.model_dump(exclude_none=True) if book.preset else None,
        tables=tables,
        not_read=[name for name in book.tables if name not in needs.read],
        customers=customers,
        chunks=-(-customers // size),
        chunk_customers=size,
        chosen=book.output.chunk_customers is None,
        models=[_model_plan(book, models, name) for name in book.models],
        features=needs.features,
        aggregates=len(needs.aggregates),
        aggregates_of=len(book.aggregates),
        fee_income=list(needs.fee_income.columns) if needs.fee_income else [],
        memory_bytes=peak_bytes(load, size),
        output=str(output_folder(book, out)),
    )


class _Surveyed(NamedTuple):
    source: Source
    found: TableSurvey


def _survey(book: Book, needs: Needs, name: str) -> _Surveyed:
    table = needs.read[name]
    source = find_source(name, table, book.folder)
    key = None if table.lookup else book.book.key
    role = role_of(name, customers=book.book.customers, keyed=needs.tables)
    return _Surveyed(source, survey(source, table, key=key, role=role))


def _load(book: Book, needs: Needs, surveys: Mapping[str, _Surveyed]) -> Load:
    """As the run counts it, before it has staged anything."""
    raw = 0
    for name, table in needs.tables.items():
        source, found = surveys[name]
        stored = stored_types(source.files) if source.kind == "parquet" else {}
        raw += found.rows * row_bytes(table, stored)
    customers = surveys[book.book.customers].found.customers or 0
    return Load(customers, raw, needs.features)


def _table_plan(book: Book, needs: Needs, name: str, surveyed: _Surveyed) -> TablePlan:
    (source, found), columns = surveyed, needs.read[name].columns
    return TablePlan(
        table=name,
        role=_role(book, name),
        files=[str(file) for file in source.files],
        rows=found.rows,
        customers=found.customers,
        order=found.order,
        reads=list(columns),
        does_not_read=[column for column in found.columns if column not in columns],
        aggregates=sum(feature.table == name for feature in needs.aggregates),
        aggregates_of=sum(feature.table == name for feature in book.aggregates),
    )


def _model_plan(book: Book, models: Models, name: str) -> dict[str, Any]:
    return {
        "model": name,
        "predicts": book.models[name].predicts,
        "features": len(models.required_features[name]),
        **models.fingerprints[name],
    }


def _role(book: Book, name: str) -> str:
    if name == book.book.customers:
        return "customers"
    if book.tables[name].lookup:
        return "lookup"
    return "events" if book.tables[name].order else "one row per customer"

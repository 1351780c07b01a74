"""Small tables on disk, and the stages from them to batches: what several folders share."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from engine.book import Book
from engine.book_file import load_book
from engine.ingest import (
    AsOf,
    Batch,
    Chunk,
    Limits,
    Table,
    TableConfig,
    find_source,
    plan_chunks,
    prepare,
    read_batch,
    role_of,
)

AS_OF = date(2026, 6, 30)
KEY = "customer_id"


class Raw(NamedTuple):
    """A table as it lies on disk and what the book says of it."""

    files: Mapping[str, pl.DataFrame | str | bytes]
    config: TableConfig


def columns(spec: Mapping[str, str | dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """``{"x": "float64?"}`` for ``{"x": {"type": "float64", "nullable": True}}``."""
    return {
        name: {"type": what.removesuffix("?"), "nullable": what.endswith("?")}
        if isinstance(what, str)
        else what
        for name, what in spec.items()
    }


def raw(
    name: str,
    content: pl.DataFrame | str | bytes | Sequence[pl.DataFrame | str | bytes],
    spec: Mapping[str, str | dict[str, Any]],
    **settings: Any,
) -> Raw:
    """One table of one or more files: frames become Parquet, text becomes CSV."""
    parts = content if isinstance(content, list | tuple) else [content]
    suffix = "parquet" if isinstance(parts[0], pl.DataFrame) else "csv"
    files = {f"{name}-{number}.{suffix}": part for number, part in enumerate(parts)}
    config = TableConfig(files=list(files), columns=columns(spec), **settings)
    return Raw(files, config)


def write(folder: Path, files: Mapping[str, pl.DataFrame | str | bytes]) -> None:
    """Frames as Parquet, text as UTF-8, bytes as they are."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, pl.DataFrame):
            content.write_parquet(path)
        elif isinstance(content, str):
            path.write_bytes(content.encode())
        else:
            path.write_bytes(content)


def prepared(
    folder: Path, tables: Mapping[str, Raw], *, key: str = KEY, limits: Limits | None = None
) -> dict[str, Table]:
    """The tables in customer order, staged below ``folder / "work"``."""
    made = {}
    keyed = [name for name, table in tables.items() if not table.config.lookup]
    for name, table in tables.items():
        write(folder, table.files)
        made[name] = prepare(
            find_source(name, table.config, folder),
            table.config,
            key=None if table.config.lookup else key,
            role=role_of(name, customers=next(iter(tables)), keyed=keyed),
            folder=folder / "work" / name,
            note=lambda _: None,
            limits=limits or Limits(),
        )
    return made


def cut(tables: Mapping[str, Table], *, size: int = 1_000) -> tuple[Chunk, ...]:
    """The chunks of ``tables``, the first of which is the customers table."""
    return plan_chunks(tables, customers=next(iter(tables)), key=KEY, size=size)


def batches(
    tables: Mapping[str, Table],
    *,
    size: int = 1_000,
    as_of: date | str = AS_OF,
    future: Sequence[str] = (),
) -> list[Batch]:
    """All chunks of ``tables``, read and checked; ``as_of``: a date, or the name of a column."""
    whose = AsOf(None, as_of) if isinstance(as_of, str) else AsOf(as_of, None)
    return [
        read_batch(
            chunk,
            tables,
            customers=next(iter(tables)),
            key=KEY,
            as_of=whose,
            future=frozenset(future),
        )
        for chunk in cut(tables, size=size)
    ]


def read(folder: Path, tables: Mapping[str, Raw], **settings: Any) -> Batch:
    """The whole of ``tables`` as one batch."""
    (batch,) = batches(prepared(folder, tables), **settings)
    return batch


def reasons(batch: Batch) -> list[tuple[Any, ...]]:
    """(key, table, column, reason, value, rows) of every violation, sorted."""
    found = batch.violations.select(KEY, "table", "column", "reason", "value", "rows")
    return sorted(found.iter_rows(), key=str)


def minimal_book() -> dict[str, Any]:
    """The smallest book that loads, as nested dicts, to be changed and given to ``load``."""
    return {
        "book": {"name": "small", "key": KEY, "as_of": AS_OF},
        "tables": {
            "customers": {
                "files": "customers.parquet",
                "columns": columns({KEY: "int64", "segment": "string", "income": "float64?"}),
            },
            "statements": {
                "files": "statements.parquet",
                "order": "day",
                "columns": columns({KEY: "int64", "day": "date", "balance": "float64?"}),
            },
        },
        "recipe": [{"table": "statements", "columns": ["balance"], "statistics": ["mean"]}],
        "models": {"pd": {"file": "pd.json", "predicts": "pd"}},
        "economics": {"mode": "source", "funding_cost": 0.03, "lgd": 0.45},
        "strategy": {"grades": [{"grade": "A", "rate": 0.1, "limit": 1000}]},
    }


def toml(book: Mapping[str, Any]) -> str:
    """``book`` as TOML: each top-level entry is a value on one line."""
    return "".join(f"{name} = {_value(value)}\n" for name, value in book.items())


def load(folder: Path, book: Mapping[str, Any] | str) -> Book:
    """Writes ``book.toml`` into ``folder`` and loads it."""
    path = folder / "book.toml"
    path.write_text(book if isinstance(book, str) else toml(book), encoding="utf-8")
    return load_book(path)


def _value(value: Any) -> str:
    match value:
        case dict():
            inner = ", ".join(f"{json.dumps(k)} = {_value(v)}" for k, v in value.items())
            return "{ " + inner + " }"
        case list() | tuple():
            return "[" + ", ".join(_value(item) for item in value) + "]"
        case bool():
            return str(value).lower()
        case float() | int():
            return repr(value)
        case date():
            return value.isoformat()
        case _:
            return json.dumps(value)

"""The content hash: what was published, whatever chunks it was cut into.

One hash per column over the rows in ascending order of the key (the first column), then one over
names, types, column hashes and the number of rows. Chunk size, file bytes and compression do not
show; every value, the types and the order of the columns do.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import polars as pl

from engine.errors import DataError
from engine.publish.columns import ColumnHash, canonical_type
from engine.publish.frames import read_frame, read_schema
from engine.publish.keys import ascends, key_of


def content_hash(parts: Sequence[Path]) -> str:
    """Hex sha256 of the rows of ``parts``, Parquet files with the same columns.

    Parts whose keys ascend, within and from file to file, are streamed: memory of one part.
    Otherwise the keys are sorted and one column at a time is gathered: memory of the keys and one
    column of the whole book.

    Raises DataError for a key that is null or occurs twice and for parts with different columns,
    OutputError for a part that cannot be read.
    """
    schema = _common_schema(parts)
    streamed = _streamed(parts, schema)
    return streamed if streamed is not None else _gathered(parts, schema)


def _streamed(parts: Sequence[Path], schema: pl.Schema) -> str | None:
    """The hash, or None as soon as a key does not ascend."""
    columns = [ColumnHash(name, dtype) for name, dtype in schema.items()]
    rows, last = 0, None
    for path in parts:
        frame = read_frame(path)
        key = key_of(frame, path.name)
        if not ascends(key, after=last):
            return None
        for column, series in zip(columns, frame, strict=True):
            column.update(series)
        rows += frame.height
        last = key[-1] if frame.height else last
    return _combined(columns, rows)


def _gathered(parts: Sequence[Path], schema: pl.Schema) -> str:
    order = _key_order(parts)
    columns = []
    for name, dtype in schema.items():
        column = ColumnHash(name, dtype)
        whole = pl.concat([read_frame(path, [name]) for path in parts]).to_series()
        column.update(whole.gather(order))
        columns.append(column)
    return _combined(columns, len(order))


def _key_order(parts: Sequence[Path]) -> pl.Series:
    """Row numbers in ascending order of the key. Raises DataError if a key occurs twice."""
    name = read_schema(parts[0]).names()[0]
    key = pl.concat([key_of(read_frame(path, [name]), path.name) for path in parts])
    order = key.arg_sort()
    ordered = key.gather(order)
    again = ordered.slice(1).filter(ordered.slice(1) == ordered.slice(0, len(key) - 1))
    if len(again):
        raise DataError(f"keys occur twice, e.g. {again[0]!r}", column=name, count=len(again))
    return order


def _common_schema(parts: Sequence[Path]) -> pl.Schema:
    """The columns of all parts; none for no parts. Raises DataError if they differ."""
    schema = pl.Schema()
    for number, path in enumerate(parts):
        found = read_schema(path)
        if number and _canonical(found) != _canonical(schema):
            raise DataError(f"columns differ from {parts[0].name}", file=path.name)
        schema = schema if number else found
    return schema


def _canonical(schema: pl.Schema) -> list[tuple[str, str]]:
    return [(name, canonical_type(name, dtype)) for name, dtype in schema.items()]


def _combined(columns: Iterable[ColumnHash], rows: int) -> str:
    document = [rows, [column.digest() for column in columns]]
    return hashlib.sha256(json.dumps(document).encode()).hexdigest()

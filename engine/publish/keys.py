"""The key of a published frame: its first column, an integer or a string, never null."""

from __future__ import annotations

import polars as pl

from engine.errors import DataError
from engine.publish.columns import column_sha256
from engine.publish.records import KeyRecord


def key_of(frame: pl.DataFrame, file: str) -> pl.Series:
    """The key column. Raises DataError if there is none, or it holds a null or another type."""
    if frame.width == 0:
        raise DataError("no columns, so no key", file=file)
    key = frame.to_series(0)
    if not (key.dtype.is_integer() or key.dtype == pl.String):
        raise DataError(f"a key is an integer or a string, not {key.dtype}", column=key.name)
    if nulls := key.null_count():
        raise DataError("null keys", file=file, column=key.name, count=nulls)
    return key


def ascends(key: pl.Series, *, after: int | str | None = None) -> bool:
    """Whether each key is greater than the one before it, the first greater than ``after``.

    Strings compare by code point, in Polars and in Python.
    """
    if key.is_empty():
        return True
    if after is not None and not key[0] > after:
        return False
    return bool((key.slice(1) > key.slice(0, len(key) - 1)).all())


def describe(frame: pl.DataFrame, file: str) -> KeyRecord:
    """What a chunk manifest says of the keys. Raises DataError like ``key_of``."""
    key = key_of(frame, file)
    first, last = (key[0], key[-1]) if len(key) else (None, None)
    return KeyRecord(
        column=key.name,
        sha256=column_sha256(key),
        first=first,
        last=last,
        ascending=ascends(key),
    )

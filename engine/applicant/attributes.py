"""Attributes that were typed in, as a row of features like the batch's.

A name is anything the book makes of a customer: a column of a table with one row per customer, an
aggregate, one of ``[features]``. Derived columns and ``[features]`` are computed from what is
given, as in a run, unless they are given themselves: then that value holds; so are tenure and
exclusion of ``[fee_income]``. A column that is derived from itself (``income = "coalesce(income,
0)"``) is given as it is before that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from engine.aggregate.derived import derive
from engine.applicant.fees import known_of_fees
from engine.applicant.names import Traced, check_names, declared, places_of, traced
from engine.applicant.stages import KINDS, Schema, features_of_frames, no_rows, schema_of
from engine.applicant.values import check_contract, typed
from engine.book import Book, Table
from engine.expressions import AS_OF
from engine.ingest.schema import DTYPES
from engine.needs import whole

_Values = Mapping[str, Any]


@dataclass(frozen=True)
class Attributes:
    """``values`` by name, None where given as missing; ``row``: one row of all the book's features,
    as ``features_of`` makes them; its key means nothing."""

    book: Book
    values: _Values
    row: pl.DataFrame

    def traced(self, names: Iterable[str]) -> Traced:
        """What ``names`` are made of: given, or missing."""
        return traced(self.book, names, self.values)


def read_attributes(book: Book, given: Mapping[str, str]) -> Attributes:
    """The row of features that ``given`` makes, texts by name.

    Raises
    ------
    BookError
        The book makes no feature of a name.
    DataError
        A text is not of its column's type, or breaks the column's contract.
    """
    places, schema = places_of(book), schema_of(book)
    check_names(book, given, schema)
    columns = {name: declared(book, places.get(name)) for name in given}
    values = {}
    for name, column in columns.items():
        values[name] = typed(name, given[name], column.type if column else KINDS[schema[name]])
    as_of = _as_of(book, values).item()
    for name, column in columns.items():
        if column is not None:
            check_contract(name, values[name], column, as_of)
    return Attributes(book, values, _row(book, schema, values))


def _row(book: Book, schema: Schema, values: _Values) -> pl.DataFrame:
    """Columns of one-row tables by the batch's stages, then aggregates, then ``[features]``."""
    needs = whole(book)
    tables = dict(needs.tables)
    as_of = _as_of(book, values)
    frames = {name: no_rows(table) for name, table in tables.items()}
    for name, table in needs.one_row_tables.items():
        tables[name] = _with_given(table, values)
        frames[name] = _one_row(book, name, schema, values).with_columns(as_of)
    base = book.book.customers
    if base not in needs.one_row_tables:
        frames[base] = pl.DataFrame([_key(book)]).with_columns(as_of)
    of_one = replace(needs, tables=tables, lookups={}, aggregates=(), expressions={})
    made = features_of_frames(of_one, frames)
    known = {**known_of_fees(book, frames[base]), **values}
    later = [n for n in schema if n not in made.columns]
    left = {name: sql for name, sql in needs.expressions.items() if name not in values}
    made = made.hstack([_series(n, schema[n], known.get(n)) for n in later if n not in left])
    return derive(made, left, place="features").select(list(schema))


def _with_given(table: Table, values: _Values) -> Table:
    """``table`` with nothing to be joined, and to be derived only what is not given."""
    left = {
        name: sql
        for name, sql in table.derive.items()
        if name in table.joined_columns or table.prefix + name not in values
    }
    return table.model_copy(update={"join": (), "derive": left})


def _one_row(book: Book, name: str, schema: Schema, values: _Values) -> pl.DataFrame:
    """Declared and joined columns, null where not given, and derived ones that are given."""
    columns = [_key(book)]
    for feature, place in places_of(book).items():
        if place.table != name:
            continue
        column = declared(book, place)
        if column is not None or feature in values:
            dtype = DTYPES[column.type] if column else schema[feature]
            columns.append(_series(place.column, dtype, values.get(feature)))
    return pl.DataFrame(columns)


def _key(book: Book) -> pl.Series:
    """Some key: tables of one row each are joined by it."""
    text = book.tables[book.book.customers].columns[book.book.key].type == "string"
    return pl.Series(book.book.key, ["applicant"] if text else [0])


def _as_of(book: Book, values: _Values) -> pl.Series:
    column = book.book.as_of_column
    return pl.Series(AS_OF, [values.get(column) if column else book.book.as_of]).cast(pl.Date)


def _series(name: str, dtype: pl.DataType, value: Any) -> pl.Series:
    return pl.Series(name, [value], dtype=dtype)

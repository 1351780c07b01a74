"""Names that an applicant can be given values for, and what they are made of."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from engine.applicant.fees import read_by_fees
from engine.book import Book
from engine.errors import BookError, did_you_mean
from engine.expressions import AS_OF, columns_of
from engine.ingest import ColumnConfig


class Place(NamedTuple):
    """A column of a table with one row per customer."""

    table: str
    column: str


def places_of(book: Book) -> dict[str, Place]:
    """Of every feature that is such a column, where it lies."""
    return {
        table.prefix + column: Place(name, column)
        for name, table in book.run_tables.items()
        if table.order is None
        for column in table.shaped_columns
        if column != book.book.key
    }


def check_names(book: Book, given: Iterable[str], made: Collection[str]) -> None:
    """Raises BookError for a name that is none of the features ``made``, or is the key."""
    known = [name for name in made if name not in (book.book.key, AS_OF)]
    for name in given:
        if name == book.book.key:
            raise BookError(f"'{name}' is the key of the book, which an applicant does not have")
        if name not in known:
            raise BookError(f"the book makes no feature '{name}'{did_you_mean(name, known)}")


def declared(book: Book, place: Place | None) -> ColumnConfig | None:
    """What the book declares of a column, also where a lookup table brings it; None if derived."""
    if place is None:
        return None
    table = book.tables[place.table]
    for join in table.join:
        if place.column in join.columns:
            return book.tables[join.table].columns[place.column]
    return table.columns.get(place.column)


class Traced(NamedTuple):
    """``used``: what was given and is read; ``missing``: what is read and was not; sorted."""

    used: list[str]
    missing: list[str]


def traced(book: Book, names: Iterable[str], given: Collection[str]) -> Traced:
    """What ``names`` are made of, down to what an applicant can be asked."""
    places, used, missing, seen = places_of(book), set[str](), set[str](), set[str]()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        reads = _reads(book, places.get(name), name)
        if name in given:
            used.add(name)
        elif name in reads or not reads:
            missing.add(name)
        if name not in given or name in reads:
            waiting += reads
    return Traced(sorted(used), sorted(missing - {AS_OF}))


def _reads(book: Book, place: Place | None, name: str) -> list[str]:
    """The names that ``name`` is made of; itself among them where it is derived from itself."""
    if name == AS_OF:
        return [book.book.as_of_column] if book.book.as_of_column else []
    if name in book.features:
        return list(columns_of(book.features[name], f"features.{name}"))
    if of_fees := read_by_fees(book, name):
        return of_fees
    if place is None or place.column not in book.tables[place.table].derive:
        return []
    table = book.tables[place.table]
    columns = columns_of(table.derive[place.column], f"tables.{place.table}.derive.{place.column}")
    return [column if column == AS_OF else table.prefix + column for column in columns]

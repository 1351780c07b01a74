"""Ways to break the input of a small book."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import duckdb
import polars as pl
from small_book import Source, write_card

Damage = Callable[[Path], object]


class Case(NamedTuple):
    """``says``: pieces of the one message; file, column and count where there are any."""

    name: str
    source: Source
    damage: Damage
    code: int
    says: tuple[str, ...]


def all_of(*damages: Damage) -> Damage:
    """One after another."""
    return lambda folder: [damage(folder) for damage in damages]


def lose(pattern: str) -> Damage:
    """Removes files."""
    return lambda folder: [path.unlink() for path in folder.glob(pattern)]


def cells(
    file: str, column: str, value: object, rows: int = 60, dtype: pl.DataType | None = None
) -> Damage:
    """Puts ``value`` into the first ``rows`` rows of a column of a Parquet file."""

    def damage(folder: Path) -> None:
        path = folder / "raw" / file
        frame = pl.read_parquet(path)
        known = frame[column] if dtype is None else frame[column].cast(dtype)
        bad = pl.Series([value] * rows, dtype=known.dtype, strict=False)
        frame.with_columns(pl.concat([bad, known[rows:]]).alias(column)).write_parquet(path)

    return damage


def frame(file: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> Damage:
    """Changes a Parquet file as a whole."""

    def damage(folder: Path) -> None:
        for path in (folder / "raw").glob(file):
            change(pl.read_parquet(path)).write_parquet(path)

    return damage


def text(file: str, change: Callable[[list[str]], list[str]]) -> Damage:
    """Changes the lines of a text file."""

    def damage(folder: Path) -> None:
        path = folder / file
        path.write_text("\n".join(change(path.read_text().splitlines())) + "\n")

    return damage


def data(file: str, change: Callable[[bytes], bytes]) -> Damage:
    """Changes the bytes of a file."""

    def damage(folder: Path) -> None:
        path = folder / file
        path.write_bytes(change(path.read_bytes()))

    return damage


def toml(old: str, new: str) -> Damage:
    """Replaces text of the book, which must be there."""

    def change(book: bytes) -> bytes:
        assert old.encode() in book, old
        return book.replace(old.encode(), new.encode())

    return data("book.toml", change)


def card(**changes: object) -> Damage:
    """Changes fields of the scorecard."""
    return lambda folder: write_card(folder, **changes)


def sql(statement: str) -> Damage:
    """Changes the DuckDB file."""

    def damage(folder: Path) -> None:
        with duckdb.connect(str(folder / "raw" / "bank.duckdb")) as bank:
            bank.execute(statement)

    return damage


def line(number: int, new: Callable[[str], str]) -> Callable[[list[str]], list[str]]:
    """Changes one line."""
    return lambda lines: [*lines[:number], new(lines[number]), *lines[number + 1 :]]


def column(number: int, cell: str, rows: int = 60) -> Callable[[list[str]], list[str]]:
    """Puts text into the cells of one column of the first ``rows`` lines after the header."""

    def new(text_line: str) -> str:
        parts = text_line.split(",")
        return ",".join([*parts[:number], cell, *parts[number + 1 :]])

    return lambda lines: [lines[0], *map(new, lines[1 : rows + 1]), *lines[rows + 1 :]]

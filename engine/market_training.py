"""``nightbook fit market``: the market of the book, read, fitted and written beside the book."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from engine.book_file import load_book
from engine.errors import BookError
from engine.fit.market import fit_market
from engine.fit.market_config import MarketConfig
from engine.ingest.reading import reading
from engine.publish import make_folder, to_json, write_durably

_PARQUET, _CSV = (".parquet", ".pq"), (".csv",)


class MarketResult(NamedTuple):
    """The file that was written, and what it says apart from the tables and joint masses."""

    file: Path
    summary: dict[str, Any]


def train_market(book_path: str | Path) -> MarketResult:
    """Fits the book's ``[market]`` and writes its file.

    Raises
    ------
    BookError
        The book has no ``[market]``, or what it says does not fit the offers.
    InputMissingError
        The table of offers or averages is not there.
    DataError
        Its rows do not fit.
    """
    book = load_book(Path(book_path))
    if book.market is None:
        raise BookError(f"{book_path}: [market] is missing: fit market must know the rivals")
    return write_market(book.market, book.folder)


def write_market(config: MarketConfig, folder: Path) -> MarketResult:
    """Fits ``config`` and writes its file, both relative to ``folder``; raises as the above."""
    table_file = folder / str(config.offers or config.averages)
    content = fit_market(_read(table_file), config, file=str(table_file))
    file = folder / config.file
    make_folder(file.parent)
    write_durably(file, to_json(content))
    return MarketResult(file, _summary(content))


def _read(file: Path) -> pl.DataFrame:
    """The whole table; cells of CSV as text, which the fit turns into numbers and counts."""
    suffix = file.suffix.lower()
    if suffix not in (*_PARQUET, *_CSV):
        known = ", ".join((*_PARQUET, *_CSV))
        raise BookError(f"market: {file.name} ends in none of {known}")
    with reading(file):
        if suffix in _PARQUET:
            return pl.read_parquet(file, glob=False)
        return pl.read_csv(file, infer_schema=False, glob=False)


def _summary(content: dict[str, Any]) -> dict[str, Any]:
    """Everything but the tables and the masses, which are long."""
    short = {key: value for key, value in content.items() if key not in ("tables", "joint")}
    short["sectors"] = [
        {key: value for key, value in sector.items() if key != "mass"}
        for sector in content["joint"]["sectors"]
    ]
    return short

"""Writes the fee book: raw tables and book.toml."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import polars as pl

from engine.errors import OutputError
from engine.synth.blocks import Block, ParquetTable, blocks, empty_folder
from engine.synth.card_fees.book_toml import book_toml
from engine.synth.card_fees.charges import charges_frame, tariffs_frame
from engine.synth.card_fees.holders import draw_holders, holders_frame
from engine.synth.card_fees.operations import operations_frame


def write_card_fees(folder: Path, *, customers: int = 100_000, seed: int = 7) -> Path:
    """Writes raw tables and ``book.toml``; returns the book's path.

    The scorecard that the book names is not written: ``nightbook fit scorecard`` makes it. The same
    ``customers`` and ``seed`` give the same bytes; memory does not depend on ``customers``.

    Raises
    ------
    BookError
        ``customers`` below 1 or ``seed`` below 0.
    OutputError
        ``folder`` is not empty or cannot be written.
    """
    try:
        empty_folder(folder, customers=customers, seed=seed)
        _write_tables(folder / "raw", customers, seed)
        book = folder / "book.toml"
        book.write_text(book_toml(customers=customers, seed=seed), encoding="utf-8")
    except OSError as exc:
        raise OutputError(f"cannot write the book to {folder}: {exc}") from exc
    return book


def _write_tables(raw: Path, customers: int, seed: int) -> None:
    raw.mkdir()
    tariffs_frame().write_csv(raw / "tariffs.csv", separator=";")
    with ExitStack() as stack:
        growing = {
            name: stack.enter_context(ParquetTable(raw / f"{name}.parquet"))
            for name in ("customers", "operations")
        }
        fees = stack.enter_context((raw / "fees.csv").open("wb"))
        for block in blocks(customers, seed):
            frames = {name: block.cut(frame) for name, frame in draw_tables(block).items()}
            for name, table in growing.items():
                table.append(frames[name])
            frames["fees"].write_csv(fees, separator=";", include_header=block.number == 0)


def draw_tables(block: Block) -> dict[str, pl.DataFrame]:
    """All tables of one block, each sorted by customer."""
    holders = draw_holders(block)
    return {
        "customers": holders_frame(holders),
        "operations": operations_frame(block, holders),
        "fees": charges_frame(block, holders),
    }

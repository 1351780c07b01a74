"""The demo book: a card lender's customers at their yearly limit review, and what followed.

Each customer is scored on the day of its review (the as-of date). Twelve monthly statements, a year
of card operations and of fees lie before it; a year of days past due, from which `fit pd` learns,
lies after it. What depends on what:

    population (latent risk) ─▶ arrears ─▶ accounts ─▶ statements, customers
                             │          └▶ performance, fees
                             └▶ operations
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import polars as pl

from engine.errors import OutputError
from engine.synth.accounts import draw_accounts
from engine.synth.arrears import draw_arrears
from engine.synth.blocks import Block, ParquetTable, blocks, empty_folder, write_parquet
from engine.synth.book_toml import book_toml
from engine.synth.customers import customers_frame
from engine.synth.fee_good import write_fee_good
from engine.synth.fees import fees_frame, tariffs_frame
from engine.synth.operations import operations_frame
from engine.synth.performance import performance_frame
from engine.synth.population import draw_population
from engine.synth.statements import statements_frame


def write_demo(folder: Path, *, customers: int = 100_000, seed: int = 7) -> Path:
    """Writes raw tables, the scorecard ``fee_good`` and ``book.toml``; returns the book's path.

    The PD model that the book names is not written: ``nightbook fit pd`` makes it, and needs about
    3,000 customers to find enough bads. The same ``customers`` and ``seed`` give the same bytes;
    memory does not depend on ``customers``.

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
        write_fee_good(folder / "models" / "fee_good.json")
        book = folder / "book.toml"
        book.write_text(book_toml(customers=customers, seed=seed), encoding="utf-8")
    except OSError as exc:
        raise OutputError(f"cannot write the demo to {folder}: {exc}") from exc
    return book


def _write_tables(raw: Path, customers: int, seed: int) -> None:
    raw.mkdir()
    tariffs_frame().write_csv(raw / "tariffs.csv", separator=";")
    with ExitStack() as stack:
        growing = {
            name: stack.enter_context(ParquetTable(raw / f"{name}.parquet"))
            for name in ("customers", "operations", "performance")
        }
        fees = stack.enter_context((raw / "fees.csv").open("wb"))
        for block in blocks(customers, seed):
            frames = {name: block.cut(frame) for name, frame in draw_tables(block).items()}
            for name, table in growing.items():
                table.append(frames[name])
            part = raw / "statements" / f"part-{block.number:04d}.parquet"
            write_parquet(part, frames["statements"])
            first = block.number == 0
            frames["fees"].write_csv(fees, separator=";", include_header=first)


def draw_tables(block: Block) -> dict[str, pl.DataFrame]:
    """All tables of one block, each sorted by customer."""
    population = draw_population(block)
    paths = draw_arrears(block, population)
    accounts = draw_accounts(block, population, paths)
    return {
        "customers": customers_frame(block, population, paths, accounts),
        "statements": statements_frame(block, population, paths, accounts),
        "operations": operations_frame(block, population),
        "fees": fees_frame(block, population, paths),
        "performance": performance_frame(block, population, paths),
    }

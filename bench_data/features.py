"""The features of a book, as a run computes them, without its models."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl

from engine.chunk_work import cut, features_of, read_ahead
from engine.inputs import open_inputs, run_tables
from engine.pipeline import open_book, output_folder
from engine.progress import Silent


def book_features(book_path: Path, *, chunk_customers: int | None = None) -> pl.DataFrame:
    """One row of features per customer of the book, by key; no model needs to be there.

    Raises
    ------
    NightbookError
        As in a run.
    """
    book = open_book(book_path, chunk_customers)
    out, tables = output_folder(book, None), run_tables(book)
    with (
        tempfile.TemporaryDirectory() as work,
        open_inputs(book, tables, out=out, whole=False, progress=Silent()) as inputs,
    ):
        prepared, lookups = inputs.prepare(Path(work))
        batches = read_ahead(book, prepared, cut(book, prepared))
        return pl.concat([features_of(book, batch, lookups) for _, batch in batches])

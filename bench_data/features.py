"""The features of a book, as a run computes them, without its models."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from engine.chunk_work import chunked, cores, features_of, read_ahead
from engine.first_pass import ranked
from engine.inputs import open_inputs
from engine.needs import whole
from engine.pipeline import open_book, output_folder
from engine.progress import Silent


def book_features(book_path: Path, *, chunk_customers: int | None = None) -> pl.DataFrame:
    """One row of features per customer of the book, by key; no model needs to be there.

    Raises
    ------
    NightbookError
        As in a run.
    """
    return pl.concat(feature_chunks(book_path, chunk_customers=chunk_customers))


def feature_chunks(
    book_path: Path, *, chunk_customers: int | None = None, threads: int | None = None
) -> Iterator[pl.DataFrame]:
    """The same, chunk after chunk; memory is used again for a chunk whose predecessor is dropped.

    Checked, cut off and ranked over all customers as in a run; ``threads``: all cores.
    """
    book, threads = open_book(book_path, chunk_customers), threads or cores()
    out, needs = output_folder(book, None), whole(book)
    with (
        tempfile.TemporaryDirectory() as folder,
        open_inputs(book, needs.read, out=out, whole=False, progress=Silent()) as inputs,
    ):
        work = Path(folder)
        data = ranked(chunked(inputs, needs, work), work, threads=threads, progress=Silent())
        for chunk, batch in read_ahead(data, data.chunks):
            yield features_of(
                needs,
                batch,
                data.lookups,
                threads=threads,
                ranks=data.ranks_of(chunk),
                rooms=data.rooms,
            )

"""Books to fit a PD model on: the demo, and a small one with a ready target."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from pathlib import Path

import numpy as np
import polars as pl
from command import Done, call
from small_book import Frames, make_frames, replace, write_book

Edit = Callable[[str], str]
FILES = ("pd.txt", "pd.calibrator.json", "pd.metrics.json")


def edited(book: Path, *edits: Edit) -> Path:
    book.write_text(reduce(lambda text, edit: edit(text), edits, book.read_text()))
    return book


def fitted(book: Path) -> dict[str, bytes]:
    return {name: (book.parent / "models" / name).read_bytes() for name in FILES}


def fit(book: Path, *options: object) -> Done:
    return call("fit", "pd", book, "--threads", 1, "--json", *options)


def with_target(customers: int = 900, bad_share: float = 0.3) -> Frames:
    """Customers turn bad by their mean balance, and a little by chance."""
    frames = make_frames(customers, seed=4)
    mean = frames["statements"].group_by("customer_id", maintain_order=True).mean()["balance"]
    risk = mean.to_numpy() + np.random.default_rng(4).normal(0, 150, customers)
    bad = pl.Series("bad", (risk > np.quantile(risk, 1 - bad_share)).astype(np.int64))
    return frames | {"customers": frames["customers"].with_columns(bad)}


TARGET = (
    '\n[target]\ncolumn = "bad"\n[[target.exclude]]\nreason = "overdue"\nwhen = "arrears > 60"\n'
)
BY_COLUMN: tuple[Edit, ...] = (
    replace("arrears = {", 'bad = { type = "int64", allowed = [0, 1] }\narrears = {'),
    replace("models/pd.json", "models/pd.txt"),
    lambda text: text + TARGET,
)


def small(folder: Path, *more: Edit, frames: Frames | None = None) -> Path:
    book = write_book(folder, frames or with_target())
    return edited(book, *BY_COLUMN, *more)

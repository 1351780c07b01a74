"""Two portfolios as small books: customers turn bad by their balances, here and there otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from command import Done, call
from small_book import CARD, Frames, make_frames, replace, write_book

Edit = Callable[[str], str]
TARGET = '\n[target]\ncolumn = "bad"\n[fit]\nleast_bads = 5\n'


def labelled(seed: int, *, by_payment: float, bad_share: float, customers: int = 700) -> Frames:
    """Bad are those whose mean balance, and payment, are large; a little chance comes to it."""
    frames = make_frames(customers, seed=seed)
    mean = frames["statements"].group_by("customer_id", maintain_order=True).mean()
    rng = np.random.default_rng(seed)
    risk = mean["balance"].to_numpy() + by_payment * mean["payment"].fill_null(0.0).to_numpy()
    risk = risk + rng.normal(0, 200, customers)
    bad = pl.Series("bad", (risk > np.quantile(risk, 1 - bad_share)).astype(np.int64))
    return frames | {"customers": frames["customers"].with_columns(bad)}


def book_of(folder: Path, frames: Frames, model: str, *edits: Edit, extra: str = "") -> Path:
    """A book with a target, whose PD model is the file ``model``."""
    folder.mkdir()
    book = write_book(folder, frames)
    text = book.read_text()
    for edit in (
        replace("arrears = {", 'bad = { type = "int64", allowed = [0, 1] }\narrears = {'),
        replace("models/pd.json", model),
        replace("chunk_customers = 25", "chunk_customers = 500"),
        *edits,
    ):
        text = edit(text)
    book.write_text(text + TARGET + extra)
    return book


def tuning(method: str, **settings: Any) -> str:
    """``[fit.tuning]`` of the new book."""
    given = {"model": "pd", "base": "models/base", "method": method} | settings
    return "[fit.tuning]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in given.items())


def old_and_new(folder: Path, method: str, *edits: Edit, **settings: Any) -> Path:
    """The old book with its model, and the new book, which has a copy of it as ``models/base``.

    The path of the new book.
    """
    is_card = method == "recalibrate"
    model = "models/pd.json" if is_card else "models/pd.txt"
    old = book_of(folder / "old", labelled(3, by_payment=0.0, bad_share=0.2), model)
    if is_card:
        points = {"base": 600, "base_odds": 50, "pdo": 20}
        card = CARD | {"event": "bad", "points": points, "cut_off": 0.05}
        (old.parent / model).write_text(json.dumps(card))
    else:
        done = call("fit", "pd", old, "--threads", 1)
        assert done.code == 0, done.err
    new = book_of(
        folder / "new",
        labelled(4, by_payment=6.0, bad_share=0.4),
        model,
        *edits,
        extra=tuning(method, **settings),
    )
    (new.parent / "models" / "base").write_bytes((old.parent / model).read_bytes())
    return new


def tune(book: Path, *options: object) -> Done:
    return call("fit", "tuning", book, "--threads", 1, *options)

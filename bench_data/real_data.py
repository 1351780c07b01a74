"""Where the real data lie, and where an imported book goes."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl

from engine.errors import InputMissingError, OutputError

_VARIABLE = "NIGHTBOOK_REAL_DATA"


def real_data_folder() -> Path:
    """``$NIGHTBOOK_REAL_DATA``, else ``shared/data`` beside the repository; it need not exist."""
    named = os.environ.get(_VARIABLE)
    return Path(named) if named else Path(__file__).parents[2] / "shared" / "data"


def real_file(name: str) -> Path:
    """The file ``name``, relative to the real-data folder.

    Raises
    ------
    InputMissingError
        It is not there.
    """
    file = real_data_folder() / name
    if not file.is_file():
        raise InputMissingError(
            f"there is no file {file}; set {_VARIABLE} to the folder that holds {name}"
        )
    return file


def write_book(folder: Path, text: str, tables: dict[str, pl.DataFrame]) -> Path:
    """Writes ``raw/<name>.parquet`` and ``book.toml``; the same data give the same bytes.

    Raises
    ------
    OutputError
        ``folder`` is in use (files of another book would stay between ours) or not writable.
    """
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise OutputError(f"{folder} is not empty; name a new folder or empty it")
        (folder / "raw").mkdir(parents=True)
        for name, table in tables.items():
            table.write_parquet(folder / "raw" / f"{name}.parquet")
        book = folder / "book.toml"
        book.write_text(text, encoding="utf-8")
    except OSError as exc:
        raise OutputError(f"cannot write to {folder}: {exc.strerror or exc}") from exc
    return book

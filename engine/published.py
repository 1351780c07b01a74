"""The published run that the optimiser and its tools work on, with its manifest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from engine.book import Book
from engine.errors import BookError, InputMissingError
from engine.publish import current_run


class Published(NamedTuple):
    """``folder``: of the run, within the output folder; ``parts``: its Parquet files in order."""

    folder: Path
    manifest: dict[str, Any]
    parts: list[Path]


def open_published(book: Book, out: Path) -> Published:
    """The run that ``CURRENT`` names in ``out``.

    Raises
    ------
    InputMissingError
        There is none, or its manifest cannot be read.
    BookError
        It is a run of another book.
    """
    folder = current_run(out)
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
        name = manifest["config"]["book"]["name"]
        parts = [folder / part["name"] for part in manifest["parts"]]
    except (OSError, ValueError, LookupError, TypeError) as exc:
        raise InputMissingError(f"{folder}: no readable manifest.json: {exc}") from exc
    if name != book.book.name:
        raise BookError(f"{folder} is a run of the book '{name}', not of '{book.book.name}'")
    return Published(folder, manifest, parts)

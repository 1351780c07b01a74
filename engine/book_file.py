"""Reads ``book.toml``: every mistake of the file is answered with one BookError."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from engine.book import Book
from engine.book_checks import check_book
from engine.errors import BookError, InputMissingError
from engine.presets import expand
from engine.toml_errors import book_error


def load_book(path: Path) -> Book:
    """Reads ``path``; a ``[preset]`` is expanded before anything is checked.

    Raises
    ------
    InputMissingError
        There is no such file, or the folder of the preset lacks one.
    BookError
        It is not TOML, a key is unknown or missing, a value does not fit, or sections contradict
        each other; the message has a line for every problem.
    """
    try:
        raw: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as exc:
        raise InputMissingError(f"there is no book {path}") from exc
    except OSError as exc:
        raise InputMissingError(f"cannot read the book {path}: {exc.strerror}") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise BookError(f"{path}: not TOML: {exc}") from exc
    if "folder" in raw:
        raise BookError(f"{path}: folder: unknown key")
    raw = _with_preset(raw, path)
    try:
        book = Book.model_validate({**raw, "folder": path.resolve().parent})
    except ValidationError as exc:
        raise book_error(exc, Book, str(path)) from exc
    check_book(book, path)
    return book


def _with_preset(raw: dict[str, Any], path: Path) -> dict[str, Any]:
    try:
        return expand(raw, path.resolve().parent)
    except BookError as exc:
        raise BookError(f"{path}: {exc}") from exc

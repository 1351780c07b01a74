"""Where a table's rows lie, and what identifies them."""

from __future__ import annotations

import glob
import hashlib
import struct
from pathlib import Path
from typing import Any, Literal, NamedTuple

from engine.errors import BookError, DataError, InputMissingError
from engine.ingest.config import TableConfig
from engine.ingest.reading import reading

Kind = Literal["parquet", "csv", "duckdb"]

_SUFFIXES: dict[str, Kind] = {".parquet": "parquet", ".pq": "parquet", ".csv": "csv", ".asc": "csv"}
_MAGIC = (b"PAR1", b"PARE")


class Source(NamedTuple):
    """The files of one table, all of one kind, in the order of their names."""

    table: str
    kind: Kind
    files: tuple[Path, ...]


def find_source(table: str, config: TableConfig, folder: Path) -> Source:
    """Resolves paths and globs against ``folder``, the book's. An optional table may have no file.

    Raises
    ------
    InputMissingError
        A path or glob names no file, and the table is not optional.
    BookError
        Parquet and CSV are mixed in one table, or a suffix is not known.
    """
    patterns = (config.duckdb,) if config.duckdb else config.files
    files = [file for pattern in patterns for file in _matches(folder, pattern, table, config)]
    if config.duckdb:
        return Source(table, "duckdb", tuple(files))
    kinds = {_kind(file, table) for file in files} or {"parquet"}
    if len(kinds) > 1:
        raise BookError(f"tables.{table}.files: Parquet and CSV cannot be mixed in one table")
    return Source(table, kinds.pop(), tuple(dict.fromkeys(files)))


def _matches(folder: Path, pattern: str, table: str, config: TableConfig) -> list[Path]:
    path = folder / pattern
    if path.is_file():
        return [path]
    one_file = config.duckdb or not glob.has_magic(pattern)
    # glob leaves hidden files out, as a shell does; Path.glob would take half-written ones
    names = [] if one_file else glob.glob(pattern, root_dir=folder, recursive=True)  # noqa: PTH207
    found = sorted(folder / name for name in names if (folder / name).is_file())
    if not found and not config.optional:
        problem = "there is no file" if one_file else "no file matches"
        raise InputMissingError(f"tables.{table}: {problem} {path}")
    return found


def _kind(file: Path, table: str) -> Kind:
    try:
        return _SUFFIXES[file.suffix.lower()]
    except KeyError:
        known = ", ".join(_SUFFIXES)
        raise BookError(f"tables.{table}: {file.name} ends in none of {known}") from None


def identity(file: Path, kind: Kind, *, folder: Path, whole: bool) -> dict[str, Any]:
    """Path, size, time of change and sha256 of one file.

    The hash covers the footer of Parquet (which holds sizes and statistics of every column chunk),
    the content of CSV, and the whole file where ``whole`` is set.
    """
    footer_only = kind == "parquet" and not whole
    with reading(file):
        status = file.stat()
        return {
            "path": _relative(file, folder),
            "bytes": status.st_size,
            "mtime_ns": status.st_mtime_ns,
            "sha256": _footer_sha256(file) if footer_only else _content_sha256(file),
            "sha256_of": "footer" if footer_only else "content",
        }


def _relative(file: Path, folder: Path) -> str:
    return str(file.relative_to(folder)) if file.is_relative_to(folder) else str(file)


def _content_sha256(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _footer_sha256(file: Path) -> str:
    """A Parquet file ends in: footer, its length (4 bytes, little endian), a magic word."""
    with file.open("rb") as handle:
        size = handle.seek(0, 2)
        handle.seek(max(0, size - 8))
        tail = handle.read()
        if len(tail) < 8 or tail[4:] not in _MAGIC:
            raise DataError("not a Parquet file, or cut off: it has no footer", file=str(file))
        (length,) = struct.unpack("<I", tail[:4])
        handle.seek(max(0, size - 8 - length))
        return hashlib.sha256(handle.read()).hexdigest()

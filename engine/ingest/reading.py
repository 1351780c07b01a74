"""The border to Polars, pyarrow and DuckDB: their errors become ours, once, here."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa

from engine.errors import (
    BookError,
    DataError,
    InputMissingError,
    NightbookError,
    OutputError,
)

_DISK = {errno.EIO, errno.EFBIG, errno.ENOSPC, errno.EROFS, errno.EDQUOT}
"""What a disk says that cannot take more; Polars and Arrow carry the number in their text."""


@contextmanager
def reading(file: Path | str) -> Iterator[None]:
    """Names ``file`` in whatever goes wrong while it is read.

    A bit-flipped Parquet page can make Polars panic; that is caught too, the process lives.
    """
    try:
        yield
    except NightbookError:
        raise
    except FileNotFoundError as exc:
        raise InputMissingError(f"there is no file {file}") from exc
    except (duckdb.CatalogException, duckdb.BinderException, duckdb.ParserException) as exc:
        if "Table with name" in str(exc):
            raise InputMissingError(f"{file}: {_first_line(exc)}") from exc
        raise BookError(f"the query of {file}: {_first_line(exc)}") from exc
    except (
        OSError,
        pl.exceptions.PolarsError,
        pl.exceptions.PanicException,
        pa.ArrowException,
        duckdb.Error,
        UnicodeDecodeError,
    ) as exc:
        raise DataError(f"cannot read: {_first_line(exc)}", file=str(file)) from exc


@contextmanager
def staging(folder: Path) -> Iterator[None]:
    """Around writing intermediate files: a full or failing disk is an OutputError."""
    try:
        yield
    except FileNotFoundError:
        raise  # of the input that is being staged
    except OSError as exc:
        raise OutputError(f"cannot write to {folder}: {exc.strerror or exc}") from exc
    except (pl.exceptions.PolarsError, pa.ArrowException) as exc:
        number = re.search(r"(?:os error|errno) (\d+)", str(exc))
        if number and int(number[1]) in _DISK:
            raise OutputError(f"cannot write to {folder}: {os.strerror(int(number[1]))}") from exc
        raise


def _first_line(exc: BaseException) -> str:
    lines = str(exc).strip().splitlines()
    return lines[0] if lines else type(exc).__name__

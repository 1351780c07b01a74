"""The folder that a preset is pointed at: which of the expected files are there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import polars as pl

from engine.errors import DataError, InputMissingError

_SHOWN = 5


class Folder(NamedTuple):
    """``path`` on disk; ``name`` as the book has it, relative to the book."""

    path: Path
    name: str

    @classmethod
    def open(cls, book_folder: Path, name: str) -> Folder:
        """Raises InputMissingError where there is no such folder."""
        folder = cls(book_folder / name, name)
        if not folder.path.is_dir():
            raise InputMissingError(f"preset.folder: there is no folder {folder.path}")
        return folder

    def below(self, name: str) -> Folder:
        """A folder in this one, there or not."""
        return Folder(self.path / name, self.in_book(name))

    def in_book(self, file: str) -> str:
        """``file`` of this folder as a path that a book can name."""
        return str(PurePosixPath(self.name, file))

    def files(self) -> list[str]:
        """Names of the files, sorted; none where the folder is not there."""
        try:
            return sorted(file.name for file in self.path.iterdir() if file.is_file())
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as exc:
            raise InputMissingError(f"cannot read the folder {self.path}: {exc.strerror}") from exc

    def first_of(self, names: Sequence[str]) -> str:
        """The first of ``names`` that is there.

        Raises
        ------
        InputMissingError
            None is; the message says what was looked for and what was found.
        """
        for name in names:
            if (self.path / name).is_file():
                return name
        raise self.missing(" or ".join(names))

    def parquet_schema(self, file: str) -> pl.Schema:
        """Columns and types of a Parquet file.

        Raises
        ------
        DataError
            It is none.
        """
        path = self.path / file
        try:
            # without glob=False a folder named "[2019]" would be taken for a pattern
            return pl.scan_parquet(path, glob=False).collect_schema()
        except (pl.exceptions.PolarsError, OSError) as exc:
            raise DataError("not a Parquet file, or cut off", file=str(path)) from exc

    def missing(self, wanted: str) -> InputMissingError:
        """The error that ``wanted`` is not in this folder."""
        if not self.path.is_dir():
            return InputMissingError(f"preset.folder: no {wanted}: there is no folder {self.path}")
        found = self.files()
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        holds = ", ".join(found[:_SHOWN]) + more if found else "no files"
        return InputMissingError(f"preset.folder: no {wanted} in {self.path}, which holds {holds}")

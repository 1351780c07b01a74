"""Arrays in a file of the scratch folder: appended, then read and replaced by their place.

Numbers are in the machine's byte order: nobody else reads these files.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import FileIO
from itertools import accumulate
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.errors import OutputError


class Extent(NamedTuple):
    """``size`` floats of ``width`` 4 or 8 bytes, from byte ``at`` of a file."""

    at: int
    size: int
    width: int = 8

    def slice(self, begin: int, end: int) -> Extent:
        """Its values ``begin..end``."""
        return Extent(self.at + begin * self.width, end - begin, self.width)

    @property
    def end(self) -> int:
        """The byte after it."""
        return self.at + self.size * self.width


class Spill:
    """A file of arrays, open only while it is used. An OSError then is an OutputError."""

    def __init__(self, path: Path) -> None:
        self._path, self._end, self._lock = path, 0, Lock()

    def append(self, arrays: Sequence[NDArray[Any]]) -> list[int]:
        """Adds ``arrays`` at the end of the file; the byte at which each begins.

        Several threads may add at once: each has its part of the file before it writes.
        """
        with self._lock:
            begins = list(accumulate((array.nbytes for array in arrays), initial=self._end))
            self._end = begins.pop()
        with self.open() as file:
            file.seek(begins[0])
            for array in arrays:
                _write(file, array)
        return begins

    @contextmanager
    def open(self) -> Iterator[FileIO]:
        """The file, for ``load``, ``load_all``, ``fill`` and ``replace``."""
        with self._writing(), FileIO(self._path, "r+", opener=_create) as file:
            yield file

    def remove(self) -> None:
        """Removes the file, if there is one."""
        with self._writing():
            self._path.unlink(missing_ok=True)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as exc:
            folder = self._path.parent
            raise OutputError(f"cannot write to {folder}: {exc.strerror or exc}") from exc


def load(file: FileIO, extent: Extent) -> NDArray[np.float64]:
    """The values of ``extent``."""
    stored = np.empty(extent.size, f"f{extent.width}")
    fill(file, extent.at, stored)
    return stored.astype(np.float64, copy=False)


def load_all(
    file: FileIO, extents: Sequence[Extent], out: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The values of ``extents``, one after the other, in the first part of ``out``."""
    end = 0
    for extent in extents:
        begin, end = end, end + extent.size
        out[begin:end] = load(file, extent)
    return out[:end]


def fill(file: FileIO, at: int, out: NDArray[Any]) -> None:
    """Fills ``out`` with what lies at byte ``at``."""
    file.seek(at)
    view = _bytes(out)
    while view:
        count = file.readinto(view)
        if not count:
            raise OSError(f"an intermediate file ends at byte {file.tell()}")
        view = view[count:]


def replace(file: FileIO, extent: Extent, values: NDArray[np.float64]) -> None:
    """Puts ``values``, which are floats of its width, in the place of those of ``extent``."""
    file.seek(extent.at)
    _write(file, values.astype(f"f{extent.width}", copy=False))


def _write(file: FileIO, array: NDArray[Any]) -> None:
    view = _bytes(array)
    while view:
        view = view[file.write(view) :]


def _create(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CREAT, 0o600)


def _bytes(array: NDArray[Any]) -> memoryview:
    return array.view(np.uint8).data

"""UBJSON as XGBoost writes it, read strictly: its own file says what treelite's reader drops.

Source: the format at ubjson.org, draft 12, without high-precision numbers, no-ops, typed objects
and typed arrays of anything but numbers, which XGBoost does not write. What is read is bounded by
the bytes that are there: a count is checked against them before anything is made of it.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from engine.errors import ModelError

_FORMATS = {b"i": ">b", b"U": ">B", b"I": ">h", b"l": ">i", b"L": ">q", b"d": ">f", b"D": ">d"}
_SCALARS = {marker: struct.Struct(text) for marker, text in _FORMATS.items()}
_ARRAYS = {marker: np.dtype(text) for marker, text in _FORMATS.items()}
_WORDS: dict[bytes, Any] = {b"T": True, b"F": False, b"Z": None}
_DEEPEST = 32
"""XGBoost's deepest value is 10 levels down; Python's stack holds some hundreds."""


def read_ubjson(data: bytes) -> Any:
    """The document: dict, list, str, int, float, bool, None; a typed array is a NumPy array.

    Raises
    ------
    ModelError
        Cut, or not UBJSON; bytes after the end; a key that is there twice.
    """
    reader = _Reader(data)
    try:
        document = reader.value(reader.take(1), 0)
    except UnicodeDecodeError as exc:
        raise ModelError(f"not UBJSON: a text before byte {reader.at} is not UTF-8") from exc
    if reader.at != len(data):
        raise ModelError(f"not UBJSON: {len(data) - reader.at} bytes follow the end")
    return document


class _Reader:
    """Bytes, and how far they are read."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        if not 0 <= count <= len(self._data) - self.at:
            raise ModelError(f"not UBJSON: cut, or edited, at byte {self.at}")
        self.at += count
        return self._data[self.at - count : self.at]

    def value(self, marker: bytes, depth: int) -> Any:
        if depth > _DEEPEST:
            raise ModelError(f"not a model: values are nested more than {_DEEPEST} deep")
        if marker in _SCALARS:
            return self._scalar(marker)
        if marker in _WORDS:
            return _WORDS[marker]
        if marker == b"S":
            return self._text()
        if marker == b"[":
            return self._list(depth)
        if marker == b"{":
            return self._object(depth)
        raise ModelError(f"not UBJSON: {marker!r} before byte {self.at} is no type")

    def _scalar(self, marker: bytes) -> Any:
        number = _SCALARS[marker]
        return number.unpack(self.take(number.size))[0]

    def _array(self, marker: bytes, count: int) -> Any:
        dtype = _ARRAYS.get(marker)
        if dtype is None:
            raise ModelError(f"not UBJSON as XGBoost writes it: an array of type {marker!r}")
        numbers = np.frombuffer(self.take(count * dtype.itemsize), dtype)
        return numbers.astype(dtype.newbyteorder("="))

    def _count(self) -> int:
        marker = self.take(1)
        if marker not in _SCALARS or marker in b"dD":
            raise ModelError(f"not UBJSON: no length at byte {self.at - 1}")
        count: int = self._scalar(marker)
        if not 0 <= count <= len(self._data) - self.at:
            raise ModelError(f"not UBJSON: cut, or edited, at byte {self.at}")
        return count

    def _text(self) -> str:
        return self.take(self._count()).decode("utf-8")

    def _list(self, depth: int) -> Any:
        first = self.take(1)
        if first == b"$":
            marker = self.take(1)
            if self.take(1) != b"#":
                raise ModelError(f"not UBJSON: no length at byte {self.at - 1}")
            return self._array(marker, self._count())
        if first == b"#":
            return [self.value(self.take(1), depth + 1) for _ in range(self._count())]
        found = []
        while first != b"]":
            found.append(self.value(first, depth + 1))
            first = self.take(1)
        return found

    def _object(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while self._data[self.at : self.at + 1] != b"}":
            key = self._text()
            if key in found:
                raise ModelError(f"not a model: '{key}' is there twice")
            found[key] = self.value(self.take(1), depth + 1)
        self.at += 1
        return found

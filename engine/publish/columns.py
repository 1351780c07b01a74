"""Columns as canonical bytes: equal values give equal bytes, whatever the memory layout.

| type                            | name hashed        | bytes                                 |
|---------------------------------|--------------------|---------------------------------------|
| integer, date, time, duration   | int64, date, ...   | little endian at their own width      |
| float32, float64                | float32, float64   | bits as they are; every NaN as one    |
| boolean                         | bool               | one byte, 0 or 1                      |
| string, categorical, enum       | string             | UTF-8; the lengths apart, as int64    |

A null is a 0 in the validity bytes and zero, or no characters, in the data. -0.0 and 0.0 differ,
and so do null and NaN: the published files would differ too.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from engine.errors import DataError

_NAMES: dict[type[pl.DataType], str] = {
    pl.Int8: "int8",
    pl.Int16: "int16",
    pl.Int32: "int32",
    pl.Int64: "int64",
    pl.UInt8: "uint8",
    pl.UInt16: "uint16",
    pl.UInt32: "uint32",
    pl.UInt64: "uint64",
    pl.Float32: "float32",
    pl.Float64: "float64",
    pl.Boolean: "bool",
    pl.Date: "date",
    pl.Time: "time",
    pl.String: "string",
    pl.Categorical: "string",
    pl.Enum: "string",
}


class ColumnHash:
    """sha256 over one column that arrives in pieces; where the pieces end does not show.

    Validity, lengths and data go to a hasher each: in one stream, the bytes of two pieces would be
    interleaved differently from those of one.
    """

    def __init__(self, name: str, dtype: pl.DataType) -> None:
        self._head = [name, canonical_type(name, dtype)]
        self._hashers = [hashlib.sha256() for _ in range(3)]

    def update(self, piece: pl.Series) -> None:
        """Append rows; ``piece`` has the type the hash was made for."""
        for hasher, data in zip(self._hashers, _canonical(piece), strict=True):
            hasher.update(data)

    def digest(self) -> list[str]:
        """Name, type, and hex sha256 of validity, lengths and data."""
        return [*self._head, *(hasher.hexdigest() for hasher in self._hashers)]


def canonical_type(name: str, dtype: pl.DataType) -> str:
    """The type as it is hashed. Raises DataError for a type that cannot be published."""
    if isinstance(dtype, pl.Datetime):
        return f"datetime[{dtype.time_unit},{dtype.time_zone or ''}]"
    if isinstance(dtype, pl.Duration):
        return f"duration[{dtype.time_unit}]"
    known = _NAMES.get(type(dtype))
    if known is None:
        raise DataError(f"type {dtype} cannot be published; cast it", column=name)
    return known


def characters(array: pa.LargeStringArray) -> Any:
    """The UTF-8 bytes of all rows of a large_string array (also a slice), without a copy."""
    _, offsets, data = array.buffers()
    if len(array) == 0 or data is None:
        return b""
    ends = np.frombuffer(offsets, dtype=np.int64)[array.offset : array.offset + len(array) + 1]
    return memoryview(data)[ends[0] : ends[-1]]


def column_sha256(series: pl.Series) -> str:
    """One hex sha256 for a whole column."""
    column = ColumnHash(series.name, series.dtype)
    column.update(series)
    return hashlib.sha256("\n".join(column.digest()[1:]).encode()).hexdigest()


def _canonical(series: pl.Series) -> tuple[Any, Any, Any]:
    """Validity (uint8), lengths (int64, strings only), data; each a contiguous buffer."""
    validity = series.is_not_null().cast(pl.UInt8).to_numpy()
    if isinstance(series.dtype, pl.String | pl.Categorical | pl.Enum):
        text = series.cast(pl.String).fill_null("")
        lengths = text.str.len_bytes().cast(pl.Int64).to_numpy()
        array = text.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
        return _contiguous(validity), _contiguous(lengths), characters(array)
    return _contiguous(validity), b"", _contiguous(_fixed_width(series))


def _fixed_width(series: pl.Series) -> NDArray[Any]:
    if series.dtype == pl.Boolean:
        return series.fill_null(False).cast(pl.UInt8).to_numpy()
    values = series.to_physical().fill_null(0).to_numpy()
    if series.dtype.is_float():
        values = np.where(np.isnan(values), values.dtype.type(np.nan), values)
    return values


def _contiguous(values: NDArray[Any]) -> NDArray[Any]:
    return np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<"))

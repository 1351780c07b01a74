"""Where the values of a block of rows lie: one compiled kernel for all layouts of the input.

To numba, arrays that are row-major, column-major, strided or read-only are of different types, and
every kernel would be compiled for each. An address and a step are the same for all of them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from kernels.vector import read_float32, read_float64


class Source(NamedTuple):
    """Columns of a matrix: ``address`` int64 of each column's first value, ``step`` in bytes from
    row to row, ``wide`` if values are float64 and not float32. Whoever makes one keeps the matrix
    alive, and asks for rows and columns that are there: nothing is checked."""

    address: NDArray[np.int64]
    step: int
    wide: bool


def source_of(X: NDArray[Any], columns: NDArray[np.uint32]) -> Source:
    """The columns ``columns`` of ``X``, float32 or float64, 2-D, of any layout."""
    address = X.ctypes.data + columns.astype(np.int64) * X.strides[1]
    return Source(address, X.strides[0], X.dtype == np.float64)


@njit(nogil=True, cache=True)
def load(source: Source, column: int, lo: int, values: NDArray[Any]) -> None:
    """Block: rows from ``lo`` of a column, in the precision of ``values``.

    A step that is known when compiling makes it a copy of vectors.
    """
    address, step = source.address[column] + lo * source.step, source.step
    if source.wide and step == 8:
        for i in range(values.size):
            values[i] = read_float64(address + i * 8)
    elif source.wide:
        for i in range(values.size):
            values[i] = read_float64(address + i * step)
    elif step == 4:
        for i in range(values.size):
            values[i] = read_float32(address + i * 4)
    else:
        for i in range(values.size):
            values[i] = read_float32(address + i * step)

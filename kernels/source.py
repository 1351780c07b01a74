"""Where the values of a block of rows lie: one kernel for all layouts of input and result.

An address and a step say for each column what row-major, column-major, strided or read-only arrays
have in common; for arrays, a kernel would be compiled for each of these.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray


class Columns(NamedTuple):
    """``values``: columns of ``rows`` values each, 1-D, float32 or float64, of any step; they need
    not lie in one matrix, nor be of one type."""

    rows: int
    values: tuple[NDArray[Any], ...]


Table: TypeAlias = NDArray[Any] | Columns
"""What kernels read: a matrix, float32 or float64 ``(rows, columns)`` in any memory order, or
columns by themselves."""


class Source(NamedTuple):
    """Where columns are, an element each: ``address`` int64 of the first value, ``step`` int64 in
    bytes from row to row, ``wide`` bool if values are float64 and not float32. Whoever makes one
    keeps the values alive, and asks for rows and columns that are there: nothing is checked."""

    address: NDArray[np.int64]
    step: NDArray[np.int64]
    wide: NDArray[np.bool_]


def shape_of(X: Table) -> tuple[int, int]:
    """Rows and columns.

    Raises
    ------
    ValueError
        Another number of dimensions, another dtype, columns of different lengths.
    """
    if isinstance(X, Columns):
        for x in X.values:
            if x.dtype not in (np.float32, np.float64) or x.shape != (X.rows,):
                raise ValueError(
                    f"a column must be float32 or float64 ({X.rows},), not {x.dtype} {x.shape}"
                )
        return X.rows, len(X.values)
    if X.ndim != 2 or X.dtype not in (np.float32, np.float64):
        raise ValueError(f"X must be 2-D float32 or float64, not {X.ndim}-D {X.dtype}")
    return X.shape[0], X.shape[1]


def source_of(X: Table, columns: NDArray[np.uint32]) -> Source:
    """The columns ``columns`` of ``X``, which has the ``shape_of`` a table."""
    if isinstance(X, Columns):
        chosen = [X.values[j] for j in columns]
        return Source(
            np.array([x.__array_interface__["data"][0] for x in chosen], np.int64),
            np.array([x.strides[0] for x in chosen], np.int64),
            np.array([x.itemsize == 8 for x in chosen], np.bool_),
        )
    return Source(
        X.__array_interface__["data"][0] + columns.astype(np.int64) * X.strides[1],
        np.full(columns.size, X.strides[0], np.int64),
        np.full(columns.size, X.itemsize == 8, np.bool_),
    )

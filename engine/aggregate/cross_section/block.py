"""One table of one chunk, by calendar month: its customers, its months and its columns."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.aggregate.columns import kernel_column
from kernels.months import Rows, rows_of
from kernels.segments import Column
from kernels.words import Bound


class Block:
    """Rows of whole customers, contiguous and in order.

    Parameters
    ----------
    key, date : names of columns; ``date`` is a Date or Datetime.

    Attributes
    ----------
    months : ascending, ``year * 12 + month``; some may have no value of a column.
    customers : the key of each customer, in the order of the rows.
    rows : the same for ``kernels.months``.
    """

    def __init__(self, rows: pl.DataFrame, *, key: str, date: str) -> None:
        self._rows = rows
        keys = rows[key]
        start = np.flatnonzero(keys.ne_missing(keys.shift(1)).to_numpy())
        self.customers = rows.select(pl.col(key).gather(pl.Series(start)))
        self.months, code = _months(rows[date])
        stop = np.append(start[1:], rows.height)[: start.size]
        self.rows: Bound[Rows] = rows_of(code, len(self.months), start, stop)

    def column(self, name: str) -> Column:
        """A column of numbers, float32 if it is stored so, else float64."""
        values = self._rows[name]
        return kernel_column(values if values.dtype == pl.Float32 else values.cast(pl.Float64))


def _months(dates: pl.Series) -> tuple[list[int], NDArray[np.int32]]:
    """Months, ascending, and which of them each row has; their number where it has none."""
    month = (dates.dt.year() * 12 + dates.dt.month().cast(pl.Int32)).to_frame()
    known = month.to_series().drop_nulls().unique().sort()
    code = month.to_series().replace_strict(
        known, pl.int_range(len(known), dtype=pl.Int32, eager=True), default=len(known)
    )
    return known.to_list(), code.cast(pl.Int32).to_numpy()

"""Rows of a frame by customer: runs of equal keys, so that a key is looked up once a customer."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray


class Runs(NamedTuple):
    """``keys`` of the runs, null for rows without; ``starts`` int64, a run's first row; ``rows``
    of all."""

    keys: pl.Series
    starts: NDArray[np.int64]
    rows: int

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Rows of each run."""
        return np.diff(self.starts, append=self.rows)

    def per_row(self, values: pl.Series) -> pl.Series:
        """A value per run, given to each of its rows."""
        if len(values) and values.n_unique() == 1:
            return values.new_from_index(0, self.rows)  # which Polars holds once, not by row
        if values.null_count():
            run = np.repeat(np.arange(len(values), dtype=np.uint32), self.lengths)
            return values.gather(pl.Series(run))
        repeated = np.repeat(values.to_physical().to_numpy(), self.lengths)
        return pl.Series(values.name, repeated).cast(values.dtype)

    def come_back(self) -> bool:
        """Whether two runs have the same key."""
        return self.keys.n_unique() < len(self.keys)

    def continues(self) -> pl.Series:
        """Whether a row is of the same run as the one before."""
        same = np.ones(self.rows, dtype=np.bool_)
        same[self.starts] = False
        return pl.Series(same)


def runs_of(keys: pl.Series) -> Runs:
    """Neighbours with equal keys make a run, and so do neighbours without a key."""
    differs = keys.ne_missing(keys.shift(1)).to_numpy()
    starts = np.flatnonzero(differs).astype(np.int64)
    if len(keys) and not differs[0]:  # the first key is null, as is what lies before it
        starts = np.concatenate([np.zeros(1, dtype=np.int64), starts])
    return Runs(keys.gather(starts), starts, len(keys))

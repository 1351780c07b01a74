"""What a model is asked to score, as blocks of rows: arrays and frames look the same from here.

A frame is turned into numbers one block at a time and only where the model reads it; an array is
read where it lies. Missing is NaN; null becomes NaN.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from engine.errors import ModelError, did_you_mean

BLOCK = 8192
"""Most rows of a block; a block is what one thread does at a time."""

_BLOCK_VALUES = 1 << 18
"""Values of a block that is made of a frame: 2 MiB per thread."""
_LEAST = 512
"""Fewest rows of a block: below, the overhead per column is more than the work."""


class Rows(Protocol):
    """``height`` rows, to be read in blocks of ``most`` rows; ``columns`` (uint32) says where in a
    block each used feature is."""

    height: int
    most: int
    columns: NDArray[np.uint32]

    def block(self, lo: int, hi: int) -> NDArray[Any]:
        """Rows ``lo..hi`` as float32 or float64 ``(hi - lo, columns)``."""
        ...


class _ArrayRows:
    """A matrix whose columns are all features of the model, in its order."""

    def __init__(self, X: NDArray[Any], used: Sequence[int], n_features: int) -> None:
        if X.dtype not in (np.float32, np.float64):
            raise ModelError(f"X is an array of {X.dtype}; float32 or float64 is needed")
        if X.ndim != 2 or X.shape[1] != n_features:
            raise ModelError(
                f"X has shape {X.shape}; the model has {n_features} features, so (n, {n_features}) "
                "is needed. A frame is matched by name instead"
            )
        self._X = X
        self.height = X.shape[0]
        self.most = BLOCK
        self.columns = np.array(used, np.uint32)

    def block(self, lo: int, hi: int) -> NDArray[Any]:
        return self._X[lo:hi]


class _FrameRows:
    """The used features of a frame, in the order of the model."""

    def __init__(self, features: list[pl.Series], height: int) -> None:
        for feature in features:
            dtype = feature.dtype
            if not (dtype.is_numeric() or dtype in (pl.Boolean, pl.Null)):
                raise ModelError(
                    f"feature '{feature.name}' is {dtype}; a number or boolean is needed"
                )
        self._features = features
        self.height = height
        self.most = min(BLOCK, max(_LEAST, _BLOCK_VALUES // max(1, len(features))))
        self.columns = np.arange(len(features), dtype=np.uint32)

    def block(self, lo: int, hi: int) -> NDArray[np.float64]:
        out = np.empty((hi - lo, len(self._features)), np.float64, order="F")
        for j, feature in enumerate(self._features):
            part = feature.slice(lo, hi - lo)
            if feature.dtype != pl.Float64:
                part = part.cast(pl.Float64)
            out[:, j] = part.to_numpy()  # null becomes NaN
        return out


def rows_of(X: object, names: Sequence[str], used: Sequence[int]) -> Rows:
    """``X`` (array, polars DataFrame, pyarrow Table or RecordBatch) as rows for a model.

    ``names`` are all features of the model, ``used`` the indices of those it reads.

    Raises
    ------
    ModelError
        Another type, a shape that does not fit, a used feature that is absent or not numeric.
    """
    if isinstance(X, np.ndarray):
        return _ArrayRows(X, used, len(names))
    wanted = [names[i] for i in used]
    if isinstance(X, pl.DataFrame):
        _check_names(wanted, X.columns)
        return _FrameRows([X[name] for name in wanted], X.height)
    if isinstance(X, pa.Table | pa.RecordBatch):
        _check_names(wanted, X.schema.names)
        return _FrameRows([pl.Series(name, X.column(name)) for name in wanted], X.num_rows)
    raise ModelError(
        f"X is a {type(X).__name__}; a float array, a polars DataFrame or a pyarrow Table or "
        "RecordBatch is needed"
    )


def _check_names(wanted: Sequence[str], present: Sequence[str]) -> None:
    count = Counter(present)
    for name in wanted:
        if count[name] != 1:
            what = "is there twice" if count[name] else "is not in the data"
            hint = did_you_mean(name, count.keys() - {name})
            raise ModelError(f"feature '{name}', which the model reads, {what}{hint}")


def over_blocks(
    first: int, last: int, most: int, threads: int, work: Callable[[int, int], None]
) -> None:
    """Call ``work(lo, hi)`` for all of ``first..last``, up to ``most`` rows at a time.

    On ``threads`` threads; errors of ``work`` are raised. Blocks do not depend on ``threads``.
    """
    if threads < 1:
        raise ValueError(f"threads must be at least 1, not {threads}")
    starts = range(first, last, most)
    if threads == 1 or len(starts) < 2:
        for lo in starts:
            work(lo, min(lo + most, last))
        return
    with ThreadPoolExecutor(min(threads, len(starts))) as pool:
        for done in [pool.submit(work, lo, min(lo + most, last)) for lo in starts]:
            done.result()

"""What a model is asked to score, as blocks of rows: arrays and frames look the same from here.

An array is read where it lies. Missing is NaN.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.errors import ModelError

if TYPE_CHECKING:
    from kernels.source import Table

BLOCK = 65_536
"""Most rows of a block: what a thread does before it looks whether somebody wants to stop."""
LEAST = 2048
"""The same where threads share the work, at its end: a block's overhead is 0.1 ms."""
_WHOLE = 1024
"""Rows that a kernel treats at a time: blocks of whole ones waste nothing."""


class Rows(Protocol):
    """``height`` rows, to be read in blocks of ``most`` rows; ``columns`` (uint32) says where in a
    block each used feature is."""

    height: int
    most: int
    columns: NDArray[np.uint32]

    def block(self, lo: int, hi: int) -> Table:
        """Rows ``lo..hi``."""
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
    from engine.score.frame_rows import rows_of_frame  # Polars and Arrow take 0.2 s to import

    return rows_of_frame(X, [names[i] for i in used])


def over_blocks(
    first: int, last: int, most: int, threads: int, work: Callable[[int, int], None]
) -> None:
    """Call ``work(lo, hi)`` for all of ``first..last``, up to ``most`` rows at a time.

    On ``threads`` threads, this one among them: it is on a core already, where it would only wait.
    After an error of ``work``, which is raised, no further block is begun.
    """
    if threads < 1:
        raise ValueError(f"threads must be at least 1, not {threads}")
    blocks = blocks_of(first, last, most, threads)
    left = iter(blocks)  # whoever is free takes the next one; that is one step to the interpreter

    def take_blocks() -> None:
        try:
            for lo, hi in left:
                work(lo, hi)
        except BaseException:
            deque(left, maxlen=0)
            raise

    helpers = min(threads, len(blocks)) - 1
    if helpers < 1:
        take_blocks()
        return
    with ThreadPoolExecutor(helpers) as pool:
        begun = [pool.submit(take_blocks) for _ in range(helpers)]
        take_blocks()
    for helper in begun:
        helper.result()


def blocks_of(first: int, last: int, most: int, threads: int) -> list[tuple[int, int]]:
    """``first..last`` in blocks of up to ``most`` rows.

    Threads take half of what is left between them, and half of that, and so on down to ``LEAST``
    rows: few blocks, and yet all end at about the same time, if one is slower than the others too.
    Source: C. D. Polychronopoulos, D. J. Kuck, Guided self-scheduling, 1987.
    """
    blocks, lo = [], first
    while lo < last:
        share = (last - lo) // (2 * threads * _WHOLE) * _WHOLE if threads > 1 else most
        hi = min(lo + min(max(share, LEAST), most), last)
        blocks.append((lo, hi))
        lo = hi
    return blocks

"""What one pass over a key column tells: is it in order, how many customers, where to look."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

_MARK_EVERY = 8_192


class KeyIndex(NamedTuple):
    """Of neighbouring rows of a table. Equal keys make a run; rows without a key are in none.

    Attributes
    ----------
    start, rows : the first row, and how many there are.
    runs : customers, where no key comes back.
    ascending : no key is below the one before it, nulls first.
    first, last : the keys of the first and the last row, None where they have none.
    mark_rows : int64 ``(marks,)``: some rows, a constant step apart within a piece, the first too.
    mark_keys : their keys.
    runs_before : int64 ``(marks,)``: how many runs start before them.
    """

    start: int
    rows: int
    runs: int
    ascending: bool
    first: Any
    last: Any
    mark_rows: NDArray[np.int64]
    mark_keys: pl.Series
    runs_before: NDArray[np.int64]

    @property
    def stop(self) -> int:
        """The row after the last."""
        return self.start + self.rows


def run_starts(keys: pl.Series, previous: Any = None) -> NDArray[np.int64]:
    """Rows where another customer begins; ``previous`` is the key before the first row."""
    differs = keys.ne_missing(keys.shift(1, fill_value=previous)) & keys.is_not_null()
    return np.flatnonzero(differs.to_numpy()).astype(np.int64)


def index_of(pieces: Iterable[pl.Series], start: int = 0) -> KeyIndex:
    """One pass over the keys from row ``start`` on; memory is a piece and one key of 8,192."""
    found: list[KeyIndex] = []
    for keys in pieces:
        if not keys.is_empty():
            found.append(_index_of_piece(keys, found[-1].stop if found else start))
    return joined(found) if found else _of_no_rows(start)


def joined(indexes: Sequence[KeyIndex]) -> KeyIndex:
    """One index of rows that follow one another."""
    filled = [index for index in indexes if index.rows]
    if not filled:
        return _of_no_rows(indexes[0].start if indexes else 0)
    shared = [False, *(a.last is not None and a.last == b.first for a, b in pairwise(filled))]
    # a run that goes on in the next index is counted where it begins
    before = list(accumulate((i.runs - s for i, s in zip(filled, shared, strict=True)), initial=0))
    return KeyIndex(
        filled[0].start,
        sum(index.rows for index in filled),
        before[-1],
        len(in_order(filled)) == 1 and filled[0].ascending,
        filled[0].first,
        filled[-1].last,
        np.concatenate([index.mark_rows for index in filled]),
        pl.concat([index.mark_keys for index in filled], rechunk=True),
        np.concatenate(
            [
                runs + index.runs_before - (share & (index.runs_before > 0))
                for runs, index, share in zip(before[:-1], filled, shared, strict=True)
            ]
        ),
    )


def in_order(indexes: Sequence[KeyIndex]) -> list[list[KeyIndex]]:
    """The indexes that have rows, neighbours together as long as they ascend as one."""
    found: list[list[KeyIndex]] = []
    for index in indexes:
        if not index.rows:
            continue
        if found and index.ascending and found[-1][-1].ascending and not _falls(found[-1], index):
            found[-1].append(index)
        else:
            found.append([index])
    return found


def _falls(before: Sequence[KeyIndex], index: KeyIndex) -> bool:
    last = before[-1].last
    return last is not None and (index.first is None or bool(index.first < last))


def _index_of_piece(keys: pl.Series, start: int) -> KeyIndex:
    starts = run_starts(keys)
    at = np.arange(0, len(keys), _MARK_EVERY, dtype=np.int64)
    return KeyIndex(
        start,
        len(keys),
        len(starts),
        keys.is_sorted(nulls_last=False),
        keys[0],
        keys[-1],
        start + at,
        keys.gather(at),
        np.searchsorted(starts, at),
    )


def _of_no_rows(start: int) -> KeyIndex:
    none = np.empty(0, dtype=np.int64)
    return KeyIndex(start, 0, 0, True, None, None, none, pl.Series([], dtype=pl.Null), none)

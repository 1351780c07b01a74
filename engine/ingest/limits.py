"""How much is held in memory while a table is brought into customer order."""

from __future__ import annotations

from typing import NamedTuple


class Limits(NamedTuple):
    """Bytes are those of rows in memory, unless they are said to be of a file.

    Attributes
    ----------
    piece_bytes : rows that are read, cut or rewritten at a time.
    range_bytes : rows of one range of keys, which are sorted at a time.
    ranges : the most ranges; each is a file that stays open, and a process may have 1,024.
    sample_every : rows from one sampled key to the next.
    merged : the most sorted files whose rows are merged chunk by chunk. A chunk reads at least a
        page of each: with 48 files and 480,000 rows a chunk that took as long as sorting first.
    group_bytes : of the columns of one row group in a file. Where the file is not in the page
        cache, Polars reads these bytes whole, however few rows of the group are asked for.
    """

    piece_bytes: int = 64 << 20
    range_bytes: int = 96 << 20
    ranges: int = 512
    sample_every: int = 997
    merged: int = 48
    group_bytes: int = 384 << 20

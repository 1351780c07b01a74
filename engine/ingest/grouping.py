"""Customer order: is a table in it, and if not, bring it there in bounded memory.

The order is ascending key, nulls first. A table that is not in it is cut into ranges of the key,
by quantiles of a sample, and sorted range by range; rows of one customer keep their order.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

from engine.ingest.reading import staging
from engine.ingest.table import Table

_SAMPLE_EVERY = 997
_PARTITION_BYTES = 96 << 20
_MAX_RANGES = 512
"""Each is a file that stays open; a process may have 1,024. Beyond 48 GB the ranges grow."""
_PIECE_ROWS = 250_000
_ROW_GROUP = 65_536


def is_sorted(table: Table, key: str) -> bool:
    """Whether the key never falls, nulls first: one pass over the key column."""
    last = None
    for piece in table.stream([key]):
        keys = piece[key]
        if keys.is_empty():
            continue
        falls = last is not None and (keys[0] is None or keys[0] < last)
        if falls or not keys.is_sorted(nulls_last=False):
            return False
        last = keys[-1]
    return True


def is_grouped(table: Table, key: str) -> bool:
    """Whether every customer's rows are contiguous: no key comes back, none is null.

    Runs are compared by 64-bit hashes of their keys; a collision makes a grouped table look
    scattered, which costs time, never a result.
    """
    previous = None
    heads = []
    for piece in table.stream([key]):
        keys = piece[key]
        if keys.null_count():
            return False
        starts = keys.ne_missing(keys.shift(1, fill_value=previous))
        heads.append(keys.filter(starts).hash().to_numpy())
        previous = keys[-1] if len(keys) else previous
    runs = np.concatenate(heads) if heads else np.empty(0)
    return len(np.unique(runs)) == len(runs)


def sort_by_key(table: Table, key: str, folder: Path) -> Table:
    """Writes the rows of ``table`` in customer order into ``folder``, as one file per key range.

    Peak memory is one piece and one range, whatever the number of rows, unless a single customer
    has more.
    """
    bounds = _range_bounds(table, key)
    unsorted = _split(table, key, bounds, folder)
    files = tuple(_sort_file(file, key) for file in unsorted)
    return replace(table, files=files, staged=True, how="grouped first: sorted by key")


def _range_bounds(table: Table, key: str) -> pl.Series:
    """Keys that cut the table into ranges of about equal size; range i ends before bounds[i]."""
    sample = pl.concat(
        [piece[key].gather_every(_SAMPLE_EVERY) for piece in table.stream([key])]
    ).drop_nulls()
    row_bytes = 8 * (len(table.config.columns) + 2)
    ranges = min(1 + table.rows * row_bytes // _PARTITION_BYTES, _MAX_RANGES, len(sample) or 1)
    positions = [len(sample) * i // ranges for i in range(1, ranges)]
    return sample.sort().gather(positions).unique().sort()


def _split(table: Table, key: str, bounds: pl.Series, folder: Path) -> list[Path]:
    files = [folder / f"{number:05d}.arrow" for number in range(len(bounds) + 1)]
    with staging(folder), ExitStack() as stack:
        writers: dict[int, pa.ipc.RecordBatchStreamWriter] = {}
        for start in range(0, table.rows, _PIECE_ROWS):
            piece = table.read(start, min(table.rows, start + _PIECE_ROWS))
            number = bounds.search_sorted(piece[key], side="right").fill_null(0)
            for (where,), part in piece.group_by(number.alias("__range"), maintain_order=True):
                rows = part.to_arrow(compat_level=pl.CompatLevel.oldest())
                if where not in writers:
                    sink = stack.enter_context(pa.OSFile(str(files[where]), "wb"))
                    writers[where] = stack.enter_context(pa.ipc.new_stream(sink, rows.schema))
                writers[where].write_table(rows)
    return [files[number] for number in sorted(writers)]


def _sort_file(file: Path, key: str) -> Path:
    target = file.with_suffix(".parquet")
    with pa.memory_map(str(file)) as source:
        rows = pl.DataFrame(pa.ipc.open_stream(source).read_all())
    ordered = rows.sort(key, nulls_last=False, maintain_order=True)
    with staging(file.parent):
        ordered.write_parquet(target, row_group_size=_ROW_GROUP)
    file.unlink()
    return target

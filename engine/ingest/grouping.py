"""Customer order: is a table in it, and if not, bring it there in bounded memory.

The order is ascending key, nulls first. A table that is not in it is cut into ranges of the key,
by quantiles of a sample, and sorted range by range; rows of one customer keep their order.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
import pyarrow as pa

from engine.ingest.limits import Limits
from engine.ingest.reading import staging
from engine.ingest.table import Table

Role = Literal["alone", "customers", "other"]
"""The only table that has customers; the one whose keys are the customers; any other."""
SORTED = "grouped first: sorted by key"
"""What is said of a table that was sorted, or will be."""
_ROW_GROUP = 65_536
_HEAD_ROWS = 1_000


def role_of(table: str, *, customers: str, keyed: Collection[str]) -> Role:
    """The part that ``table`` plays among ``keyed``, the tables that have customers."""
    if table != customers:
        return "other"
    return "alone" if len(keyed) == 1 else "customers"


def in_place(table: Table, key: str, *, role: Role, limits: Limits) -> Table | None:
    """``table`` as it can be read where it lies; None where it has to be sorted.

    Files that are sorted each are merged chunk by chunk, unless they are the customers: chunks are
    cut by the number of customers, which needs these in one order.
    """
    if table.index(key).ascending:
        return table
    if role == "alone" and is_grouped(table, key):
        return table.ordered("in the order of the file")
    if role == "other":
        files = table.ordered(f"{len(table.origins)} sorted files merged", merged=True)
        sections = files.sections(key)
        if len(sections) <= limits.merged and all(section.ascending for section in sections):
            return files
    return None


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


def sort_by_key(
    table: Table, key: str, folder: Path, *, limits: Limits, note: Callable[[str], None]
) -> Table:
    """Writes the rows of ``table`` in customer order into ``folder``, as one file per key range.

    Peak memory is one piece and one range, whatever the number of rows, unless a single customer
    has more. ``note`` is told how far it is, at most ten times a pass.
    """
    row_bytes = _row_bytes(table)
    bounds = _range_bounds(table, key, row_bytes, limits)
    step = max(1, limits.piece_bytes // row_bytes)
    unsorted = _split(table, key, bounds, folder, step, note)
    files = []
    for number, file in enumerate(unsorted):
        _tell(note, f"{table.name}: ranges sorted", number, len(unsorted))
        files.append(_sort_file(file, key))
    return replace(table, files=tuple(files), staged=True, how=SORTED)


def _tell(note: Callable[[str], None], what: str, done: int, total: int) -> None:
    """Notes every tenth of ten or more steps."""
    if total >= 10 and done and done * 10 // total > (done - 1) * 10 // total:
        note(f"{what}: {done:,} of {total:,}")


def _row_bytes(table: Table) -> int:
    """Bytes of a row in memory, by the first ones."""
    head = table.read(0, min(table.rows, _HEAD_ROWS))
    return 1 + int(head.estimated_size()) // max(head.height, 1)


def _range_bounds(table: Table, key: str, row_bytes: int, limits: Limits) -> pl.Series:
    """Keys that cut the table into ranges of about equal size; range i ends before bounds[i]."""
    sample = pl.concat(
        [piece[key].gather_every(limits.sample_every) for piece in table.stream([key])]
    ).drop_nulls()
    wanted = 1 + table.rows * row_bytes // limits.range_bytes
    ranges = min(wanted, limits.ranges, len(sample) or 1)
    positions = [len(sample) * i // ranges for i in range(1, ranges)]
    return sample.sort().gather(positions).unique().sort()


def _split(
    table: Table,
    key: str,
    bounds: pl.Series,
    folder: Path,
    step: int,
    note: Callable[[str], None],
) -> list[Path]:
    """Appends every row to the file of its range, ``step`` rows at a time."""
    files = [folder / f"{number:05d}.arrow" for number in range(len(bounds) + 1)]
    empty, pieces = table.no_rows(), range(0, table.rows, step)
    with staging(folder), ExitStack() as stack:
        writers: dict[int, pa.ipc.RecordBatchStreamWriter] = {}
        for done, start in enumerate(pieces):
            _tell(note, f"{table.name}: pieces cut into ranges", done, len(pieces))
            piece = table.read(start, min(table.rows, start + step))
            piece = pl.concat([empty, piece], how="diagonal_relaxed")
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
        ordered.write_parquet(
            target, compression="lz4", statistics=False, row_group_size=_ROW_GROUP
        )
    file.unlink()
    return target

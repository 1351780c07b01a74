"""The values and ranks of one table, on disk, and the index of where they lie."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.aggregate.cross_section.block import Block
from engine.aggregate.cross_section.counts import Counts
from engine.aggregate.cross_section.month import Room, rank_month
from engine.aggregate.cross_section.spill import Extent, Spill, fill, load
from engine.aggregate.recipe import Feature
from engine.errors import BookError
from kernels.counted import Counted
from kernels.months import Room as MonthRoom
from kernels.months import by_month, last_by_month, room_for
from kernels.threads import at_once
from kernels.words import Bound

_VALID = "last_valid_rank_in_month"
_BYTES_A_VALUE = 16
"""In memory: a float64, and a place to sort it to."""


class _ByMonth(NamedTuple):
    """Values on disk, month after month, which end at ``ends``, int64 ``(months,)``."""

    all: Extent
    ends: NDArray[np.int64]

    def month(self, number: int) -> Extent:
        """The values of the chunk's ``number``-th month."""
        begin = int(self.ends[number - 1]) if number else 0
        return self.all.slice(begin, int(self.ends[number]))


class _Chunk(NamedTuple):
    """Where a chunk's values (by column) and ranks (by feature) lie.

    After a feature's ranks come their customers (uint32). ``keys``: byte and length of the key of
    each customer, as Arrow.
    """

    months: list[int]
    customers: int
    keys: tuple[int, int]
    values: dict[str, _ByMonth]
    ranks: dict[str, _ByMonth]


class TableRanks:
    """``CrossSections`` of one table; ``files``: of its values, of its ranks."""

    def __init__(
        self,
        files: tuple[Path, Path],
        features: Sequence[Feature],
        *,
        key: str,
        date: str,
        budget_bytes: int,
    ) -> None:
        self._values, self._ranks = Spill(files[0]), Spill(files[1])
        self._features = {
            column: [f for f in features if f.column == column]
            for column in dict.fromkeys(f.column for f in features)
        }
        self._names = [feature.name for feature in features]
        self._key, self._date = key, date
        self._chunks: dict[int, _Chunk] = {}
        self._counts, self._budget = Counts(list(self._features), budget_bytes), budget_bytes

    def add(self, chunk: int, rows: pl.DataFrame, threads: int) -> None:
        """See ``CrossSections``."""
        self._check_types(rows.schema)
        block = Block(rows, key=self._key, date=self._date)
        columns, places = deque(self._features), self._counts.places(block.months)
        index = _Chunk(block.months, block.customers.height, self._add_keys(block), {}, {})

        def work() -> None:
            room = room_for(block.rows.value)
            while columns:
                name = columns.popleft()
                self._add_column(name, block, room, self._counts.of(name, places), index)

        at_once(work, threads)
        self._chunks[chunk] = index

    def _add_column(
        self, name: str, block: Block, room: Bound[MonthRoom], counted: Counted, index: _Chunk
    ) -> None:
        column = block.column(name)
        held = by_month(column, block.rows, room, counted)
        (at,) = self._values.append([held.values])
        extent = Extent(at, held.values.size, held.values.itemsize)
        index.values[name] = _ByMonth(extent, held.ends)
        for feature in self._features[name]:
            valid = feature.statistic == _VALID
            asked = last_by_month(column, block.rows, room, valid=valid)
            at, _ = self._ranks.append([asked.values, asked.customer])
            index.ranks[feature.name] = _ByMonth(Extent(at, asked.values.size), asked.ends)

    def _add_keys(self, block: Block) -> tuple[int, int]:
        keys = _to_bytes(block.customers)
        (at,) = self._ranks.append([keys])
        return at, keys.size

    def _check_types(self, schema: pl.Schema) -> None:
        for column, features in self._features.items():
            dtype = schema[column]
            if not (dtype.is_numeric() or dtype in (pl.Boolean, pl.Null)):
                feature = features[0]
                raise BookError(
                    f"recipe: {feature.statistic} of '{feature.table}.{column}', which is {dtype}"
                )

    def finish(self, threads: int) -> None:
        """See ``CrossSections``."""
        months = _places(self._chunks.values())
        size = max(1, self._budget // (threads * _BYTES_A_VALUE))
        columns = deque(self._features)

        def work() -> None:
            room = Room.of(size)
            while columns:
                self._rank_column(columns.popleft(), months, room)

        if self._chunks:
            at_once(work, threads)
        self._values.remove()

    def _rank_column(self, column: str, months: _Places, room: Room) -> None:
        names = [feature.name for feature in self._features[column]]
        with self._values.open() as values, self._ranks.open() as ranks:
            for month, places in months.items():
                held = [chunk.values[column].month(number) for chunk, number in places]
                asked = [chunk.ranks[f].month(number) for f in names for chunk, number in places]
                times = self._counts.times(column, month)
                rank_month(values, ranks, _not_empty(held), _not_empty(asked), times, room)

    def ranks(self, chunk: int) -> pl.DataFrame:
        """See ``CrossSections``."""
        index = self._chunks[chunk]
        with self._ranks.open() as file:
            keys = np.empty(index.keys[1], np.uint8)
            fill(file, index.keys[0], keys)
            columns = []
            for name in self._names:
                ranks = index.ranks[name]
                customer = np.empty(ranks.all.size, np.uint32)
                fill(file, ranks.all.end, customer)
                values = np.full(index.customers, np.nan)
                values[customer] = load(file, ranks.all)
                columns.append(pl.Series(name, values, nan_to_null=True))
        return _from_bytes(keys).hstack(columns)


_Places: TypeAlias = dict[int, list[tuple[_Chunk, int]]]
"""By month, the chunks that have it, and as their how-manieth."""


def _places(chunks: Iterable[_Chunk]) -> _Places:
    places: _Places = {}
    for chunk in chunks:
        for number, month in enumerate(chunk.months):
            places.setdefault(month, []).append((chunk, number))
    return places


def _not_empty(extents: Iterable[Extent]) -> list[Extent]:
    return [extent for extent in extents if extent.size]


def _to_bytes(frame: pl.DataFrame) -> NDArray[np.uint8]:
    sink = io.BytesIO()
    frame.write_ipc(sink)
    return np.frombuffer(sink.getvalue(), np.uint8)


def _from_bytes(content: NDArray[np.uint8]) -> pl.DataFrame:
    return pl.read_ipc(io.BytesIO(content.tobytes()))

"""Nothing gets lost: every row and customer is used, late or in quarantine, at any chunk size.

A plain Python twin of the contract says which.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any, NamedTuple

import polars as pl
import pytest
from builders import AS_OF, KEY, Raw, batches, prepared, raw
from hypothesis import given, settings
from hypothesis import strategies as st

SCHEMA = {KEY: pl.Int64, "n": pl.Int64, "day": pl.Date, "x": pl.Float64}
EMPTY = {"may_be_empty": True}
SPEC: dict[str, dict[str, Any]] = {
    KEY: {"type": "int64", **EMPTY},
    "n": {"type": "int64"},
    "day": {"type": "date", **EMPTY},
    "x": {"type": "float64", "min": 0, **EMPTY},
}

KEYS = st.one_of(st.none(), *[st.integers(0, 6)] * 9)
DAYS = st.one_of(st.none(), *[st.integers(-3, 1).map(lambda d: AS_OF + timedelta(days=d))] * 9)
NUMBERS = st.one_of(st.none(), st.just(-1.0), *[st.floats(0, 9)] * 18)
ROWS = st.lists(st.tuples(KEYS, st.integers(0, 40), DAYS, NUMBERS), max_size=25)


class Row(NamedTuple):
    key: int | None
    n: int
    day: date | None
    x: float | None


class Twin(NamedTuple):
    """What must come out of the customers (key, x) and rows of two event tables."""

    customers: list[tuple[int | None, float | None]]
    tables: dict[str, list[Row]]
    drop: dict[str, bool]

    @property
    def known(self) -> set[int]:
        return {key for key, _ in self.customers if key is not None}

    def late(self, name: str, row: Row) -> bool:
        known = row.key in self.known and row.day is not None
        return self.drop[name] and known and row.day > AS_OF  # type: ignore[operator]

    def kept(self, name: str) -> list[Row]:
        return [row for row in self.tables[name] if not self.late(name, row)]

    def bad(self) -> set[int | None]:
        found: set[int | None] = set()
        for key, x in self.customers:
            if key is None or x is None or x < 0:
                found.add(key)
        found |= {key for key, times in Counter(k for k, _ in self.customers).items() if times > 1}
        for name in self.tables:
            rows = self.kept(name)
            orders = Counter((row.key, row.n) for row in rows)
            for row in rows:
                wrong = row.key not in self.known or row.day is None or row.x is None or row.x < 0
                late = row.day is not None and row.day > AS_OF and row.key in self.known
                if wrong or late or orders[row.key, row.n] > 1:
                    found.add(row.key)
        return found


@st.composite
def books(draw: st.DrawFn) -> Twin:
    customers = draw(st.lists(st.tuples(KEYS, NUMBERS), min_size=1, max_size=9))
    tables = {name: [Row(*row) for row in draw(ROWS)] for name in ("t", "u")}
    return Twin(customers, tables, {"t": draw(st.booleans()), "u": draw(st.booleans())})


def as_raw(twin: Twin) -> dict[str, Raw]:
    base = pl.DataFrame(twin.customers, schema={KEY: pl.Int64, "x": pl.Float64}, orient="row")
    tables = {"customers": raw("customers", base, {name: SPEC[name] for name in (KEY, "x")})}
    for name, rows in twin.tables.items():
        if rows:
            frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
            late = "drop" if twin.drop[name] else "forbid"
            tables[name] = raw(name, frame, SPEC, order="n", date="day", after_as_of=late)
    return tables


@settings(max_examples=60)
@given(twin=books())
@pytest.mark.parametrize("size", [1, 2, 100])
def test_everything_is_accounted_for(
    size: int, twin: Twin, tmp_path_factory: pytest.TempPathFactory
) -> None:
    tables = prepared(tmp_path_factory.mktemp("counts"), as_raw(twin))
    found = batches(tables, size=size)
    bad = twin.bad()

    scored = [key for batch in found for key in batch.customers[KEY]]
    assert sorted(scored) == sorted(twin.known - bad)
    if len(tables) > 1:  # a single table whose customers are contiguous keeps its own order
        assert scored == sorted(scored)
    assert {key for batch in found for key in batch.violations[KEY]} == bad

    keyless = sum(key is None for key, _ in twin.customers)
    assert sum(batch.quarantined for batch in found) == len(bad - {None}) + keyless
    for batch in found:
        assert batch.read == batch.customers.height + batch.quarantined

    for name in tables.keys() - {"customers"}:
        kept = twin.kept(name)
        used = [row for row in kept if row.key not in bad]
        got = [Row(*row[:4]) for batch in found for row in batch.tables[name].iter_rows()]
        assert got == sorted(used, key=lambda row: (row.key, row.n))
        aside = [batch.quarantined_rows.get(name, pl.DataFrame()) for batch in found]
        counts = [sum(part) for part in zip(*(b.row_counts[name] for b in found), strict=True)]
        late = len(twin.tables[name]) - len(kept)
        assert counts == [len(twin.tables[name]), len(used), late, len(kept) - len(used)]
        assert sum(frame.height for frame in aside) == len(kept) - len(used)
    counts = [sum(part) for part in zip(*(b.row_counts["customers"] for b in found), strict=True)]
    assert counts == [len(twin.customers), len(scored), 0, len(twin.customers) - len(scored)]

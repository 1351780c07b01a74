"""Values by month against their twins, to the bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from segment_cases import NO_BITS, columns

from kernels import reference_months
from kernels.counted import FIRST, SIZE, Counted, below
from kernels.months import Room, Rows, by_month, last_by_month, room_for, rows_of
from kernels.segments import Column
from kernels.words import Bound


@st.composite
def tables(draw: st.DrawFn) -> tuple[Column, Bound[Rows]]:
    """A column of customers of any length, whose rows are in any months or in none."""
    lengths = draw(st.lists(st.integers(1, 12), max_size=9))
    months = draw(st.integers(0, 5))
    size, stop = sum(lengths), np.cumsum(lengths, dtype=np.int64)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    month = rng.integers(0, months + 1, size, dtype=np.int32)
    return draw(columns(size)), rows_of(month, months, stop - np.array(lengths, np.int64), stop)


def used(rows: Bound[Rows]) -> Bound[Room]:
    """Memory that others have written to."""
    room = room_for(rows.value)
    for array in room.value:
        array.fill(99)
    return room


@settings(deadline=None, max_examples=200)
@given(tables(), st.data())
def test_all_values_equal_the_twin(table: tuple[Column, Bound[Rows]], data: st.DataObject) -> None:
    """Chunk after chunk is added to the counts."""
    column, rows = table
    months = rows.value.begin.size - 1
    places = data.draw(st.lists(st.none() | st.integers(0, 6), min_size=months, max_size=months))
    counted = counted_in(places)
    kept, times = reference_months.by_month(column, rows.value, places)
    for chunk in (1, 2):
        found = by_month(column, rows, used(rows), counted)
        assert found.ends.tolist() == np.cumsum([len(month) for month in kept]).tolist()
        expected = np.array([value for month in kept for value in month])
        assert found.values.astype(np.float64).tobytes() == expected.tobytes()
        for place, counts in enumerate(counted.times[:-1]):
            of_number = {FIRST + k: int(counts[k]) for k in np.flatnonzero(counts)}
            expected_of = {n: chunk * times[place][n] for n in times.get(place, {})}
            assert of_number == expected_of


def counted_in(places: list[int | None]) -> Counted:
    return Counted(
        np.array([7 if place is None else place for place in [*places, None]], np.int64),
        np.zeros((8, SIZE), np.int64),
    )


@settings(deadline=None, max_examples=200)
@given(tables(), st.booleans())
def test_last_values_equal_the_twin(table: tuple[Column, Bound[Rows]], valid: bool) -> None:
    column, rows = table
    found = last_by_month(column, rows, used(rows), valid=valid)
    expected = reference_months.last_by_month(column, rows.value, valid=valid)
    assert found.ends.tolist() == np.cumsum([len(month) for month in expected]).tolist()
    in_order = [each for month in expected for each in month]
    assert list(zip(found.values.tolist(), found.customer.tolist(), strict=True)) == in_order


def one_month(*values: float) -> tuple[Column, Bound[Rows]]:
    """Each value is a customer's only one."""
    size = len(values)
    start = np.arange(size)
    rows = rows_of(np.zeros(size, np.int32), 1, start, start + 1)
    return Column(np.array(values), NO_BITS), rows


@pytest.mark.parametrize("value", [1e300, 0.1, 5e-324, 16_777_217.0])
@pytest.mark.parametrize("place", [0, 1_500, 2_999])
def test_values_are_float32_only_where_nothing_is_lost(value: float, place: int) -> None:
    values = np.resize([1.0, -np.inf, 0.5, 2.0**100], 3_000)
    column, rows = one_month(*values)
    assert (
        by_month(column, rows, room_for(rows.value), counted_in([None])).values.dtype == np.float32
    )
    values[place] = value
    column, rows = one_month(*values)
    found = by_month(column, rows, room_for(rows.value), counted_in([None])).values
    assert found.dtype == np.float64
    assert found.tolist() == values.tolist()


def test_what_a_bitmap_hides_may_be_anything() -> None:
    column, rows = one_month(1.0, 0.1, 2.0)
    column = column._replace(valid=np.array([0b101], np.uint8))
    found = by_month(column, rows, room_for(rows.value), counted_in([None])).values
    assert found.dtype == np.float32
    assert found.tolist() == [1.0, 2.0]


def test_which_numbers_are_counted() -> None:
    last = float(FIRST + SIZE - 1)
    whole = [float(FIRST), -1.0, -0.0, 0.0, 0.0, last]
    others = [FIRST - 1.0, last + 1, 0.5, 5e-324, -5e-324, 1e300, -np.inf, np.inf, last + 1e-9]
    column, rows = one_month(*whole, *others, np.nan)
    counted = counted_in([0])
    assert by_month(column, rows, room_for(rows.value), counted).values.tolist() == others
    times = counted.times[0]
    assert {FIRST + int(k): int(times[k]) for k in np.flatnonzero(times)} == {
        FIRST: 1,
        -1: 1,
        0: 3,
        last: 1,
    }
    assert below(times)[[0, 1, -FIRST, -FIRST + 1, -1]].tolist() == [0, 1, 2, 5, 6]


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"month": np.array([0, 3, 0], np.int32)}, "months must be 0 to 2, not 0 to 3"),
        ({"month": np.array([0, -1, 0], np.int32)}, "months must be 0 to 2, not -1 to 0"),
        ({"start": np.array([-1])}, "customers must have rows of 0 to 3"),
        ({"start": np.array([3])}, "customers must have rows of 0 to 3"),
        ({"stop": np.array([4])}, "customers must have rows of 0 to 3"),
        ({"values": np.zeros(2)}, "must be float32 or float64 .3,., not float64 .2,."),
        ({"values": np.zeros(3, np.int64)}, "must be float32 or float64 .3,., not int64"),
        ({"offset": 6}, "at least 9 bits, not 8"),
    ],
)
def test_what_is_refused(changes: dict[str, Any], match: str) -> None:
    given = {
        "month": np.zeros(3, np.int32),
        "start": np.array([0]),
        "stop": np.array([3]),
        "values": np.zeros(3),
        "offset": 0,
    } | changes
    column = Column(given["values"], np.zeros(1, np.uint8), given["offset"])
    with pytest.raises(ValueError, match=match):
        made(column, given["month"], given["start"], given["stop"])


def made(column: Column, month: Any, start: Any, stop: Any) -> None:
    rows = rows_of(month, 2, start, stop)
    by_month(column, rows, room_for(rows.value), counted_in([None, None]))

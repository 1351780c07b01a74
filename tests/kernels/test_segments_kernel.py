"""The segment kernel and its readable twin: equal to the bit."""

from __future__ import annotations

import hashlib
import itertools
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from segment_cases import EVERY, LENGTHS, NO_BITS, asks, columns, packed, segments_in, values_in

from kernels import reference_segments
from kernels.segments import (
    Ask,
    Codes,
    Column,
    Results,
    Room,
    Segments,
    Statistic,
    last_rows,
    segment_statistics,
)


def one_customer(*values: float, dtype: type = np.float64) -> tuple[Column, Segments]:
    x = np.array(values, dtype)
    start, stop = np.array([0]), np.array([x.size])
    return Column(x, NO_BITS), Segments(start, stop, start[None])


def made(
    column: Column, segments: Segments, *statistics: Statistic, diff: bool = False
) -> list[float]:
    of = [Ask(0, statistic, diff) for statistic in statistics]
    (found,) = segment_statistics([column], segments, [of], threads=1)
    return found.values[:, 0].tolist()


def same(found: Results, expected: Results) -> bool:
    return all(
        one.dtype == other.dtype and one.tobytes() == other.tobytes()
        for one, other in zip(found, expected, strict=True)
    )


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_statistics_equal_the_twin(data: st.DataObject) -> None:
    lengths = data.draw(st.lists(st.sampled_from(LENGTHS), max_size=20))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    segments = segments_in(rng, lengths, data.draw(st.sampled_from([0, 0, 2])))
    rows = int(segments.stop.max(initial=0)) + data.draw(st.integers(0, 3))
    some = data.draw(st.lists(columns(rows), max_size=3))
    of = [data.draw(asks(3)) for _ in some]
    expected = reference_segments.segment_statistics(some, segments, of)
    for threads in (1, 2):
        found = segment_statistics(some, segments, of, threads=threads)
        assert all(itertools.starmap(same, zip(found, expected, strict=True)))


@pytest.mark.parametrize("kind", ["few", "noise", "far"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_statistic_of_every_length(kind: str, dtype: type) -> None:
    rng = np.random.default_rng(4)
    segments = segments_in(rng, [*range(40), 200], 0)
    rows = int(segments.stop[-1])
    known = rng.random(rows) < 0.92
    column = Column(values_in(rng, rows, dtype, kind), packed(known, 5, rng), 5)
    of = [ask._replace(window=window) for ask in EVERY for window in range(3)]
    (found,) = segment_statistics([column], segments, [of], threads=1)
    (expected,) = reference_segments.segment_statistics([column], segments, [of])
    assert same(found, expected)


def test_bits_are_frozen() -> None:
    """One case: if these change, so do scores, and the CHANGELOG says so."""
    x = np.sin(np.arange(1.0, 300.0) ** 2).astype(np.float32)
    x[::11] = np.nan
    stop = np.cumsum([13, 1, 0, 12, 123, 2, 13, 60])
    segments = Segments(
        stop - np.diff(stop, prepend=0), stop, (stop - np.diff(stop, prepend=0))[None]
    )
    (found,) = segment_statistics([Column(x, NO_BITS)], segments, [EVERY], threads=2)
    digest = hashlib.sha256(found.values.tobytes() + found.valid.tobytes()).hexdigest()
    assert digest == "c461896a1055492f59d31ced745f8a83fe9364f34782f07de7da278d28a61c4d"


def test_a_customer_depends_on_its_own_rows_alone() -> None:
    rng = np.random.default_rng(1)
    segments = segments_in(rng, rng.choice(LENGTHS, 21).tolist(), 0)
    x = Column(rng.normal(size=int(segments.stop[-1])), NO_BITS)
    (whole,) = segment_statistics([x], segments, [EVERY], threads=1)
    for k in range(21):
        alone = Segments(
            segments.start[k:][:1], segments.stop[k:][:1], segments.first[:, k:][:, :1]
        )
        (found,) = segment_statistics([x], alone, [EVERY], threads=1)
        assert found.values[:, 0].tobytes() == whole.values[:, k].tobytes()


def test_by_hand() -> None:
    nan = np.nan
    column, segments = one_customer(3.0, 1.0, nan, 3.0, 5.0, 3.0, nan)
    some = [s for s in Statistic if s is not Statistic.LAG]
    found = dict(zip(some, made(column, segments, *some), strict=True))
    assert found == {
        Statistic.COUNT: 5.0,
        Statistic.SUM: 15.0,
        Statistic.MEAN: 3.0,
        Statistic.STD: pytest.approx(2.0**0.5, rel=1e-15),
        Statistic.MIN: 1.0,
        Statistic.MAX: 5.0,
        Statistic.RANGE: 4.0,
        Statistic.FIRST: 3.0,
        Statistic.LAST: pytest.approx(nan, nan_ok=True),
        Statistic.LAST_VALID: 3.0,
        Statistic.NUNIQUE: 3.0,
        Statistic.LAST_MINUS_MEAN: pytest.approx(nan, nan_ok=True),
        Statistic.LAST_MINUS_FIRST: pytest.approx(nan, nan_ok=True),
        Statistic.LAST_RANK: pytest.approx(nan, nan_ok=True),
        Statistic.LAST_VALID_RANK: (1.0 + (3.0 + 1.0) / 2.0) / 5.0,
    }
    assert made(column, segments, Statistic.COUNT, Statistic.SUM, diff=True) == [3.0, -2.0]


@pytest.mark.parametrize("rows", [2, 13, 123, 100_000])
def test_std_of_noise_far_from_zero(rows: int) -> None:
    """Values that are exact at 1e9, so that the same noise at 0 says what is right."""
    noise = np.random.default_rng(rows).integers(-8, 9, rows) / 1024.0
    (far,) = made(*one_customer(*(1e9 + noise)), Statistic.STD)
    assert far == pytest.approx(noise.std(ddof=1), rel=1e-12, abs=0.0)


def test_std_of_equal_values_is_zero() -> None:
    rng = np.random.default_rng(0)
    lengths = rng.integers(2, 300, 500)
    x = np.repeat(rng.random(500) * 10.0 ** rng.integers(-3, 9, 500), lengths)
    segments = segments_in(rng, lengths.tolist(), 0)
    (found,) = segment_statistics(
        [Column(x, NO_BITS)], segments, [[Ask(0, Statistic.STD)]], threads=1
    )
    assert (found.values == 0.0).all()


def test_one_value_has_no_std() -> None:
    (one,) = made(*one_customer(0.1), Statistic.STD)
    assert np.isnan(one)


def test_a_zero_that_is_lowest_or_highest_is_positive() -> None:
    found = made(*one_customer(-0.0, -0.0), Statistic.MIN, Statistic.MAX, Statistic.LAST)
    assert np.signbit(found).tolist() == [False, False, True]


def test_infinite_values_do_no_harm() -> None:
    rng = np.random.default_rng(0)
    x = rng.choice(np.array([np.inf, -np.inf, 1.0, np.nan]), 400)
    segments = segments_in(rng, [0, 1, 13, 123, 2, 3, 200], 0)
    (found,) = segment_statistics([Column(x, NO_BITS)], segments, [EVERY], threads=1)
    (expected,) = reference_segments.segment_statistics([Column(x, NO_BITS)], segments, [EVERY])
    assert same(found, expected)


def test_many_different_values_are_counted() -> None:
    x = np.random.default_rng(0).permutation(100_000).astype(np.float64)
    x[::2] = x[1::2]
    assert made(*one_customer(*x), Statistic.NUNIQUE, Statistic.COUNT) == [50_000.0, 100_000.0]


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_codes_are_counted_as_other_numbers_are(data: st.DataObject) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    segments = segments_in(rng, data.draw(st.lists(st.sampled_from(LENGTHS), max_size=20)), 0)
    rows, below = int(segments.stop.max(initial=0)), data.draw(st.sampled_from([1, 5, 300]))
    values = rng.integers(0, below, rows).astype(data.draw(st.sampled_from([np.float32, float])))
    column = Column(values, packed(rng.random(rows) < 0.9, 3, rng), 3)
    distinct = [Ask(w, Statistic.NUNIQUE, diff) for w in range(3) for diff in (False, True)]
    of = [*data.draw(asks(3)), *distinct]
    (found,) = segment_statistics([Codes(column, below)], segments, [of], threads=1)
    (expected,) = reference_segments.segment_statistics([column], segments, [of])
    assert same(found, expected)


def test_a_code_is_new_to_each_customer() -> None:
    """Also one that nobody had since the customer eight places before."""
    start = np.arange(0, 51, 3)
    column = Column(np.repeat(np.arange(17.0) % 8, 3), NO_BITS)
    segments = Segments(start, start + 3, start[None])
    of = [Ask(0, Statistic.NUNIQUE)]
    (found,) = segment_statistics([Codes(column, 8)], segments, [of], threads=1)
    assert (found.values == 1.0).all()


def test_last_rows() -> None:
    start, stop = np.array([0, 0, 2, 12]), np.array([0, 2, 12, 15])
    assert last_rows(start, stop, 3).tolist() == [0, 0, 9, 12]


def test_a_difference_reaches_before_its_window() -> None:
    """Of the rows in the window, to the row before, which is in the window or not."""
    column, segments = one_customer(1.0, 4.0, 9.0, 16.0)
    segments = segments._replace(first=np.array([[2]]))
    found = made(column, segments, Statistic.FIRST, Statistic.SUM, diff=True)
    assert found == [5.0, 12.0]
    whole = segments._replace(first=np.array([[0]]))
    assert made(column, whole, Statistic.COUNT, Statistic.SUM, diff=True) == [3.0, 15.0]


def test_an_empty_window_has_no_last_row() -> None:
    column, segments = one_customer(1.0, 4.0)
    segments = segments._replace(first=np.array([[2]]))
    found = made(column, segments, Statistic.COUNT, Statistic.SUM, Statistic.NUNIQUE)
    assert found == [0.0, 0.0, 0.0]
    lost = made(column, segments, Statistic.LAST, Statistic.LAG, Statistic.MEAN, Statistic.MIN)
    assert np.isnan(lost).all()


def test_memory_is_used_again_unless_somebody_holds_it() -> None:
    column, segments = one_customer(*range(9))
    room = Room()

    def address_of(results: list[Results]) -> int:
        return int(results[0].values.__array_interface__["data"][0])

    def sums() -> list[Results]:
        asks = [[Ask(0, Statistic.SUM)]]
        return segment_statistics([column], segments, asks, threads=1, room=room)

    first = sums()
    address = address_of(first)
    second = sums()
    assert address_of(second) != address
    address = address_of(second)
    values = second[0].values[0]
    del first, second
    assert address_of(sums()) != address
    assert values.tolist() == [36.0]
    address = address_of(sums())
    assert address_of(sums()) == address


def test_no_columns_no_asks_no_customers() -> None:
    column, segments = one_customer(1.0)
    none = np.zeros(0, np.int64)
    assert segment_statistics([], segments, [], threads=2) == []
    (found,) = segment_statistics([column], segments, [[]], threads=2)
    assert [x.shape for x in found] == [(0, 1), (0, 1), (0,)]
    nobody = Segments(none, none, none[None])
    (found,) = segment_statistics([column], nobody, [EVERY], threads=2)
    assert [x.shape for x in found] == [(len(EVERY), 0), (len(EVERY), 0), (len(EVERY),)]


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"threads": 0}, "threads must be at least 1"),
        ({"asks": []}, "1 columns, but 0 sequences of asks"),
        ({"asks": [[Ask(1, Statistic.SUM)]]}, "window and lag must be there, not 1 and 0"),
        ({"asks": [[Ask(0, Statistic.LAG, lag=-1)]]}, "window and lag must be there, not 0 and -1"),
        ({"columns": [Column(np.zeros(2), NO_BITS)]}, "with 3 rows"),
        ({"columns": [Column(np.zeros(3, np.int64), NO_BITS)]}, "float32 or float64"),
        ({"columns": [Column(np.zeros((3, 1)), NO_BITS)]}, "float32 or float64"),
        ({"columns": [Column(np.zeros(3), np.zeros(1, np.uint8), 6)]}, "at least 9 bits, not 8"),
        ({"columns": [Column(np.zeros(3), np.zeros(1, np.int8))]}, "must be uint8"),
        ({"columns": [Column(np.zeros(6)[::2], NO_BITS)]}, "C order"),
        ({"start": np.array([0, 3])}, "start .2,., stop .1,. and first .1, 1. differ"),
        ({"start": np.array([-1])}, "does not hold everywhere"),
        ({"stop": np.array([-1])}, "does not hold everywhere"),
        ({"first": np.array([[4]])}, "does not hold everywhere"),
        ({"stop": np.array([3], np.int32)}, "must be int64"),
    ],
)
def test_what_is_refused(changes: dict[str, Any], match: str) -> None:
    given = {
        "columns": [Column(np.zeros(3), NO_BITS)],
        "start": np.array([0]),
        "stop": np.array([3]),
        "first": np.array([[0]]),
        "asks": [[Ask(0, Statistic.SUM)]],
        "threads": 1,
    } | changes
    segments = Segments(given.pop("start"), given.pop("stop"), given.pop("first"))
    with pytest.raises(ValueError, match=match):
        segment_statistics(segments=segments, **given)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_column_may_be_made_by_the_thread_that_needs_it(threads: int) -> None:
    segments = Segments(np.array([0, 2]), np.array([2, 3]), np.array([[0, 2]]))
    columns = [Column(np.arange(3.0) + k, NO_BITS) for k in range(5)]
    sums = [[Ask(0, Statistic.SUM)]] * 5
    expected = segment_statistics(columns, segments, sums, threads=1)
    makers = [partial(Column, *column) for column in columns]
    for one, other in zip(
        segment_statistics(makers, segments, sums, threads=threads), expected, strict=True
    ):
        assert one.values.tobytes() == other.values.tobytes()
    makers[3] = partial(Column, np.arange(2.0), NO_BITS)
    with pytest.raises(ValueError, match="with 3 rows"):
        segment_statistics(makers, segments, sums, threads=threads)

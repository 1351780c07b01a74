"""Every statistic, window and kind against a plain Python twin."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from aggregate_cases import Row, table_of, twin
from builders import AS_OF, KEY
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.aggregate import Feature, RecipeConfig, expand
from engine.aggregate.statistics import STATISTICS, needs_numbers
from engine.errors import BookError

WANTED = (*STATISTICS, "lag_1", "lag_3")
OF_ANYTHING = tuple(name for name in WANTED if not needs_numbers(name))
WINDOWS = ("all", "last_1", "last_3", "last_1d", "last_3d", "last_30d", "picked")
FILTERS = {"picked": "chosen = true"}

Customers = list[list[Row]]


def features(statistics: Any = WANTED, windows: Any = WINDOWS, of: Any = ("value", "diff")) -> Any:
    recipe = RecipeConfig(
        table="t",
        columns=("x",),
        statistics=tuple(statistics),
        windows=tuple(windows),
        of=tuple(of),
    )
    return expand([recipe], {})


def computed(customers: Customers, wanted: Any, dtype: Any = pl.Float64) -> list[dict[str, Any]]:
    """The features of customers 0, 1, 2, ..., by name."""
    rows = [(key, *row, AS_OF) for key, rows in enumerate(customers) for row in rows]
    schema = {KEY: pl.Int64, "day": pl.Date, "x": dtype, "chosen": pl.Boolean, "as_of": pl.Date}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    found = table_of(frame, wanted, customers=range(len(customers)), filters=FILTERS)
    assert found.columns == [feature.name for feature in wanted]
    return found.to_dicts()


def days(*offsets: int) -> list[date]:
    return [AS_OF + timedelta(days=offset) for offset in offsets]


def series(*values: Any) -> list[Row]:
    """A row a day, the last one on the as-of date."""
    start = 1 - len(values)
    return [Row(AS_OF + timedelta(days=start + i), value) for i, value in enumerate(values)]


def customers_of(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Customers]:
    """Up to four customers with up to six rows on different days, some after the as-of date."""
    offsets = st.one_of(st.integers(-4, 2), st.integers(-40, 2))
    row = st.tuples(offsets, st.one_of(st.none(), values, values, values), st.booleans())
    one = st.lists(row, max_size=6, unique_by=lambda r: r[0]).map(
        lambda rows: [
            Row(AS_OF + timedelta(days=o), v, c) for o, v, c in sorted(rows, key=lambda r: r[0])
        ]
    )
    return st.lists(one, min_size=1, max_size=4)


EIGHTHS = st.integers(-400, 400).map(lambda n: n / 8)
"""Their sums and differences are exact in float64, so the twin must agree to the bit."""
WILD = st.floats(-1e9, 1e9, allow_subnormal=False)


@settings(max_examples=80)
@given(customers=customers_of(EIGHTHS))
@example(customers=[[], series(None), series(1.5), series(None, 2.0, None)])
def test_numbers(customers: Customers) -> None:
    wanted = features()
    for rows, found in zip(customers, computed(customers, wanted), strict=True):
        for feature in wanted:
            expected = twin(rows, feature)
            if feature.statistic == "std" and expected is not None:
                expected = pytest.approx(expected, rel=1e-12, abs=1e-12)
            assert found[feature.name] == expected, (feature.name, rows)


@settings(max_examples=40)
@given(customers=customers_of(WILD))
def test_wild_numbers(customers: Customers) -> None:
    wanted = features()
    for rows, found in zip(customers, computed(customers, wanted), strict=True):
        scale = max((abs(row.value) for row in rows if row.value is not None), default=0.0)
        for feature in wanted:
            expected = twin(rows, feature)
            if expected is None:
                assert found[feature.name] is None, (feature.name, rows)
            else:
                near = pytest.approx(expected, rel=1e-9, abs=scale * 1e-7)
                assert found[feature.name] == near, (feature.name, rows)


@settings(max_examples=40)
@given(customers=customers_of(st.sampled_from(["", "a", "B", "é", "aa", "10", "9"])))
def test_strings(customers: Customers) -> None:
    wanted = features(OF_ANYTHING, of=["value"])
    for rows, found in zip(customers, computed(customers, wanted, pl.String), strict=True):
        assert found == {feature.name: twin(rows, feature) for feature in wanted}


@settings(max_examples=40)
@given(customers=customers_of(st.dates(date(1900, 1, 1), date(2100, 1, 1))))
def test_dates(customers: Customers) -> None:
    wanted = features(OF_ANYTHING, of=["value"])
    for rows, found in zip(customers, computed(customers, wanted, pl.Date), strict=True):
        assert found == {feature.name: twin(rows, feature) for feature in wanted}


BY_HAND = {
    "count": (3.0, 2.0, 1.0, 1.0),
    "sum": (12.0, 8.0, 6.0, 6.0),
    "mean": (4.0, 4.0, 6.0, 6.0),
    "std": (3.0, pytest.approx(18**0.5), None, None),
    "min": (1.0, 1.0, 6.0, 6.0),
    "max": (7.0, 7.0, 6.0, 6.0),
    "range": (6.0, 6.0, 0.0, 0.0),
    "first": (4.0, 1.0, None, None),
    "last": (7.0, 7.0, 6.0, 6.0),
    "last_valid": (7.0, 7.0, 6.0, 6.0),
    "nunique": (3.0, 2.0, 1.0, 1.0),
    "last_minus_mean": (3.0, 3.0, 0.0, 0.0),
    "last_minus_first": (3.0, 6.0, None, None),
    "last_rank": (1.0, 1.0, 1.0, 1.0),
    "last_valid_rank": (1.0, 1.0, 1.0, 1.0),
    "lag_1": (1.0, 1.0, None, None),
    "lag_2": (None, None, None, None),
    "lag_3": (4.0, None, None, None),
}
"""Of 4, null, 1, 7: all, the last two; the same of differences, of which only 7 - 1 is known."""


def test_by_hand() -> None:
    wanted = features(BY_HAND, windows=["all", "last_2"])
    (found,) = computed([series(4.0, None, 1.0, 7.0)], wanted)
    kinds = ["x", "x__last_2", "x__diff", "x__diff__last_2"]
    for statistic, values in BY_HAND.items():
        assert [found[f"{kind}__{statistic}"] for kind in kinds] == list(values), statistic


@pytest.mark.parametrize(
    ("values", "last", "last_valid"),
    [
        ((3.0, 1.0, 2.0), 2 / 3, 2 / 3),
        ((2.0, 1.0, 2.0), 2.5 / 3, 2.5 / 3),
        ((2.0, 2.0), 0.75, 0.75),
        ((5.0, 1.0, None), None, 0.5),
        ((-0.0, 0.0), 0.75, 0.75),
    ],
)
def test_rank_by_hand(values: Any, last: float | None, last_valid: float) -> None:
    """(less + (equal + 1) / 2) / count"""
    (found,) = computed(
        [series(*values)], features(["last_rank", "last_valid_rank"], ["all"], ["value"])
    )
    assert found == {"x__last_rank": last, "x__last_valid_rank": last_valid}


def test_difference_looks_back_beyond_the_window() -> None:
    (wanted,) = features(["last"], ["last_1"], ["diff"])
    assert computed([series(4.0, 7.0)], [wanted]) == [{"x__diff__last_1__last": 3.0}]


def test_difference_does_not_reach_the_customer_before() -> None:
    wanted = features(["first", "count"], ["all"], ["diff"])
    found = computed([series(4.0), series(7.0, 9.0)], wanted)
    assert found == [
        {"x__diff__first": None, "x__diff__count": 0.0},
        {"x__diff__first": None, "x__diff__count": 1.0},
    ]


def test_customer_without_rows() -> None:
    wanted = features(windows=["all", "last_3", "last_3d"])
    (found, _) = computed([[], series(1.0)], wanted)
    for feature in wanted:
        zero = feature.statistic in ("count", "sum", "nunique")
        assert found[feature.name] == (0.0 if zero else None)


def test_rows_that_are_all_null_or_out_of_the_window() -> None:
    wanted = features(windows=["last_3d"])
    old = [Row(AS_OF - timedelta(days=90), 5.0)]
    for rows in (series(None, None), old):
        (found,) = computed([rows], wanted)
        for feature in wanted:
            zero = feature.statistic in ("count", "sum", "nunique")
            assert found[feature.name] == (0.0 if zero else None)


def test_days_of_a_window() -> None:
    """as_of - d < date <= as_of"""
    rows = [Row(day, float(i)) for i, day in enumerate(days(-31, -30, -29, -1, 0, 1))]
    wanted = features(["first", "last", "count"], ["last_1d", "last_30d"], ["value"])
    assert computed([rows], wanted) == [
        {
            "x__last_1d__first": 4.0,
            "x__last_1d__last": 4.0,
            "x__last_1d__count": 1.0,
            "x__last_30d__first": 2.0,
            "x__last_30d__last": 4.0,
            "x__last_30d__count": 3.0,
        }
    ]


def test_datetimes_count_by_their_day() -> None:
    moments = [
        datetime(2026, 6, 29, 0, 1),
        datetime(2026, 6, 29, 23, 59),
        datetime(2026, 6, 30, 23),
    ]
    frame = pl.DataFrame({KEY: 1, "day": moments, "x": [1.0, 2.0, 4.0], "as_of": AS_OF})
    wanted = features(["sum"], ["last_1d", "last_2d"], ["value"])
    assert table_of(frame, wanted).rows() == [(4.0, 7.0)]


def test_each_customer_has_its_own_window() -> None:
    as_of = [AS_OF, AS_OF - timedelta(days=10)]
    frame = pl.DataFrame({KEY: [1, 2], "day": days(-10, -10), "x": [1.0, 1.0], "as_of": as_of})
    wanted = features(["count"], ["last_5d"], ["value"])
    assert table_of(frame, wanted).rows() == [(0.0,), (1.0,)]


@pytest.mark.parametrize("dtype", [pl.Int64, pl.Boolean, pl.Float64, pl.Null])
def test_features_of_numbers_are_float64(dtype: Any) -> None:
    """Also of the order and the tie, which stay integers until here."""
    wanted = features(windows=["all"], of=["value"])
    values = pl.Series("x", [None] if dtype == pl.Null else [1], dtype=dtype, strict=False)
    frame = pl.DataFrame({KEY: [1], "day": [AS_OF], "x": values, "as_of": [AS_OF]})
    assert set(table_of(frame, wanted).dtypes) == {pl.Float64}


def test_chunk_without_any_customer() -> None:
    assert computed([], features()) == []


def test_chunk_without_any_row() -> None:
    found = computed([[], []], features())
    assert len(found) == 2
    assert {found[0][f.name] for f in features(["count"])} == {0.0}


@pytest.mark.parametrize(("dtype", "name"), [(pl.String, "String"), (pl.Date, "Date")])
@pytest.mark.parametrize(
    ("statistic", "of"), [*((s, "value") for s in STATISTICS if needs_numbers(s)), ("last", "diff")]
)
def test_numbers_are_asked_of_numbers(dtype: Any, name: str, statistic: str, of: str) -> None:
    wanted: tuple[Feature, ...] = features([statistic], ["all"], [of])
    what = "diff" if of == "diff" else statistic
    with pytest.raises(BookError, match=rf"recipe: {what} of 't\.x', which is {name}"):
        computed([[Row(AS_OF, None)]], wanted, dtype)

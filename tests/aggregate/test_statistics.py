"""Every statistic, window and kind against a plain Python twin."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, get_args

import polars as pl
import pytest
from aggregate_cases import Row, twin
from builders import AS_OF, KEY
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.aggregate import Feature, RecipeConfig, expand
from engine.aggregate.config import Statistic
from engine.aggregate.features import NUMBERS_ONLY, aggregate_table
from engine.errors import BookError

STATISTICS = get_args(Statistic)
OF_ANYTHING = tuple(name for name in STATISTICS if name not in NUMBERS_ONLY)
WINDOWS = ("all", "last_1", "last_3", "last_1d", "last_3d", "last_30d")

Customers = list[list[Row]]


def features(
    statistics: Any = STATISTICS, windows: Any = WINDOWS, of: Any = ("value", "diff")
) -> Any:
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
    schema = {KEY: pl.Int64, "day": pl.Date, "x": dtype, "as_of": pl.Date}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    base = pl.DataFrame({KEY: pl.Series(range(len(customers)), dtype=pl.Int64)})
    found = aggregate_table(frame, wanted, base, key=KEY, date="day")
    assert found.columns == [KEY, *(feature.name for feature in wanted)]
    assert found[KEY].to_list() == list(range(len(customers)))
    return found.drop(KEY).to_dicts()


def days(*offsets: int) -> list[date]:
    return [AS_OF + timedelta(days=offset) for offset in offsets]


def series(*values: Any) -> list[Row]:
    """A row a day, the last one on the as-of date."""
    start = 1 - len(values)
    return [Row(AS_OF + timedelta(days=start + i), value) for i, value in enumerate(values)]


def customers_of(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Customers]:
    """Up to four customers with up to six rows on different days, some after the as-of date."""
    offsets = st.one_of(st.integers(-4, 2), st.integers(-40, 2))
    row = st.tuples(offsets, st.one_of(st.none(), values, values, values))
    one = st.lists(row, max_size=6, unique_by=lambda r: r[0]).map(
        lambda rows: [
            Row(AS_OF + timedelta(days=o), v) for o, v in sorted(rows, key=lambda r: r[0])
        ]
    )
    return st.lists(one, min_size=1, max_size=4)


EIGHTHS = st.integers(-400, 400).map(lambda n: n / 8)
"""Their sums and differences are exact in float64, so the twin must agree to the bit."""
WILD = st.floats(-1e9, 1e9, allow_subnormal=False)


@settings(max_examples=150)
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


@settings(max_examples=80)
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


@settings(max_examples=80)
@given(customers=customers_of(st.sampled_from(["", "a", "B", "é", "aa", "10", "9"])))
def test_strings(customers: Customers) -> None:
    wanted = features(OF_ANYTHING, of=["value"])
    for rows, found in zip(customers, computed(customers, wanted, pl.String), strict=True):
        assert found == {feature.name: twin(rows, feature) for feature in wanted}


@settings(max_examples=80)
@given(customers=customers_of(st.dates(date(1900, 1, 1), date(2100, 1, 1))))
def test_dates(customers: Customers) -> None:
    wanted = features(OF_ANYTHING, of=["value"])
    for rows, found in zip(customers, computed(customers, wanted, pl.Date), strict=True):
        assert found == {feature.name: twin(rows, feature) for feature in wanted}


def test_by_hand() -> None:
    wanted = features(windows=["all", "last_2"])
    (found,) = computed([series(4.0, None, 1.0, 7.0)], wanted)
    assert found == {
        **{"x__count": 3.0, "x__sum": 12.0, "x__mean": 4.0, "x__std": 3.0, "x__min": 1.0},
        **{"x__max": 7.0, "x__first": 4.0, "x__last": 7.0, "x__last_valid": 7.0},
        **{"x__nunique": 3.0, "x__last_minus_mean": 3.0},
        **{"x__last_2__count": 2.0, "x__last_2__sum": 8.0, "x__last_2__mean": 4.0},
        **{"x__last_2__std": pytest.approx(18**0.5), "x__last_2__min": 1.0, "x__last_2__max": 7.0},
        **{"x__last_2__first": 1.0, "x__last_2__last": 7.0, "x__last_2__last_valid": 7.0},
        **{"x__last_2__nunique": 2.0, "x__last_2__last_minus_mean": 3.0},
        # 4, null, 1, 7: only 7 - 1 has both sides
        **{"x__diff__count": 1.0, "x__diff__sum": 6.0, "x__diff__mean": 6.0, "x__diff__std": None},
        **{"x__diff__min": 6.0, "x__diff__max": 6.0, "x__diff__first": None, "x__diff__last": 6.0},
        **{"x__diff__last_valid": 6.0, "x__diff__nunique": 1.0, "x__diff__last_minus_mean": 0.0},
        **{
            "x__diff__last_2__count": 1.0,
            "x__diff__last_2__sum": 6.0,
            "x__diff__last_2__mean": 6.0,
        },
        **{"x__diff__last_2__std": None, "x__diff__last_2__min": 6.0, "x__diff__last_2__max": 6.0},
        **{"x__diff__last_2__first": None, "x__diff__last_2__last": 6.0},
        **{"x__diff__last_2__last_valid": 6.0, "x__diff__last_2__nunique": 1.0},
        "x__diff__last_2__last_minus_mean": 0.0,
    }


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
    base = pl.DataFrame({KEY: [1]})
    wanted = features(["sum"], ["last_1d", "last_2d"], ["value"])
    found = aggregate_table(frame, wanted, base, key=KEY, date="day")
    assert found.rows() == [(1, 4.0, 7.0)]


def test_each_customer_has_its_own_window() -> None:
    as_of = [AS_OF, AS_OF - timedelta(days=10)]
    frame = pl.DataFrame({KEY: [1, 2], "day": days(-10, -10), "x": [1.0, 1.0], "as_of": as_of})
    base = pl.DataFrame({KEY: [1, 2]})
    wanted = features(["count"], ["last_5d"], ["value"])
    assert aggregate_table(frame, wanted, base, key=KEY, date="day").rows() == [(1, 0.0), (2, 1.0)]


@pytest.mark.parametrize("dtype", [pl.Int64, pl.Boolean, pl.Float64, pl.Null])
def test_features_of_numbers_are_float64(dtype: Any) -> None:
    """Also of the order and the tie, which stay integers until here."""
    wanted = features(STATISTICS if dtype != pl.Boolean else OF_ANYTHING, ["all"], ["value"])
    values = pl.Series("x", [None] if dtype == pl.Null else [1], dtype=dtype, strict=False)
    frame = pl.DataFrame({KEY: [1], "day": [AS_OF], "x": values, "as_of": [AS_OF]})
    found = aggregate_table(frame, wanted, pl.DataFrame({KEY: [1]}), key=KEY, date="day")
    assert set(found.drop(KEY).dtypes) == {pl.Float64}


def test_chunk_without_any_row() -> None:
    found = computed([[], []], features())
    assert len(found) == 2
    assert {found[0][f.name] for f in features(["count"])} == {0.0}


@pytest.mark.parametrize(("dtype", "name"), [(pl.String, "String"), (pl.Date, "Date")])
@pytest.mark.parametrize(
    ("statistic", "of"), [*((s, "value") for s in NUMBERS_ONLY), ("last", "diff")]
)
def test_numbers_are_asked_of_numbers(dtype: Any, name: str, statistic: str, of: str) -> None:
    wanted: tuple[Feature, ...] = features([statistic], ["all"], [of])
    what = "diff" if of == "diff" else statistic
    with pytest.raises(BookError, match=rf"recipe: {what} of 't\.x', which is {name}"):
        computed([[Row(AS_OF, None)]], wanted, dtype)

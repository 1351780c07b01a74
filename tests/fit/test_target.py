"""Who is bad: every customer in exactly one class; edges of the window and of maturity."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from fit_cases import AS_OF, table_form
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BookError, DataError
from engine.fit import TargetConfig, build_target, merge_targets

DAY = dt.timedelta(days=1)


def label(rows, *, as_of=AS_OF, **changes):
    """The class counts and the target of one customer with performance ``rows`` (date, dpd)."""
    customers = pl.DataFrame({"id": [1], "as_of": [as_of]})
    schema = {"id": pl.Int64, "month": pl.Date, "dpd": pl.Int64}
    performance = pl.DataFrame([(1, *row) for row in rows], schema=schema, orient="row")
    return build_target(table_form(**changes), customers, performance, key="id", as_of="as_of")


def only_class(target):
    counts = {name: n for name, n in target.counts.items() if name not in ("customers", "excluded")}
    return next(name for name, n in counts.items() if n == 1)


@pytest.mark.parametrize(
    ("days_past_due", "expected"),
    [(0, "good"), (30, "good"), (31, "indeterminate"), (90, "indeterminate"), (91, "bad")],
)
def test_thresholds_are_exclusive(days_past_due, expected):
    assert only_class(label([(AS_OF + DAY, days_past_due)])) == expected


@pytest.mark.parametrize(
    ("day", "inside"), [(-1, False), (0, False), (1, True), (365, True), (366, False)]
)
def test_the_window_begins_after_the_as_of_date_and_includes_its_last_day(day, inside):
    rows = [(AS_OF + 100 * DAY, 0), (AS_OF + day * DAY, 120)]
    assert only_class(label(rows)) == ("bad" if inside else "good")


@pytest.mark.parametrize(("late", "expected"), [(0, "bad"), (1, "immature")])
def test_a_window_must_end_by_observed_until_even_for_a_known_bad(late, expected):
    as_of = dt.date(2026, 1, 31) - 365 * DAY + late * DAY
    assert only_class(label([(as_of + DAY, 120)], as_of=as_of)) == expected


def test_the_worst_day_counts_and_unknown_days_are_no_rows():
    assert only_class(label([(AS_OF + DAY, 120), (AS_OF + 2 * DAY, 0)])) == "bad"
    assert only_class(label([(AS_OF + DAY, None)])) == "missing"
    assert only_class(label([(None, 120)])) == "missing"
    assert only_class(label([])) == "missing"


def test_the_first_exclude_rule_that_holds_counts_and_null_does_not_hold():
    customers = pl.DataFrame(
        {
            "id": [3, 1, 2, 4],
            "bad": [1, 1, 0, None],
            "staff": [1, 1, 0, None],
            "dpd": [99, 0, 99, 0],
            "joined": [AS_OF - 9 * DAY] * 3 + [None],
        }
    )
    rules = [
        {"reason": "staff", "when": "staff = 1"},
        {"reason": "late", "when": f"dpd > 90 AND date '{AS_OF}' - joined < 10"},
    ]
    target = build_target(TargetConfig(column="bad", exclude=rules), customers, None, key="id")
    assert target.counts["excluded"] == {"staff": 2, "late": 1}
    assert target.counts["missing"] == 1  # 4: not excluded, but without an outcome
    assert target.frame.is_empty()


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_counts_add_up_and_the_frame_holds_the_usable(data):
    n = data.draw(st.integers(1, 40))
    as_of = st.dates(dt.date(2024, 12, 1), dt.date(2025, 3, 1))
    customers = pl.DataFrame(
        {
            "id": data.draw(st.permutations(range(n))),
            "as_of": [data.draw(as_of) for _ in range(n)],
            "staff": data.draw(st.lists(st.sampled_from([0, 1, None]), min_size=n, max_size=n)),
        },
        schema_overrides={"staff": pl.Int64},
    )
    row = st.tuples(
        st.integers(0, n + 3),
        st.dates(dt.date(2024, 12, 1), dt.date(2026, 6, 1)),
        st.one_of(st.none(), st.integers(0, 150)),
    )
    rows = data.draw(st.lists(row, max_size=80))
    schema = {"id": pl.Int64, "month": pl.Date, "dpd": pl.Int64}
    performance = pl.DataFrame(rows, schema=schema, orient="row")
    config = table_form(
        exclude=[
            {"reason": "staff", "when": "staff = 1"},
            {"reason": "third", "when": "id % 3 = 0"},
        ]
    )
    target = build_target(config, customers, performance, key="id", as_of="as_of")
    counts = target.counts
    parts = [counts[k] for k in ("good", "bad", "indeterminate", "immature", "missing")]
    assert sum(parts) + sum(counts["excluded"].values()) == counts["customers"] == n
    assert len(target.frame) == counts["good"] + counts["bad"]
    assert target.frame["target"].sum() == counts["bad"]
    assert target.frame["id"].is_sorted()
    assert target.frame.columns == ["id", "target"]

    by_chunk = [
        build_target(config, part, performance, key="id", as_of="as_of")
        for part in customers.sort("id").iter_slices(7)
    ]
    merged = merge_targets(by_chunk)
    assert merged.counts == counts
    assert merged.frame.equals(target.frame)


def test_as_of_may_be_one_date_for_all_and_performance_a_datetime():
    customers = pl.DataFrame({"id": ["b", "a"]})
    performance = pl.DataFrame(
        {"id": ["a", "b"], "month": [AS_OF, AS_OF + DAY], "dpd": [99.0, 99.0]}
    ).with_columns(pl.col("month").cast(pl.Datetime) + pl.duration(hours=23))
    target = build_target(table_form(), customers, performance, key="id", as_of=pl.lit(AS_OF))
    assert target.counts["missing"] == 1  # 'a' has only a row on the as-of date itself
    assert target.frame.rows() == [("b", 1)]


def test_a_ready_column_may_be_boolean_or_float():
    for values in ([True, False, None], [1.0, 0.0, float("nan")], [1, 0, None]):
        customers = pl.DataFrame({"id": [1, 2, 3], "bad": values})
        target = build_target(TargetConfig(column="bad"), customers, None, key="id")
        assert target.frame.rows() == [(1, 1), (2, 0)]
        assert target.counts["missing"] == 1


def test_a_ready_column_with_other_values_is_named_and_counted():
    customers = pl.DataFrame({"id": [1, 2, 3], "bad": [0, 2, -1]})
    with pytest.raises(DataError, match=r"other than 0, 1 and null \(column bad, rows 2\)"):
        build_target(TargetConfig(column="bad"), customers, None, key="id")
    text = customers.with_columns(bad=pl.lit("yes"))
    with pytest.raises(DataError, match="not String"):
        build_target(TargetConfig(column="bad"), text, None, key="id")


def test_keys_and_as_of_dates_must_be_there_once():
    config = TargetConfig(column="bad")
    with pytest.raises(DataError, match=r"twice \(column id, rows 1\)"):
        build_target(config, pl.DataFrame({"id": [1, 1], "bad": [0, 1]}), None, key="id")
    with pytest.raises(DataError, match="without a key"):
        build_target(config, pl.DataFrame({"id": [1, None], "bad": [0, 1]}), None, key="id")
    customers = pl.DataFrame({"id": [1], "as_of": [None]}, schema_overrides={"as_of": pl.Date})
    performance = pl.DataFrame({"id": [1], "month": [AS_OF], "dpd": [0]})
    with pytest.raises(DataError, match="no as-of date"):
        build_target(table_form(), customers, performance, key="id", as_of="as_of")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"days_past_due": "dpdd"}, "no column 'dpdd'; did you mean 'dpd'"),
        ({"date": "months"}, "did you mean 'month'"),
        ({"exclude": [{"reason": "x", "when": "stff = 1"}]}, "did you mean 'staff'"),
        ({"exclude": [{"reason": "x", "when": "staff + 1"}]}, "not a condition: it gives Int64"),
        ({"exclude": [{"reason": "x", "when": "staff = "}]}, "exclude 'x'"),
        ({"exclude": [{"reason": "x", "when": "staff = 'a'"}]}, "exclude 'x'"),
    ],
)
def test_what_is_not_there_is_named(changes, message):
    customers = pl.DataFrame({"id": [1], "as_of": [AS_OF], "staff": [0]})
    performance = pl.DataFrame({"id": [1], "month": [AS_OF], "dpd": [0]})
    with pytest.raises(BookError, match=message):
        build_target(table_form(**changes), customers, performance, key="id", as_of="as_of")


def test_the_table_form_needs_its_table():
    customers = pl.DataFrame({"id": [1], "as_of": [AS_OF]})
    with pytest.raises(BookError, match="'performance' was not read"):
        build_target(table_form(), customers, None, key="id", as_of="as_of")

"""Joins to lookup tables, then derived columns: types, missing values, what is refused."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

import numpy as np
import polars as pl
import pytest

from engine.aggregate import ShapeConfig
from engine.aggregate.derived import conditions, derive, readable
from engine.aggregate.shape import shape
from engine.errors import BookError, DataError

FRAME = pl.DataFrame(
    {
        "key": [1, 2, 3],
        "code": ["a", "b", None],
        "n": [7, 0, None],
        "a": [1.0, -3.0, None],
        "b": [2.0, 0.0, 5.0],
        "flag": [True, False, None],
        "start": [date(2024, 1, 1), date(2024, 3, 1), None],
        "until": [date(2024, 1, 31), date(2024, 2, 29), date(2024, 1, 1)],
        "at": [datetime(2024, 1, 1, 6), datetime(2024, 1, 1), None],
    }
)
TARIFFS = pl.DataFrame({"code": ["a", "c"], "tariff": [0.5, 9.0], "steps": [3, 4]})


def derived(**expressions: str) -> dict[str, list[Any]]:
    """The derived columns alone, as the rows of ``FRAME`` have them."""
    shaped = shape(FRAME, ShapeConfig(derive=expressions), {}, table="t", keep=("key",))
    return {name: shaped[name].to_list() for name in expressions}


def joined(lookup: pl.DataFrame = TARIFFS, **join: Any) -> pl.DataFrame:
    config = {"table": "tariffs", "on": "code", "columns": ["tariff"]} | join
    shaping = ShapeConfig.model_validate({"join": [config], "derive": {"twice": "tariff * 2"}})
    return shape(FRAME, shaping, {"tariffs": lookup}, table="t", keep=("key",))


EXPRESSIONS: list[tuple[str, list[Any]]] = [
    ("a / b", [0.5, None, None]),  # -3 / 0 is not finite
    ("b / b", [1.0, None, 1.0]),  # nor is 0 / 0
    ("a + 1", [2.0, -2.0, None]),
    ("a * 0.1", [0.1, -0.30000000000000004, None]),
    ("a * 1e-3", [0.001, -0.003, None]),
    ("7 / 2", [3.5, 3.5, 3.5]),
    ("n / 2", [3.5, 0.0, None]),
    ("n", [7.0, 0.0, None]),
    ("3", [3.0, 3.0, 3.0]),
    ("null", [None, None, None]),
    ("ln(a)", [0.0, None, None]),
    ("sqrt(a)", [1.0, None, None]),
    ("coalesce(a, 0)", [1.0, -3.0, 0.0]),
    ("nullif(b, 0)", [2.0, None, 5.0]),
    ("greatest(a, b)", [2.0, 0.0, 5.0]),
    ("flag", [1.0, 0.0, None]),
    ("a > 0", [1.0, 0.0, None]),
    ("a is null", [0.0, 0.0, 1.0]),
    ("not (a > 0)", [0.0, 1.0, None]),
    ("flag = true", [1.0, 0.0, None]),
    ("code = 'a'", [1.0, 0.0, None]),
    ("code in ('a', 'b')", [1.0, 1.0, None]),
    ("case when a > 0 then 1 when a < 0 then 0.5 end", [1.0, 0.5, None]),
    ("until - start", [30.0, -1.0, None]),
    ("at - start", [0.25, -60.0, None]),
    ("extract(month from start)", [1.0, 3.0, None]),
    ("code || 'x'", ["ax", "bx", None]),
    ("substr(code, 1, 1)", ["a", "b", None]),
    ("cast(n as varchar)", ["7.0", "0.0", None]),
    ("start", [date(2024, 1, 1), date(2024, 3, 1), None]),
]


@pytest.mark.parametrize(("sql", "values"), EXPRESSIONS)
def test_expressions(sql: str, values: list[Any]) -> None:
    (found,) = derived(x=sql).values()
    assert found == values
    assert [type(value) for value in found] == [type(value) for value in values]


def test_a_later_expression_reads_an_earlier_one() -> None:
    found = derived(half="a / 2", quarter="half / 2", same="quarter = a * 0.25")
    assert found == {
        "half": [0.5, -1.5, None],
        "quarter": [0.25, -0.75, None],
        "same": [1.0, 1.0, None],
    }


def test_an_expression_does_not_read_a_later_one() -> None:
    with pytest.raises(BookError, match=r"tables\.t\.derive\.x: no column 'half'"):
        derived(x="half", half="a / 2")


def test_numbers_and_booleans_become_float64_save_what_is_kept() -> None:
    shaped = readable(FRAME, keep=("key",))
    kinds = {name: str(dtype) for name, dtype in shaped.schema.items()}
    assert kinds == {
        **{"key": "Int64", "code": "String", "n": "Float64", "a": "Float64", "b": "Float64"},
        **{"flag": "Float64", "start": "Date", "until": "Date"},
        "at": "Datetime(time_unit='us', time_zone=None)",
    }
    assert shaped["flag"].to_list() == [1.0, 0.0, None]
    assert shaped.select(FRAME.columns).height == 3


@pytest.mark.parametrize(
    "sql",
    [
        "array[1, 2]",
        "generate_series(1, 3)",
        "a + code",
        "flag || 1 + start",
        "upper(a)",
        "a and b",
    ],
)
def test_types_that_do_not_fit(sql: str) -> None:
    with pytest.raises(BookError, match=r"tables\.t\.derive\.x: '.*': "):
        derived(x=sql)


def test_value_that_cannot_be_cast() -> None:
    with pytest.raises(BookError, match=r"tables\.t\.derive\.x"):
        derived(x="cast(code as integer)")


def test_features_of_features() -> None:
    frame = pl.DataFrame({"p__mean": [1.0, 0.0], "b__mean": [2.0, 0.0]})
    found = derive(frame, {"ratio": "p__mean / b__mean", "more": "ratio + 1"}, place="features")
    assert found.rows() == [(1.0, 2.0, 0.5, 1.5), (0.0, 0.0, None, None)]
    with pytest.raises(BookError, match=r"features\.x: no column 'p__men'; did you mean 'p__mean'"):
        derive(frame, {"x": "p__men"}, place="features")


def test_join_keeps_rows_and_order() -> None:
    shaped = joined(columns=["tariff", "steps"])
    assert shaped["key"].to_list() == [1, 2, 3]
    assert shaped["tariff"].to_list() == [0.5, None, None]  # no partner; a null has none
    assert shaped["steps"].to_list() == [3, None, None]
    assert shaped["twice"].to_list() == [1.0, None, None]


def test_null_in_the_lookup_is_nobodys_partner() -> None:
    lookup = pl.DataFrame({"code": ["a", None], "tariff": [0.5, 9.0]})
    assert joined(lookup)["tariff"].to_list() == [0.5, None, None]


def test_repeated_values_in_the_lookup() -> None:
    lookup = pl.DataFrame({"code": ["a", "b", "a", "c", "b", "b"], "tariff": [1.0] * 6})
    message = r"lookup table 'tariffs' has repeated values, so rows of 't' would double"
    with pytest.raises(DataError, match=message) as error:
        joined(lookup)
    assert (error.value.column, error.value.count) == ("code", 5)


def test_join_by_number() -> None:
    lookup = pl.DataFrame({"n": [7, 0], "rate": [1.5, 2.5]})
    shaping = ShapeConfig.model_validate({"join": [{"table": "r", "on": "n", "columns": ["rate"]}]})
    shaped = shape(FRAME, shaping, {"r": lookup}, table="t", keep=("key",))
    assert shaped["rate"].to_list() == [1.5, 2.5, None]


def test_columns_stay_as_they_are_stored() -> None:
    """Kernels read float32; only what an expression reads is converted, and for it alone."""
    frame = pl.DataFrame({"key": [1, 1], "x": [0.1, float("nan")], "n": [3, 4]})
    frame = frame.cast({"x": pl.Float32})
    shaping = ShapeConfig(derive={"twice": "x * 2", "known": "x IS NOT NULL"})
    shaped = shape(frame, shaping, {}, table="t", keep=("key",))
    assert shaped.select("x", "n").equals(frame.select("x", "n"))
    assert shaped["twice"].to_list() == [2 * float(np.float32(0.1)), None]
    assert shaped["known"].to_list() == [1.0, 0.0]


def test_a_derived_column_replaces_one_that_it_reads() -> None:
    found = derived(n="n * 2", half="n / 4", a="floor(a / 2)", both="n + a")
    assert found == {
        "n": [14.0, 0.0, None],
        "half": [3.5, 0.0, None],
        "a": [0.0, -2.0, None],
        "both": [14.0, -2.0, None],
    }


def test_expressions_read_what_is_kept_as_it_is() -> None:
    shaped = shape(
        FRAME, ShapeConfig(derive={"text": "cast(key as varchar)"}), {}, table="t", keep=("key",)
    )
    assert shaped["text"].to_list() == ["1", "2", "3"]


def test_one_wrong_expression_among_many_is_named() -> None:
    with pytest.raises(BookError, match=r"tables\.t\.derive\.y: 'a \+ code': "):
        derived(x="a + 1", y="a + code", z="b + 1")


def chosen(**expressions: str) -> dict[str, list[Any]]:
    found = conditions(FRAME, expressions, place="tables.t.windows", keep=("key",))
    return found.to_dict(as_series=False)


def test_conditions_are_true_or_not() -> None:
    assert chosen(low="a < 0", mine="code = 'a'", key="key >= 2", on="flag = true") == {
        "low": [False, True, False],
        "mine": [True, False, False],
        "key": [False, True, True],
        "on": [True, False, False],
    }


@pytest.mark.parametrize("sql", ["a + 1", "code", "null", "n"])
def test_what_is_no_condition(sql: str) -> None:
    message = rf"tables\.t\.windows\.x: '{re.escape(sql)}': gives \w+, which is not true or false"
    with pytest.raises(BookError, match=message):
        chosen(y="a < 0", x=sql)


def test_floats_of_different_width_meet_in_a_join() -> None:
    frame = pl.DataFrame({"key": [1, 2, 3], "n": [0.5, float("nan"), None]}).cast({"n": pl.Float32})
    lookup = pl.DataFrame({"n": [0.5, float("nan")], "rate": [1.5, 2.5]})
    shaping = ShapeConfig.model_validate({"join": [{"table": "r", "on": "n", "columns": ["rate"]}]})
    shaped = shape(frame, shaping, {"r": lookup}, table="t", keep=("key",))
    assert shaped["rate"].to_list() == [1.5, None, None]
    assert shaped["n"].dtype == pl.Float32


def test_the_callers_frame_is_not_changed() -> None:
    before = FRAME.clone()
    joined()
    assert FRAME.equals(before)


def test_what_is_not_finite() -> None:
    """NaN is missing; so is an infinite result; a sum that overflows is no sign of either."""
    inf, nan = float("inf"), float("nan")
    frame = pl.DataFrame({"x": [nan, 1e308, 1e308, inf], "y": [0.0, 2.0, 1.0, 1.0]})
    found = derive(frame, {"plain": "x", "ratio": "y / x", "power": "y * 1e308"}, place="t")
    assert found.to_dict(as_series=False) == {
        "x": [pytest.approx(nan, nan_ok=True), 1e308, 1e308, inf],
        "y": [0.0, 2.0, 1.0, 1.0],
        "plain": [None, 1e308, 1e308, None],
        "ratio": [None, 2e-308, 1e-308, 0.0],
        "power": [0.0, None, 1e308, 1e308],
    }
    assert readable(frame, keep=("y",))["x"].to_list() == [None, 1e308, 1e308, inf]


def test_more_expressions_than_one_plan_takes() -> None:
    expressions = {f"x{n}": f"a + {n}" for n in range(40)} | {"all": "x0 + x20 + x39"}
    found = derived(**expressions)
    assert found["x39"] == [40.0, 36.0, None]
    assert found["all"] == [62.0, 50.0, None]


def test_derived_columns_leave_the_others_as_they_lie() -> None:
    part = pl.DataFrame({"x": [1.5, None], "text": ["a", "b"], "day": [3.0, 4.0]})
    frame = pl.concat([part, part], rechunk=False).with_columns(day=pl.Series([1.0, 2, 3, 4]))
    found = derive(frame, {"x": "x * 2", "y": "x + day"}, place="t")
    assert found.n_chunks("all")[1] == frame.n_chunks("all")[1] == 2
    assert found.to_dict(as_series=False) == {
        "x": [3.0, None, 3.0, None],
        "text": ["a", "b", "a", "b"],
        "day": [1.0, 2.0, 3.0, 4.0],
        "y": [4.0, None, 6.0, None],
    }

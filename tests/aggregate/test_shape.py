"""Joins to lookup tables, then derived columns: types, missing values, what is refused."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import polars as pl
import pytest

from engine.aggregate import ShapeConfig
from engine.aggregate.shape import derive, shape
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
    shaped = shape(FRAME, ShapeConfig(), {}, table="t", keep=("key",))
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
    assert shaped["steps"].to_list() == [3.0, None, None]
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


def test_the_callers_frame_is_not_changed() -> None:
    before = FRAME.clone()
    joined()
    assert FRAME.equals(before)

"""Grades, caps, knock-outs and what is missing: who is offered what, and why not."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from evaluate_cases import GRADES, by_column, features, rows, strategy
from pydantic import ValidationError

from engine.errors import BookError

NAN = float("nan")


def test_grade_by_pd_which_may_equal_max_pd() -> None:
    pds = [0.0, 0.02, 0.020000000000000004, 0.1, 0.10000000000000002, 1.0]
    found = rows(features(6), pds)
    assert found["grade"].to_list() == ["A", "A", "B", "B", "C", "C"]
    assert found["rate"].to_list() == [0.05, 0.05, 0.12, 0.12, 0.2, 0.2]
    assert found["limit"].to_list() == [5000.0, 5000.0, 2000.0, 2000.0, 500.0, 500.0]
    assert found["approve"].to_list() == [True, True, True, True, False, False]
    assert found["knock_out"].to_list() == [None] * 6
    assert found["exposure"].to_list()[4:] == [0.0, 0.0]


def test_one_grade_takes_all() -> None:
    found = rows(features(2), [0.0, 1.0], offers=strategy(grades=[GRADES[2] | {"approve": True}]))
    assert found["grade"].to_list() == ["C", "C"]


@pytest.mark.parametrize("pd", [None, NAN])
def test_unknown_pd_is_declined(pd: float | None) -> None:
    found = rows(features(1), [pd])
    assert found.select("grade", "pd", "approve", "knock_out").row(0) == ("C", None, False, "no pd")
    assert found.select("exposure", "expected_loss", "expected_profit").row(0) == (0.0, 0.0, 0.0)


def test_rate_and_limit_by_column() -> None:
    table = features(4, rate=[0.1, None, 0.1, None], limit=[900, 800, None, None])
    found = rows(table, [0.01] * 4, offers=by_column())
    assert found["rate"].to_list() == [0.1, None, 0.1, None]
    assert found["limit"].to_list() == [900.0, 800.0, None, None]
    assert found["knock_out"].to_list() == [None, "no rate", "no limit", "no rate"]
    assert found["approve"].to_list() == [True, False, False, False]
    assert found["exposure"].to_list()[1:] == [0.0, 0.0, 0.0]


def test_what_follows_from_a_missing_term_is_missing() -> None:
    table = features(3, rate=[0.1, None, 0.1], limit=[900, 800, None])
    found = rows(table, [0.01] * 3, offers=by_column())
    assert found["margin"].is_null().to_list() == [False, True, False]
    assert found["take_up"].is_null().to_list() == [False, True, True]


def test_caps() -> None:
    table = features(5, cap=[9000, 300, 0, -50, None], other=[100, 9000, 9000, 9000, 9000])
    one = rows(table, [0.01] * 5, offers=strategy(caps=["cap"]))
    assert one["limit"].to_list()[:4] == [5000.0, 300.0, 0.0, 0.0]
    assert one["knock_out"].to_list() == [None, None, None, None, "no cap"]
    assert one["exposure"].to_list()[2:] == [0.0, 0.0, 0.0]
    assert one["take_up"].to_list()[2:4] == [0.0, 0.0]
    assert one["limit"].to_list()[4] is None
    both = rows(table, [0.01] * 5, offers=strategy(caps=["cap", "other"]))
    assert both["limit"].to_list()[:2] == [100.0, 300.0]


def test_a_cap_is_no_offer() -> None:
    """Without a limit there is nothing to cap: the cap is not lent in its place."""
    table = features(1, rate=[0.1], limit=[None], cap=[700])
    found = rows(table, [0.01], offers=by_column(caps=["cap"]))
    row = found.select("limit", "approve", "exposure", "knock_out").row(0)
    assert row == (None, False, 0.0, "no limit")


def test_negative_limit_is_no_limit() -> None:
    found = rows(features(1, rate=[0.1], limit=[-5]), [0.01], offers=by_column())
    assert found.select("limit", "exposure", "expected_profit").row(0) == (0.0, 0.0, 0.0)


def knock_outs(*rules: tuple[str, str]) -> Any:
    return strategy(knock_outs=[{"reason": reason, "when": when} for reason, when in rules])


def test_the_first_rule_that_holds_gives_the_reason() -> None:
    table = features(4, dpd=[100, 40, 0, None], age=[17, 17, 17, 40])
    offers = knock_outs(("overdue", "dpd > 90"), ("late", "dpd > 30"), ("minor", "age < 18"))
    found = rows(table, [0.01] * 4, offers=offers)
    assert found["knock_out"].to_list() == ["overdue", "late", "minor", None]
    assert found["approve"].to_list() == [False, False, False, True]


def test_a_rule_comes_before_what_is_missing_and_before_the_grade() -> None:
    table = features(2, dpd=[100, 0], cap=[None, None])
    offers = strategy(caps=["cap"], knock_outs=[{"reason": "overdue", "when": "dpd > 90"}])
    found = rows(table, [None, 0.5], offers=offers)
    assert found["knock_out"].to_list() == ["overdue", "no cap"]


def test_unknown_is_no_knock_out() -> None:
    table = features(3, dpd=[None, None, 5], age=[17, None, 40])
    found = rows(table, [0.01] * 3, offers=knock_outs(("x", "dpd > 3 or age < 18")))
    assert found["knock_out"].to_list() == ["x", None, "x"]
    found = rows(table, [0.01] * 3, offers=knock_outs(("x", "dpd is null")))
    assert found["knock_out"].to_list() == ["x", "x", None]


def test_rules_of_strings_booleans_dates_and_constants() -> None:
    joined = {"joined": [date(2024, 1, 1), date(2026, 1, 1)], "as_of": [date(2026, 6, 30)] * 2}
    table = features(2, segment=["staff", None], flag=[1.0, 0.0], **joined)
    for when, expected in (
        ("segment = 'staff'", ["x", None]),
        ("flag = true", ["x", None]),
        ("not flag", [None, "x"]),
        ("true", ["x", "x"]),
        ("false", [None, None]),
        ("as_of - joined > 365", ["x", None]),
    ):
        found = rows(table, [0.01] * 2, offers=knock_outs(("x", when)))
        assert found["knock_out"].to_list() == expected, when


@pytest.mark.parametrize(
    ("when", "message"),
    [
        ("max(dpd) > 90", r"strategy\.knock_outs 'x': .* looks at more than one row"),
        ("dpd >", r"strategy\.knock_outs 'x': cannot read the expression"),
        ("dpdd > 90", r"strategy\.knock_outs: .*dpdd"),
        ("dpd", r"strategy\.knock_outs"),
        ("segment", r"strategy\.knock_outs"),
        ("segment > 90", r"strategy\.knock_outs"),
    ],
)
def test_rules_that_make_no_sense(when: str, message: str) -> None:
    table = features(1, dpd=[1], segment=["a"])
    with pytest.raises(BookError, match=message):
        rows(table, [0.01], offers=knock_outs(("x", when)))


def test_names_that_are_not_there() -> None:
    table = features(1, income_cap=[1], rate=[0.1], limit=[1], note=["?"])
    with pytest.raises(
        BookError, match=r"strategy\.caps: .* 'income_kap'; did you mean 'income_cap'"
    ):
        rows(table, [0.01], offers=strategy(caps=["income_kap"]))
    with pytest.raises(BookError, match=r"strategy\.rate_column: .* 'rates'; did you mean 'rate'"):
        rows(table, [0.01], offers=by_column(rate_column="rates"))
    with pytest.raises(BookError, match=r"strategy\.limit_column: 'note' is String, not a number"):
        rows(table, [0.01], offers=by_column(limit_column="note"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"grades": []}, "at least 1"),
        ({"grades": GRADES[:2]}, "the last grade takes all higher PDs and has no max_pd"),
        ({"grades": [GRADES[1], GRADES[0], GRADES[2]]}, "max_pd must ascend"),
        ({"grades": [GRADES[0], GRADES[0] | {"grade": "A2"}, GRADES[2]]}, "max_pd must ascend"),
        ({"grades": [GRADES[2], GRADES[2] | {"grade": "D"}]}, "max_pd must ascend"),
        ({"grades": [GRADES[0], GRADES[2] | {"grade": "A"}]}, "a grade's name occurs twice"),
        ({"grades": [{"grade": "A", "limit": 1}]}, "every grade needs a rate, or give rate_column"),
        ({"limit_column": "x"}, "grade A has a limit, but limit_column gives it too"),
        ({"grades": [GRADES[2] | {"rate": -0.1}]}, "greater than or equal to 0"),
        ({"grades": [GRADES[2] | {"limit": float("inf")}]}, "finite number"),
        ({"grades": [GRADES[2] | {"rate": NAN}]}, "finite number"),
        ({"grades": [GRADES[0] | {"max_pd": 1.5}, GRADES[2]]}, "less than or equal to 1"),
        ({"knock_outs": [{"reason": "", "when": "true"}]}, "at least 1 character"),
        ({"cap": ["x"]}, "Extra inputs"),
    ],
)
def test_strategies_that_contradict_themselves(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        strategy(**changes)

"""[target] and [fit]: what is accepted, what is refused and how."""

from __future__ import annotations

import pytest
from fit_cases import table_form
from pydantic import ValidationError

from engine.fit import FitConfig, TargetConfig


def test_either_form_is_accepted():
    assert TargetConfig(column="bad").table is None
    assert table_form().bad_over == 90
    assert table_form(exclude=[{"reason": "staff", "when": "staff = 1"}]).exclude[0].when


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"column": "bad"}, "not both"),
        ({"window_days": None}, "the table form needs window_days"),
        ({"observed_until": None, "date": None}, "needs date, observed_until"),
        ({"indeterminate_over": 90}, r"\(90\) must be below bad_over \(90\)"),
        ({"window_days": 0}, "greater than 0"),
        ({"bad_ovr": 90}, "Extra inputs"),
        ({"exclude": [{"reason": "a", "when": "b"}] * 2}, "occurs twice"),
        ({"exclude": [{"reason": "a"}]}, "Field required"),
    ],
)
def test_a_contradiction_is_refused(changes, message):
    with pytest.raises(ValidationError, match=message):
        table_form(**changes)


def test_an_empty_target_names_both_ways():
    with pytest.raises(ValidationError, match="give column, or table, date, days_past_due"):
        TargetConfig()


@pytest.mark.parametrize(
    "setting", [{"holdout": 0}, {"holdout": 1}, {"sample": 0}, {"seed": -1}, {"holdot": 0.2}]
)
def test_fit_settings_have_bounds(setting):
    with pytest.raises(ValidationError):
        FitConfig(**setting)


def test_configs_are_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        FitConfig().seed = 1

"""The metric of the Home Credit competition: by hand, as published, weeks of one class."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metric_cases import published_stability, sample

from engine.metrics import gini, stability

PERFECT, USELESS = ([0.1, 0.9], [0, 1]), ([0.5, 0.5], [0, 1])


def weeks(*parts):
    """Score, target and week of these weeks, one after the other."""
    score, target = (np.concatenate([np.asarray(part[k], float) for part in parts]) for k in (0, 1))
    return score, target, np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])


def test_by_hand() -> None:
    """Gini 1, 0, 0, 1 has mean 1/2, no slope and residuals of 1/2; 1, 0 falls by 1 a week."""
    found = stability(*weeks(PERFECT, USELESS, USELESS, PERFECT))
    assert found[:6] == (0.25, 0.5, 0.0, -0.25, 4, 0)
    assert found.gini_by_week == {0: 1.0, 1: 0.0, 2: 0.0, 3: 1.0}
    assert stability(*weeks(PERFECT, USELESS))[:4] == pytest.approx((-87.5, 0.5, -88.0, 0.0))
    assert stability(*weeks(USELESS, PERFECT))[:4] == pytest.approx((0.5, 0.5, 0.0, 0.0))


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 9_999), st.integers(2, 9), st.integers(1, 60), st.booleans())
def test_it_is_the_published_formula(seed: int, count: int, levels: int, weighted: bool) -> None:
    score, target, weights = sample(40 * count, levels, seed, weighted=weighted)
    week = np.random.default_rng(seed).integers(0, count, score.size)
    week[: 2 * count] = np.tile(np.arange(count), 2)  # each has both classes
    target[: 2 * count] = np.repeat([0, 1], count)
    weekly = [
        gini(score[mine], target[mine], None if weights is None else weights[mine])
        for mine in (week == k for k in range(count))
    ]
    found = stability(score, target, week, weights)
    assert list(found.gini_by_week.values()) == pytest.approx(weekly, abs=1e-12)
    expected = published_stability(weekly)
    assert found[1:4] == pytest.approx(expected, abs=1e-12)
    assert found.value == pytest.approx(sum(expected), abs=1e-12)


def test_weeks_of_one_class_are_left_out_and_counted() -> None:
    """The others are numbered without gaps."""
    only_good = ([0.2, 0.3], [0, 0])
    found = stability(*weeks(only_good, PERFECT, only_good, USELESS))
    assert found[:6] == pytest.approx((-87.5, 0.5, -88.0, 0.0, 2, 2))
    assert found.gini_by_week == {0: None, 1: 1.0, 2: None, 3: 0.0}
    score, target, week = weeks(PERFECT, USELESS)
    assert stability(score, target, week, [1, 1, 1, 0]).gini_by_week == {0: 1.0, 1: None}
    assert stability(score, target, week, [1, 1, 0, 0]).gini_by_week == {0: 1.0, 1: None}


def test_one_week_has_neither_slope_nor_residual() -> None:
    assert stability(*weeks(PERFECT))[:6] == (1.0, 1.0, 0.0, 0.0, 1, 0)


def test_weeks_are_ascending_whatever_they_are() -> None:
    score, target, week = weeks(PERFECT, USELESS)
    for names in ([20.5, 3.5], ["b", "a"], [datetime.date(2020, 1, 8), datetime.date(2020, 1, 1)]):
        found = stability(score, target, np.array(names)[week])
        assert found.slope_penalty == 0.0  # it rises
        assert found.gini_by_week == {names[1]: 0.0, names[0]: 1.0}


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="no week has both classes; there are 2 weeks"):
        stability([0.1, 0.2], [0, 1], [0, 1])
    with pytest.raises(ValueError, match=r"2 rows, week has shape \(3,\)"):
        stability([0.1, 0.2], [0, 1], [0, 1, 2])
    with pytest.raises(ValueError, match="week is missing in 1 of 2"):
        stability([0.1, 0.2], [0, 1], [0, np.nan])
    with pytest.raises(ValueError, match="week is missing in 1 of 2"):
        stability([0.1, 0.2], [0, 1], [None, 1])
    with pytest.raises(ValueError, match="weeks cannot be put in order"):
        stability([0.1, 0.2], [0, 1], np.array([1, "a"], object))
    with pytest.raises(ValueError, match=r"missing \(NaN\) in 1 of 2"):
        stability([np.nan, 0.2], [0, 1], [0, 0])

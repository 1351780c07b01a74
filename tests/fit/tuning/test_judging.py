"""Before against after: figures by hand, equal scores, scores that are unknown."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import DataError
from engine.fit.tuning.judging import compared, quality
from engine.publish import to_json

EVENT = np.array([0.0, 0.0, 1.0, 0.0, 1.0, 1.0])
P = np.array([0.1, 0.2, 0.3, 0.4, 0.6, 0.8])


def test_figures_by_hand() -> None:
    found = quality(P, EVENT)
    assert (found["customers"], found["events"], found["unscored"]) == (6, 3, 0)
    assert found["auc"] == pytest.approx(8 / 9)
    assert found["gini"] == pytest.approx(7 / 9)
    assert found["ks"] == pytest.approx(2 / 3)
    assert found["brier"] == pytest.approx(np.mean((P - EVENT) ** 2))
    chance = np.where(EVENT == 1.0, P, 1.0 - P)
    assert found["log_loss"] == pytest.approx(-np.mean(np.log(chance)))
    assert (found["mean_score"], found["event_rate"]) == (pytest.approx(P.mean()), 0.5)


def test_a_score_that_comes_true_has_slope_one() -> None:
    rng = np.random.default_rng(3)
    z = rng.normal(-1.0, 1.2, 50_000)
    p = 1.0 / (1.0 + np.exp(-z))
    event = (rng.random(z.size) < p).astype(float)
    found = quality(p, event)
    assert found["calibration_slope"] == pytest.approx(1.0, abs=0.05)
    assert found["calibration_intercept"] == pytest.approx(0.0, abs=0.05)
    too_sure = quality(1.0 / (1.0 + np.exp(-(2.0 * z + 1.0))), event)
    assert too_sure["calibration_slope"] == pytest.approx(0.5, abs=0.03)
    assert too_sure["calibration_intercept"] == pytest.approx(-0.5, abs=0.05)


def test_the_difference_and_its_interval() -> None:
    rng = np.random.default_rng(4)
    z = rng.normal(size=3000)
    event = (rng.random(z.size) < 1.0 / (1.0 + np.exp(-z))).astype(float)
    good, poor = 1.0 / (1.0 + np.exp(-z)), 1.0 / (1.0 + np.exp(-(z + rng.normal(0, 2, z.size))))
    found = compared(poor, good, event, seed=1)
    for name, better in (("auc", 1.0), ("log_loss", -1.0)):
        one = found["difference"][name]
        assert one["estimate"] == pytest.approx(found["after"][name] - found["before"][name])
        assert one["low"] <= one["estimate"] <= one["high"]
        assert min(one["low"] * better, one["high"] * better) > 0.0
    assert compared(poor, good, event, seed=1) == found
    same = compared(good, good, event, seed=1)["difference"]
    assert {one[k] for one in same.values() for k in ("estimate", "low", "high")} == {0.0}


def test_unknown_scores_are_counted_and_left_out() -> None:
    before, after = np.append(P, np.nan), np.append(P, 0.5)
    found = compared(before, after, np.append(EVENT, 1.0), seed=0)
    assert found["before"]["unscored"] == 1
    assert found["before"]["auc"] == quality(P, EVENT)["auc"]
    assert found["after"]["customers"] == 7
    assert found["difference"]["auc"]["estimate"] == 0.0


def test_extremes_fit_into_json() -> None:
    sure_and_wrong = np.array([0.0, 1.0, 0.0, 1.0, 0.5, 0.5])
    found = compared(np.full(6, 0.5), sure_and_wrong, EVENT, seed=0)
    assert found["before"]["calibration_slope"] is None
    to_json(found)


@pytest.mark.parametrize("event", [0.0, 1.0, None])
def test_a_class_without_scores_is_refused(event: float | None) -> None:
    p = np.where(event is None or event == EVENT, np.nan, P)
    with pytest.raises(DataError, match=r"cannot be judged: .*\(rows 6\)"):
        compared(p, p, EVENT, seed=0)

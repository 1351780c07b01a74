"""One slope and one intercept: found again, worked into a scorecard, or refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.errors import DataError
from engine.fit.tuning.card import Recalibration, recalibrate, recalibrated_card
from engine.score import load_model

CARD: dict[str, Any] = {
    "kind": "scorecard",
    "features": [
        {"name": "a", "coefficient": 0.5, "impute": 1.0, "mean": 0.2, "std": 2.0},
        {"name": "b", "coefficient": -1.0, "bins": {"edges": [0.0], "woe": [0.3, -0.4]}},
    ],
    "intercept": -0.3,
    "event": "bad",
    "points": {"base": 600.0, "base_odds": 50.0, "pdo": 20.0},
    "cut_off": 0.3,
}


def customers(slope: float, intercept: float, size: int = 20_000) -> tuple[Any, Any]:
    """Log odds of a card, and events whose log odds are ``intercept + slope * z``."""
    rng = np.random.default_rng(7)
    z = rng.normal(-1.0, 1.5, size)
    chance = 1.0 / (1.0 + np.exp(-(intercept + slope * z)))
    return z, (rng.random(size) < chance).astype(np.float64)


@pytest.mark.parametrize(("slope", "intercept"), [(0.7, 0.5), (1.0, 0.0), (1.6, -1.0)])
def test_slope_and_intercept_are_found_again(slope: float, intercept: float) -> None:
    z, event = customers(slope, intercept)
    found = recalibrate(z, event, intercept_only=False, threads=1)
    assert abs(found.slope - slope) < 3.0 * found.slope_error < 0.2
    assert abs(found.intercept - intercept) < 3.0 * found.intercept_error < 0.3
    assert found.customers == z.size


def test_the_intercept_alone_makes_the_mean_come_true() -> None:
    z, event = customers(1.0, 0.8)
    found = recalibrate(z, event, intercept_only=True, threads=1)
    assert (found.slope, found.slope_error) == (1.0, 0.0)
    assert abs(found.intercept - 0.8) < 3.0 * found.intercept_error
    p = 1.0 / (1.0 + np.exp(-(found.intercept + z)))
    assert p.mean() == pytest.approx(event.mean(), abs=1e-9)


def test_customers_without_a_score_are_left_out_and_counted() -> None:
    z, event = customers(0.7, 0.5)
    before = recalibrate(z, event, intercept_only=False, threads=1)
    with_nan = np.append(z, [np.nan] * 30)
    after = recalibrate(with_nan, np.append(event, np.ones(30)), intercept_only=False, threads=1)
    assert after == before._replace(unscored=30)


def test_the_card_scores_as_slope_and_intercept_say(tmp_path: Path) -> None:
    found = Recalibration(0.7, 0.1, 0.4, 0.1, 100, 0, ())
    paths = [tmp_path / name for name in ("before.json", "after.json")]
    after_card = recalibrated_card(CARD, found)
    for path, card in zip(paths, (CARD, after_card), strict=True):
        path.write_text(json.dumps(card))
    before, after = map(load_model, paths)
    X = np.random.default_rng(0).normal(0.0, 3.0, (2000, 2))
    X[:50, 0] = np.nan
    z = before.predict(X, raw_score=True)
    np.testing.assert_allclose(after.predict(X, raw_score=True), 0.4 + 0.7 * z, rtol=0, atol=1e-12)
    assert after_card["event"] == "bad"
    assert after_card["points"] == CARD["points"]
    assert after_card["features"][1]["bins"] == CARD["features"][1]["bins"]
    is_event = before.predict(X) >= CARD["cut_off"]
    assert ((after.predict(X) >= after_card["cut_off"]) == is_event).all()
    assert 0 < is_event.sum() < len(X)


@pytest.mark.parametrize("cut_off", [None, 0.0, 1.0])
def test_a_cut_off_without_log_odds_stays(cut_off: float | None) -> None:
    found = Recalibration(0.7, 0.1, 0.4, 0.1, 100, 0, ())
    assert recalibrated_card(CARD | {"cut_off": cut_off}, found)["cut_off"] == cut_off


def test_a_card_that_ranks_backwards_is_refused() -> None:
    z, event = customers(1.0, 0.0)
    with pytest.raises(DataError, match="backwards: the slope on its log odds is -"):
        recalibrate(-z, event, intercept_only=False, threads=1)


@pytest.mark.parametrize(
    ("z", "event", "match"),
    [
        ([np.nan] * 4, [0, 1, 0, 1], "none of these customers a score"),
        ([1.0, 2.0, 3.0], [1, 1, 1], "one class|with the event|event"),
        ([1.0] * 40, [0, 1] * 20, "log odds"),
    ],
)
def test_rows_that_tell_nothing_are_refused(z: list[float], event: list[int], match: str) -> None:
    with pytest.raises(DataError, match=match):
        recalibrate(np.array(z), np.array(event, float), intercept_only=False, threads=1)

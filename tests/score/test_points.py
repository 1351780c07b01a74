"""Points of a scorecard: they add up, they give the probability back, and change no score."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_scorecard import BINNED, CARD, REGION, changed, write

from engine.errors import ModelError
from engine.score import load_model
from engine.score.points import card_of, contributions, points_table, scale_of_card

SCALE = {"base": 600, "base_odds": 50, "pdo": 20}
INCOME = {"name": "income", "coefficient": 0.7, "impute": 1.0, "mean": 2.0, "std": 3.0}


def with_points(event: str, *features: dict[str, Any], **changes: Any) -> dict[str, Any]:
    found = {"kind": "scorecard", "features": list(features), "intercept": -1.25}
    return found | {"event": event, "points": SCALE | changes}


def read(card: object) -> Any:
    found = card_of(json.dumps(card).encode())
    assert found is not None
    return found


def test_points_by_hand() -> None:
    """At odds 50 the base, at odds 100 the base and one pdo; an event "good" turns z round."""
    for event, sign in (("bad", -1.0), ("good", 1.0)):
        card = read(
            {
                "kind": "scorecard",
                "features": [{"name": "a", "coefficient": sign * math.log(2.0)}],
                "intercept": sign * math.log(50.0),
                "event": event,
                "points": SCALE,
            }
        )
        table = points_table(card, contributions(card, np.array([[0.0], [1.0], [-2.0]])))
        assert table.base == pytest.approx(600.0, abs=1e-10)
        assert table.of_features[:, 0].tolist() == pytest.approx([0.0, 20.0, -40.0], abs=1e-10)
        assert table.total.tolist() == pytest.approx([600.0, 620.0, 560.0], abs=1e-10)


numbers = st.floats(-50, 50)


@given(
    st.sampled_from(["bad", "good"]),
    st.floats(-1e3, 1e3),
    st.floats(1e-3, 1e3),
    st.floats(1, 100),
    st.lists(st.tuples(numbers, numbers | st.just(math.nan), st.sampled_from([3.0, 12.0, 0.5]))),
)
def test_points_add_up_and_give_the_score_back(
    event: str, base: float, odds: float, pdo: float, rows: list[tuple[float, float, float]]
) -> None:
    content = with_points(event, INCOME, BINNED, REGION, base=base, base_odds=odds, pdo=pdo)
    card, X = read(content), np.array(rows, np.float64).reshape(-1, 3)
    model = load_model_of(content)
    found = contributions(card, X)
    z, score = model.predict(X, raw_score=True), model.predict(X)
    np.testing.assert_allclose(card.intercept + found.sum(axis=1), z, rtol=1e-13, atol=1e-13)
    table = points_table(card, found)
    scale = scale_of_card(card)
    assert scale is not None
    np.testing.assert_allclose(table.total, scale.start + scale.slope * z, rtol=0, atol=1e-9)
    np.testing.assert_allclose(
        table.base + table.of_features.sum(axis=1), table.total, rtol=0, atol=1e-9
    )
    np.testing.assert_allclose(scale.probability(table.total), score, rtol=0, atol=1e-12)


def load_model_of(content: object) -> Any:
    from engine.score.model import Model
    from engine.score.scorecard import read_scorecard

    names, scorer = read_scorecard(json.dumps(content).encode())
    return Model(names, names, "", 1, True, scorer)


def test_a_missing_value_that_nothing_replaces_has_no_points(tmp_path: Path) -> None:
    card = read(with_points("bad", INCOME | {"impute": None}, BINNED))
    table = points_table(card, contributions(card, np.array([[np.nan, 30.0], [2.0, np.nan]])))
    assert np.isnan(table.total).tolist() == [True, False]
    assert np.isnan(table.of_features).tolist() == [[True, False], [False, False]]


def test_the_score_does_not_depend_on_what_is_said_of_it(tmp_path: Path) -> None:
    X = np.random.default_rng(0).normal(size=(500, 3))
    plain = load_model(write(tmp_path / "a.json", CARD)).predict(X)
    told = changed(event="good", points=SCALE, cut_off=0.3)
    assert load_model(write(tmp_path / "b.json", told)).predict(X).tobytes() == plain.tobytes()
    card = read(told)
    assert (card.event, card.cut_off, card.points.pdo) == ("good", 0.3, 20.0)


@pytest.mark.parametrize(
    ("card", "match"),
    [
        (changed(event="ugly"), "scorecard: event"),
        (changed(event="bad", points=SCALE | {"pdo": 0}), "points.pdo"),
        (changed(event="bad", points=SCALE | {"base_odds": -1}), "points.base_odds"),
        (changed(event="bad", points=SCALE | {"offset": 1}), "points.offset: Extra"),
        (changed(event="bad", points={"base": 600}), "points.base_odds"),
        (changed(event="bad", points=SCALE | {"base": "600"}), "points.base"),
        (changed(event="bad", points=SCALE | {"base": 10**400}), "points.base"),
        (changed(points=SCALE), 'points need event, "bad" or "good"'),
        (changed(cut_off=1.5), "scorecard: cut_off"),
        (changed(cut_off=True), "scorecard: cut_off"),
        (changed(cutoff=0.5), "scorecard: cutoff: Extra"),
    ],
)
def test_wrong_points_are_refused(card: object, match: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=match):
        load_model(write(tmp_path / "card.json", card))


def test_a_card_without_points_has_none() -> None:
    card = read(CARD)
    assert scale_of_card(card) is None
    with pytest.raises(ModelError, match='no "points"'):
        points_table(card, np.zeros((1, 3)))


def test_another_model_is_no_card() -> None:
    assert card_of(b"tree\nversion=v4\n") is None

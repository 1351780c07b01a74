"""Scorecard JSON: what it computes and what is refused."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from engine.errors import ModelError
from engine.score import load_model

CARD: dict[str, Any] = {
    "kind": "scorecard",
    "features": [
        {"name": "income", "coefficient": -0.8, "impute": 2.0, "mean": 1.5, "std": 0.5},
        {"name": "utilisation", "coefficient": 1.25, "impute": None},
        {"name": "age", "coefficient": 2, "mean": 1},
    ],
    "intercept": -0.5,
}


def write(path: Path, card: object) -> Path:
    path.write_text(json.dumps(card))
    return path


def changed(**changes: Any) -> dict[str, Any]:
    """The card with changes to itself, or (``feature=``) to its first feature."""
    first = CARD["features"][0] | changes.pop("feature", {})
    return CARD | {"features": [first, *CARD["features"][1:]]} | changes


def test_score_by_hand(tmp_path: Path) -> None:
    model = load_model(write(tmp_path / "card.json", CARD))
    X = pl.DataFrame({"age": [2.0, 2.0], "income": [2.5, None], "utilisation": [0.4, 0.4]})
    z = [
        -0.5 + -0.8 * ((2.5 - 1.5) / 0.5) + 1.25 * 0.4 + 2 * (2.0 - 1),
        -0.5 + -0.8 * ((2.0 - 1.5) / 0.5) + 1.25 * 0.4 + 2 * (2.0 - 1),
    ]
    assert model.predict(X, raw_score=True).tolist() == pytest.approx(z, rel=1e-15)
    assert model.predict(X).tolist() == pytest.approx([1 / (1 + math.exp(-v)) for v in z])
    assert model.feature_names == model.used_features == ("income", "utilisation", "age")
    assert model.is_probability


def test_missing_without_impute_is_nan(tmp_path: Path) -> None:
    model = load_model(write(tmp_path / "card.json", CARD))
    X = np.array([[1.0, np.nan, 1.0], [np.nan, 1.0, 1.0], [1.0, 1.0, np.nan]], np.float32)
    for raw in (False, True):
        assert np.isnan(model.predict(X, raw_score=raw)).tolist() == [True, False, True]


def test_extremes_do_not_overflow(tmp_path: Path) -> None:
    model = load_model(write(tmp_path / "card.json", CARD))
    X = np.array([[-1e6, 1.0, 1.0], [1e6, 1.0, 1.0], [-np.inf, 1.0, 1.0]])
    assert model.predict(X).tolist() == [1.0, 0.0, 1.0]


@pytest.mark.parametrize(
    ("card", "match"),
    [
        (changed(kind="card"), "scorecard: kind"),
        (changed(intercept=None), "scorecard: intercept"),
        (changed(intercept="1"), "scorecard: intercept"),
        (changed(link="logit"), "scorecard: link: Extra"),
        (changed(features=[]), "scorecard: features"),
        (changed(feature={"std": 0.0}), "features.0.std"),
        (changed(feature={"name": "age"}), "a feature is there twice"),
        (changed(feature={"coefficient": float("nan")}), "features.0.coefficient"),
        (changed(feature={"mean": float("inf")}), "features.0.mean"),
        (changed(feature={"coeficient": 1.0}), "features.0.coeficient"),
    ],
)
def test_a_wrong_card_is_refused(card: object, match: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=match):
        load_model(write(tmp_path / "card.json", card))


@pytest.mark.parametrize("cut", [1, 40, 120])
def test_a_card_cut_short_is_refused(cut: int, tmp_path: Path) -> None:
    path = write(tmp_path / "card.json", CARD)
    path.write_text(path.read_text()[:-cut])
    with pytest.raises(ModelError, match="not JSON"):
        load_model(path)

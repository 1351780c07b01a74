"""Scorecard JSON: what it computes and what is refused."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from engine.errors import ModelError
from engine.score import load_model
from engine.score.scorecard import read_scorecard

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
        (changed(feature={"name": "age"}), "feature 'age' is there twice"),
        (changed(feature={"coefficient": float("nan")}), "NaN is not a number of JSON"),
        (changed(feature={"mean": True}), "features.0.mean"),
        (changed(feature={"coeficient": 1.0}), "features.0.coeficient"),
    ],
)
def test_a_wrong_card_is_refused(card: object, match: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=match):
        load_model(write(tmp_path / "card.json", card))


BINNED = {
    "name": "age",
    "coefficient": 0.5,
    "bins": {"edges": [25, 40, 60.5], "woe": [1.0, 0.2, -0.4, -0.8], "missing": 0.3},
}
REGION = {
    "name": "region",
    "coefficient": -2.0,
    "categories": {"codes": [12, 3, 4], "woe": [0.1, 0.2, 0.3], "other": -0.5, "missing": None},
}


def card_of(*features: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "scorecard", "features": list(features), "intercept": 0.25}


def raw_scores(path: Path, card: object, values: list[float]) -> list[float]:
    X = np.array(values)[:, None]
    raw: list[float] = load_model(write(path, card)).predict(X, raw_score=True).tolist()
    return raw


def test_bins_by_hand(tmp_path: Path) -> None:
    above = math.nextafter(25.0, math.inf)
    values = [-math.inf, 0.0, 25.0, above, 40.0, 41.0, 60.5, 61.0, math.inf, math.nan]
    woe = [1.0, 1.0, 1.0, 0.2, 0.2, -0.4, -0.4, -0.8, -0.8, 0.3]
    expected = [0.25 + 0.5 * w for w in woe]
    assert raw_scores(tmp_path / "card.json", card_of(BINNED), values) == expected


def test_categories_by_hand(tmp_path: Path) -> None:
    values = [12.0, 3.0, 4.0, math.nextafter(4.0, 0.0), math.nextafter(4.0, 9.0), 3.5, 99.0, -3.0]
    woe = [0.1, 0.2, 0.3, -0.5, -0.5, -0.5, -0.5, -0.5]
    expected = [0.25 - 2.0 * w for w in woe]
    assert raw_scores(tmp_path / "card.json", card_of(REGION), values) == expected
    assert math.isnan(raw_scores(tmp_path / "card.json", card_of(REGION), [math.nan])[0])


def test_a_category_without_a_weight_is_nan_unless_there_are_others(tmp_path: Path) -> None:
    codes = {"codes": [0, 2**53], "woe": [1.0, 2.0], "missing": 3.0}
    card = card_of({"name": "x", "coefficient": 1.0, "categories": codes})
    got = raw_scores(tmp_path / "card.json", card, [-0.0, 2.0**53, 2.0**53 - 1.0, 1.0, math.nan])
    assert got[:2] + got[4:] == [1.25, 2.25, 3.25]
    assert np.isnan(got[2:4]).all()


def test_plain_features_bins_and_categories_add_up(tmp_path: Path) -> None:
    card = card_of(BINNED, {"name": "income", "coefficient": 0.1, "mean": 2.0}, REGION)
    model = load_model(write(tmp_path / "card.json", card))
    assert model.feature_names == ("age", "income", "region")
    X = pl.DataFrame({"region": [3, 4], "age": [30, None], "income": [12.0, 1.0]})
    z = [0.25 + 0.1 * 10.0 + 0.5 * 0.2 - 2.0 * 0.2, 0.25 - 0.1 + 0.5 * 0.3 - 2.0 * 0.3]
    assert model.predict(X, raw_score=True).tolist() == pytest.approx(z, rel=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("order", ["C", "F"])
def test_it_is_scikit_learn_s_probability(dtype: type, order: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(9_001, 30)) * rng.uniform(0.01, 1e4, 30) + rng.normal(size=30) * 1e4
    X = X.astype(dtype, order=order)
    exact = X.astype(np.float64)
    scaler = StandardScaler().fit(exact)
    target = scaler.transform(exact)[:, :3].sum(axis=1) + rng.normal(size=len(X)) > 0.0
    fitted = LogisticRegression().fit(scaler.transform(exact), target)
    numbers = zip(fitted.coef_[0], scaler.mean_, scaler.scale_, strict=True)
    features = [
        {"name": f"x{j}", "coefficient": float(c), "mean": float(mean), "std": float(std)}
        for j, (c, mean, std) in enumerate(numbers)
    ]
    card = card_of(*features) | {"intercept": float(fitted.intercept_[0])}
    expected = fitted.predict_proba(scaler.transform(exact))[:, 1]
    model = load_model(write(tmp_path / "card.json", card))
    for threads in (1, 2):
        got = model.predict(X, threads=threads)
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-12)


def binned(**changes: Any) -> dict[str, Any]:
    return card_of(BINNED | {"bins": BINNED["bins"] | changes})


def region(**changes: Any) -> dict[str, Any]:
    return card_of(REGION | {"categories": REGION["categories"] | changes})


@pytest.mark.parametrize(
    ("card", "match"),
    [
        (binned(edges=[25, 25, 60]), "features.0.bins.edges: must ascend, each once"),
        (binned(edges=[25, 20, 60]), "features.0.bins.edges: must ascend"),
        (binned(edges=[25, 40]), "features.0.bins: 4 values of woe for 2 edges"),
        (binned(edges=[]), "features.0.bins.edges"),
        (binned(edges=[25, 40, "50"]), "features.0.bins.edges.2"),
        (binned(woe=[1.0, 2.0, 3.0, None]), "features.0.bins.woe.3"),
        (binned(other=1.0), "features.0.bins.other: Extra"),
        (binned(edges=list(range(1001))), "features.0.bins.edges: .* at most 1000"),
        (region(codes=[1, 2, 1]), "features.0.categories.codes: a code is there twice"),
        (region(codes=[1, 2]), "features.0.categories: 3 values of woe for 2 codes"),
        (region(codes=[1, 2, 2.5]), "features.0.categories.codes.2"),
        (region(codes=[1, 2, 2**53 + 1]), "features.0.categories.codes.2"),
        (region(edges=[1.0]), "features.0.categories.edges: Extra"),
        (card_of(BINNED | REGION), "features.0: has bins and categories"),
        (card_of(BINNED | {"impute": 3.0}), "features.0: impute does nothing where there are bins"),
        (card_of(REGION | {"std": 3.0}), "features.0: std does nothing where there are categories"),
        (card_of({"name": "x", "coefficient": 1e300, "std": 1e-300}), "feature 'x': .* too large"),
        (card_of({"name": "x", "coefficient": 2.0, "impute": 1e308, "mean": -1e308}), "too large"),
        (card_of(BINNED | {"coefficient": 1e308, "bins": {"edges": [1], "woe": [0, 9]}}), "large"),
        (card_of({"name": "\ud800", "coefficient": 1.0}), "features.0.name: .* unicode"),
        (card_of({"name": "x", "coefficient": 10**400}), "features.0.coefficient"),
    ],
)
def test_a_wrong_feature_is_refused(card: object, match: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=match):
        load_model(write(tmp_path / "card.json", card))


GOOD = '{"kind": "scorecard", "features": [{"name": "a", "coefficient": 1.5}], "intercept": 0}'


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ('{"a": ' * 100_000, "not JSON that can be read: it is nested too deep"),
        ('{"kind": ' + "[" * 100_000, "nested too deep"),
        (GOOD.replace("1.5", '1.5, "coefficient": 2.5'), "the key 'coefficient' is there twice"),
        (GOOD.replace("1.5", "NaN"), "NaN is not a number of JSON"),
        (GOOD.replace("1.5", "-Infinity"), "-Infinity is not a number of JSON"),
        (GOOD.replace("1.5", "1e999"), "features.0.coefficient"),
        (GOOD.replace("1.5", "9" * 5_000), "not JSON: .* digits"),
        (GOOD + GOOD, "not JSON: Extra data"),
        ('{"kind": 3}', "scorecard: kind"),
        ("{}", 'JSON without a "kind"'),
        ('{"features": [], "learner": {}}', "JSON of XGBoost begins with"),
        (GOOD.replace("a", "\x00"), "not JSON"),
    ],
)
def test_hostile_json_is_refused(text: str, match: str, tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    path.write_text(text)
    with pytest.raises(ModelError, match=match):
        load_model(path)


@pytest.mark.parametrize("data", [b"[1]", b"3", b'"kind"', b"null", b"true", b"", b"\xff{}", b"{"])
def test_what_is_no_object_is_refused(data: bytes) -> None:
    with pytest.raises(ModelError, match="JSON"):
        read_scorecard(data)


@pytest.mark.parametrize("cut", [1, 40, 120])
def test_a_card_cut_short_is_refused(cut: int, tmp_path: Path) -> None:
    path = write(tmp_path / "card.json", CARD)
    path.write_text(path.read_text()[:-cut])
    with pytest.raises(ModelError, match="not JSON"):
        load_model(path)

"""Predictions equal ``treelite.gtil.predict``, to the bit."""

from __future__ import annotations

from pathlib import Path

import lightgbm_cases
import numpy as np
import pytest
import treelite
import treelite.sklearn
import xgboost_cases
from checkpoint_cases import N_FEATURES, OPERATORS, SKLEARN, built, nasty_rows, training
from lightgbm_cases import same_bits

from engine.errors import ModelError
from engine.score import load_model
from engine.score.readers.checkpoint import read

TYPES = ("float32", "float64")
POSTPROCESSORS = (
    *("exponential", "exponential_standard_ratio", "hinge", "identity", "logarithm_one_plus_exp"),
    *("sigmoid", "signed_square"),
)
OF_CLASSES = ("identity_multiclass", "multiclass_ova", "softmax")


def assert_parity(origin: treelite.Model, path: Path, n: int = 1_500, seed: int = 0) -> None:
    origin.serialize(path)
    model = load_model(path)
    X = nasty_rows(read(path.read_bytes()).trees.threshold, n, seed)
    X = np.resize(X, (n, len(model.feature_names)))
    for raw in (True, False):
        with np.errstate(over="ignore"):
            expected = treelite.gtil.predict(origin, X, pred_margin=raw, nthread=1)
        expected = expected.astype(np.float64).reshape(n, -1)
        found = model.predict(X, raw_score=raw)
        assert same_bits(found, expected if model.classes > 1 else expected[:, 0])


@pytest.mark.parametrize("name", SKLEARN)
def test_scikit_learn(name: str, tmp_path: Path) -> None:
    assert_parity(treelite.sklearn.import_model(SKLEARN[name]()), tmp_path / "model.tl")


@pytest.mark.parametrize("name", SKLEARN)
def test_scikit_learn_itself_within_rounding(name: str, tmp_path: Path) -> None:
    """On values that are float32 already: scikit-learn rounds arrays to float32, GTIL does not."""
    fitted, path = SKLEARN[name](), tmp_path / "model.tl"
    treelite.sklearn.import_model(fitted).serialize(path)
    missing = not name.startswith(("boosting", "isolation", "extra_3"))
    X = training(missing)[0].astype(np.float32).astype(np.float64)
    if name.startswith("isolation"):
        expected = -fitted.score_samples(X)
    elif hasattr(fitted, "predict_proba"):
        expected = fitted.predict_proba(X)
    else:
        expected = fitted.predict(X)
    found = load_model(path).predict(X)
    if expected.ndim > found.ndim:
        expected = expected[:, 1]
    # Treelite rounds parts of softmax, and what an isolation forest divides by, to float32.
    single = name.startswith("isolation") or name in ("boosting_3_classes", "histogram_3_classes")
    np.testing.assert_allclose(found, expected, rtol=2e-7 if single else 1e-12)


@pytest.mark.parametrize("averaged", [False, True], ids=["sums", "averages"])
@pytest.mark.parametrize("postprocessor", POSTPROCESSORS)
@pytest.mark.parametrize("type_", TYPES)
def test_postprocessors(type_: str, postprocessor: str, averaged: bool, tmp_path: Path) -> None:
    for seed, scale in enumerate((0.3, 3.0, 100.0)):
        model = built(type_, postprocessor, averaged=averaged, scale=scale, seed=seed)
        assert_parity(model, tmp_path / "model.tl")


@pytest.mark.parametrize("wide", [False, True], ids=["scalars", "vectors"])
@pytest.mark.parametrize("averaged", [False, True], ids=["sums", "averages"])
@pytest.mark.parametrize("postprocessor", OF_CLASSES)
@pytest.mark.parametrize("type_", TYPES)
def test_postprocessors_of_classes(
    type_: str, postprocessor: str, averaged: bool, wide: bool, tmp_path: Path
) -> None:
    for seed, scale in enumerate((0.3, 3.0, 100.0)):
        model = built(
            type_, postprocessor, columns=3, wide=wide, averaged=averaged, scale=scale, seed=seed
        )
        assert_parity(model, tmp_path / "model.tl")


@pytest.mark.parametrize("wide", [False, True], ids=["scalars", "vectors"])
@pytest.mark.parametrize("type_", TYPES)
def test_several_targets(type_: str, wide: bool, tmp_path: Path) -> None:
    model = built(type_, "sigmoid", columns=3, targets=True, wide=wide, averaged=True)
    assert_parity(model, tmp_path / "model.tl")


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("type_", TYPES)
def test_operators(type_: str, operator: str, tmp_path: Path) -> None:
    for seed in range(3):
        model = built(type_, "identity", operators=[operator], trees=20, seed=seed)
        assert_parity(model, tmp_path / "model.tl", seed=seed)


@pytest.mark.parametrize("objective", ["binary:logistic", "multi:softprob"])
def test_of_xgboost(objective: str, tmp_path: Path) -> None:
    booster = xgboost_cases.train(objective, categorical=True)
    origin = treelite.frontend.from_xgboost_json(bytes(booster.save_raw("json")))
    assert_parity(origin, tmp_path / "model.tl")


@pytest.mark.parametrize("objective", ["binary_sigmoid", "regression_sqrt", "multiclassova"])
def test_of_lightgbm_as_treelite_reads_it(objective: str, tmp_path: Path) -> None:
    """Without missing types: not what LightGBM predicts."""
    text = tmp_path / "model.txt"
    text.write_text(lightgbm_cases.train(objective, "zero", categorical=True))
    assert_parity(treelite.frontend.load_lightgbm_model(text), tmp_path / "model.tl")


def test_names_and_probabilities(tmp_path: Path) -> None:
    for name, made in SKLEARN.items():
        path = tmp_path / "model.tl"
        treelite.sklearn.import_model(made()).serialize(path)
        model = load_model(path)
        assert model.feature_names == tuple(f"f{i}" for i in range(N_FEATURES))
        assert model.is_probability == name.endswith("classes"), name


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (lambda: built("float32", "identity", operators=["=="]), "a split by '=='"),
        (lambda: built("float32", "max_index", columns=2, wide=True), "postprocessor 'max_index'"),
        (lambda: built("float64", "identity", columns=4, averaged=True), "different numbers"),
    ],
    ids=["equals", "class numbers", "uneven averages"],
)
def test_what_is_refused(model: object, message: str, tmp_path: Path) -> None:
    path = tmp_path / "model.tl"
    model().serialize(path)  # type: ignore[operator]
    with pytest.raises(ModelError, match=message):
        load_model(path)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("base_scores", np.array([np.inf]), "base scores"),
        ("base_scores", np.array([0.0, 0.0]), "base scores"),
        ("num_class", np.array([2], "i4"), "not 2 finite base scores"),
        ("num_class", np.array([0], "i4"), "do not fit"),
        ("num_target", np.array([2], "i4"), "do not fit"),
        ("num_feature", np.array([0], "i4"), "it has 0 features"),
        ("num_feature", np.array([2**31 - 1], "i4"), "it has 2147483647 features"),
        ("class_id", np.array([0, 1, 0, 0, 0, 0], "i4"), "do not fit"),
        ("target_id", np.array([0], "i4"), "what each is for"),
        ("leaf_vector_shape", np.array([1, 3], "i4"), "do not fit"),
        ("sigmoid_alpha", np.array([np.nan], "f4"), "'sigmoid_alpha' is not above 0"),
    ],
)
def test_an_edited_header_is_refused(field: str, value: object, message: str) -> None:
    model = built("float32", "sigmoid")
    model.get_header_accessor().set_field(field, value)
    with pytest.raises(ModelError, match=message):
        read(model.serialize_bytes())


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("cleft", [1, 3, 5, -1, -1, -1, 1], "neither a leaf nor a split"),
        ("cleft", [1, 3, 7, -1, -1, -1, -1], "a child that is not in it"),
        ("cleft", [1, 3, 0, -1, -1, -1, -1], "a child that is not in it"),
        ("cleft", [1, 3, 3, -1, -1, -1, -1], "tree 0: a node hangs below two"),
        ("cright", [2, 1, 6, -1, -1, -1, -1], "tree 0: a node hangs below two"),
        ("cright", [2, 4], "another length"),
        ("threshold", [np.nan] * 7, "'<=' nan"),
        ("leaf_value", [0.0], "another length"),
        ("category_list_end", [99] * 7, "not its own"),
        ("cmp", [7] * 7, "an unknown operator"),
    ],
)
def test_an_edited_tree_is_refused(field: str, value: list[float], message: str) -> None:
    model = built("float32", "sigmoid", operators=["<="], seed=2)
    tree = model.get_tree_accessor(0)
    tree.set_field(field, np.array(value, tree.get_field(field).dtype))
    with pytest.raises(ModelError, match=message):
        read(model.serialize_bytes())


def test_targets_that_have_classes_are_refused(tmp_path: Path) -> None:
    from sklearn.ensemble import RandomForestClassifier

    X, y = training(missing=False, classes=2)
    fitted = RandomForestClassifier(3, random_state=0).fit(X, np.stack([y, 1 - y], axis=1))
    treelite.sklearn.import_model(fitted).serialize(tmp_path / "model.tl")
    with pytest.raises(ModelError, match="2 targets that have classes are not supported"):
        load_model(tmp_path / "model.tl")


def test_a_cut_checkpoint_is_refused(tmp_path: Path) -> None:
    data, path = built("float32", "identity").serialize_bytes(), tmp_path / "model.tl"
    for length in range(4, len(data), 97):
        path.write_bytes(data[:length])
        with pytest.raises(ModelError):
            load_model(path)


def test_what_follows_the_end_is_refused(tmp_path: Path) -> None:
    data, path = built("float32", "identity").serialize_bytes(), tmp_path / "model.tl"
    path.write_bytes(data)
    assert load_model(path).classes == 1
    path.write_bytes(data + b"\0" * 1234)
    with pytest.raises(ModelError, match="1,234 bytes follow its end"):
        load_model(path)


GRID = [(t, p, c, w) for t in TYPES for p in OF_CLASSES for c in (2, 5) for w in (False, True)]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("type_", "postprocessor", "columns", "wide"), GRID)
def test_grid(
    type_: str, postprocessor: str, columns: int, wide: bool, seed: int, tmp_path: Path
) -> None:
    model = built(type_, postprocessor, columns=columns, wide=wide, trees=30, seed=seed + 9)
    assert_parity(model, tmp_path / "model.tl", n=10_000, seed=seed)

"""XGBoost files that must not become a model: edited, or with what cannot be reproduced."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import xgboost as xgb
from xgboost_cases import WIDE, document, train, trees_of, write

from engine.errors import ModelError
from engine.score import load_model
from engine.score.readers import xgboost as reader

Content = dict[str, Any]


def learner(content: Content) -> Content:
    found: Content = content["learner"]
    return found


def tree(content: Content) -> Content:
    return trees_of(content)[1]


def params(content: Content) -> Content:
    found: Content = learner(content)["learner_model_param"]
    return found


def model(content: Content) -> Content:
    found: Content = learner(content)["gradient_booster"]["model"]
    return found


EDITS: dict[str, tuple[Callable[[Content], Any], str]] = {
    "no learner": (lambda c: c.pop("learner"), "'learner' is missing"),
    "learner is a list": (lambda c: c.update(learner=[]), "'learner' is missing or not"),
    "no version": (lambda c: c.pop("version"), "'version' is missing"),
    "version of texts": (
        lambda c: c.update(version=["3"]),
        "version: it has a value that is not a number",
    ),
    "no objective": (lambda c: learner(c)["objective"].pop("name"), "'name' is missing"),
    "unknown objective": (
        lambda c: learner(c)["objective"].update(name="reg:squarederor"),
        "objective 'reg:squarederor' is not supported; did you mean 'reg:squarederror'",
    ),
    "objective of classes": (
        lambda c: learner(c)["objective"].update(name="multi:softprob"),
        "does not fit its number of classes",
    ),
    "class numbers": (lambda c: learner(c)["objective"].update(name="multi:softmax"), "softprob"),
    "gblinear": (
        lambda c: learner(c)["gradient_booster"].update(name="gblinear"),
        "booster 'gblinear' is not supported",
    ),
    "base score of text": (lambda c: params(c).update(base_score="a"), "'base_score' is not"),
    "base score true": (lambda c: params(c).update(base_score="[true]"), "base_score: it has a"),
    "two base scores": (
        lambda c: params(c).update(base_score="[0.1,0.2]"),
        "of 2 columns, not of 1",
    ),
    "base score of many bits": (
        lambda c: params(c).update(base_score="[18446744073709551616]"),
        "more than 64 bits",
    ),
    "base score 1": (lambda c: params(c).update(base_score="[1E0]"), "outside 0..1"),
    "base score NaN": (lambda c: params(c).update(base_score="[NaN]"), "outside 0..1"),
    "features": (lambda c: params(c).update(num_feature="-1"), "'num_feature' is not a count"),
    "many features": (lambda c: params(c).update(num_feature="9999999"), "below a million"),
    "many classes": (lambda c: params(c).update(num_class="9999999"), "below a million"),
    "fewer features": (lambda c: params(c).update(num_feature="3"), "'feature' is outside 0..2"),
    "names": (lambda c: learner(c).update(feature_names=["a"]), "not 6 different names"),
    "same names": (lambda c: learner(c).update(feature_names=["a"] * 6), "not 6 different"),
    "names of numbers": (lambda c: learner(c).update(feature_names=[1] * 6), "not a list of names"),
    "no trees": (
        lambda c: (
            model(c).update(trees=[], tree_info=[], iteration_indptr=[0, 0]),
            model(c)["gbtree_model_param"].update(num_trees="0"),
        ),
        "it has no trees",
    ),
    "a tree too many": (lambda c: model(c)["trees"].append(tree(c)), "'num_trees' or"),
    "a tree unsaid": (lambda c: model(c)["tree_info"].pop(), "'tree_info' is of 5 trees, not of 6"),
    "an iteration unsaid": (lambda c: model(c)["iteration_indptr"].pop(), "'iteration_indptr' is"),
    "iterations from 1": (lambda c: model(c)["iteration_indptr"].pop(0), "'iteration_indptr' is"),
    "tree_info": (lambda c: model(c)["tree_info"].__setitem__(0, 1), "'target' is outside 0..0"),
    "category encoder": (
        lambda c: model(c)["cats"].update(enc=[{"values": [1]}]),
        "integer categories and feature type 'c'",
    ),
    "children": (lambda c: tree(c)["left_children"].pop(), "tree 1: 'right_children' has"),
    "child beyond": (
        lambda c: tree(c)["left_children"].__setitem__(0, 10**6),
        "tree 1: a node has a child that is not in it",
    ),
    "child of 40 bits": (
        lambda c: tree(c)["left_children"].__setitem__(0, 2**40),
        "tree 1, left_children: it has a value outside 32 bits",
    ),
    "child of 100 bits": (
        lambda c: tree(c)["left_children"].__setitem__(0, 2**100),
        "tree 1, left_children: it has a value outside 32 bits",
    ),
    "child of text": (lambda c: tree(c)["left_children"].__setitem__(0, "1"), "not a number"),
    "child of half": (lambda c: tree(c)["left_children"].__setitem__(0, 1.5), "not a whole one"),
    "circle": (lambda c: tree(c)["left_children"].__setitem__(1, 2), "tree 1: a node hangs below"),
    "root as child": (lambda c: tree(c)["left_children"].__setitem__(1, 0), "tree 1: a node has a"),
    "default": (lambda c: tree(c)["default_left"].__setitem__(0, 2), "'default_left' has a value"),
    "split type": (lambda c: tree(c)["split_type"].__setitem__(0, 2), "'split_type' has a value"),
    "no thresholds": (lambda c: tree(c).pop("split_conditions"), "'split_conditions' is missing"),
    "infinite leaf": (
        lambda c: tree(c)["split_conditions"].__setitem__(-1, 1e39),
        "a leaf value is not finite",
    ),
    "feature": (lambda c: tree(c)["split_indices"].__setitem__(0, 6), "'feature' is outside 0..5"),
    "wider leaves": (
        lambda c: tree(c)["tree_param"].update(size_leaf_vector="2"),
        "do not all say the same",
    ),
    "unnamed categories": (
        lambda c: [tree(c)[key].clear() for key in tree(c) if key.startswith("categories")],
        "'categories_nodes' does not name each categorical split",
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_file_is_refused(edit: str, tmp_path: Path) -> None:
    content = document(train("binary:logistic", categorical=True))
    change, message = EDITS[edit]
    change(content)
    with pytest.raises(ModelError, match=message):
        load_model(write(tmp_path / "model.json", content))


def with_categories(content: Content, **changed: int) -> Content:
    """The first list of categories changed: its node, segment, size or first category."""
    of = next(tree for tree in trees_of(content) if tree["categories_nodes"])
    for name, value in changed.items():
        of["categories" if name == "category" else f"categories_{name}"][0] = value
    return content


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"nodes": 10**6}, "names a node that is not there"),
        ({"nodes": -1}, "names a node that is not there"),
        ({"segments": -1}, "goes beyond 'categories'"),
        ({"sizes": 10**6}, "goes beyond 'categories'"),
        ({"sizes": -1}, "not its own"),
        ({"category": -1}, "a negative category"),
        ({"category": 2**31 - 1}, "number the categories from 0"),
    ],
)
def test_edited_categories_are_refused(
    changed: dict[str, int], message: str, tmp_path: Path
) -> None:
    content = with_categories(document(train("binary:logistic", categorical=True)), **changed)
    with pytest.raises(ModelError, match=message):
        load_model(write(tmp_path / "model.json", content))


@pytest.mark.parametrize("threshold", [-np.inf, -1e39])
def test_less_than_minus_infinity_is_refused(threshold: float, tmp_path: Path) -> None:
    content = document(train("reg:squarederror", depth=1))
    tree(content)["split_conditions"][0] = -1e39
    with pytest.raises(ModelError, match="tree 1: a split by '<' -inf is not supported"):
        load_model(write(tmp_path / "model.json", content))


def test_wide_leaves(tmp_path: Path) -> None:
    content = document(train("targets", **WIDE))
    content["learner"]["gradient_booster"]["model"]["trees"][0]["right_children"][-1] = 10**6
    with pytest.raises(ModelError, match="a leaf has no values in 'leaf_weights'"):
        load_model(write(tmp_path / "model.json", content))
    del content["learner"]["gradient_booster"]["model"]["trees"][0]["leaf_weights"]
    with pytest.raises(ModelError, match="XGBoost 3.0 and before"):
        load_model(write(tmp_path / "model.json", content))


def test_string_categories_are_refused(tmp_path: Path) -> None:
    code = np.arange(200) % 4
    kinds = pa.DictionaryArray.from_arrays(pa.array(code, pa.int32()), pa.array(list("abcd")))
    data = xgb.DMatrix(pa.table({"kind": kinds}), code == 2, enable_categorical=True)
    booster = xgb.train({"max_depth": 2, "nthread": 1}, data, 2)
    for path in (tmp_path / "model.json", tmp_path / "model.ubj"):
        booster.save_model(path)
        with pytest.raises(ModelError, match=r"categories of the frame .* \(strings, say\)"):
            load_model(path)


def test_codes_of_a_frame_before_3_1_are_kept_from_frames(tmp_path: Path) -> None:
    """Those versions kept no categories: what a feature of type 'c' holds may be a code."""
    content = document(train("binary:logistic", categorical=True))
    learner(content)["feature_names"] = list("abcdef")
    content["version"] = [3, 0, 5]
    found = load_model(write(tmp_path / "model.json", content))
    found.predict(np.zeros((1, 6)))
    with pytest.raises(ModelError, match="pandas"):
        found.predict(pa.table({name: [0.0] for name in "abcdef"}))
    content["version"] = [3, 1, 0]
    load_model(write(tmp_path / "model.json", content)).predict(
        pa.table({name: [0.0] for name in "abcdef"})
    )


@pytest.mark.parametrize("key", ["learner", "trees", "left_children", "base_score"])
def test_a_key_twice_is_refused(key: str, tmp_path: Path) -> None:
    text = train("binary:logistic", rounds=1).save_raw("json").decode()
    path = tmp_path / "model.json"
    path.write_text(text.replace(f'"{key}":', f'"{key}":0,"{key}":', 1))
    with pytest.raises(ModelError, match="twice"):
        load_model(path)


def test_treelite_must_find_the_same_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever array differs."""
    data = bytes(train("binary:logistic", categorical=True).save_raw("json"))
    header, trees = reader.read_model(reader.treelite.frontend.from_xgboost_json(data))
    for name in trees._fields[:-1]:
        other = getattr(trees, name).copy()
        other.flat[-1] += 1
        changed = header, trees._replace(**{name: other})
        monkeypatch.setattr(reader, "read_model", lambda model, changed=changed: changed)
        with pytest.raises(ModelError, match=f"treelite reads another '{name}'"):
            reader.read(data)

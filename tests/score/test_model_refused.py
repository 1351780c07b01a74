"""Files that must not be scored with: each is refused with the reason, none crashes."""

from __future__ import annotations

import pickle
import random
import re
from collections.abc import Callable
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pytest
from lightgbm_cases import train, with_sizes

from engine.errors import InputMissingError, ModelError
from engine.score import load_model
from engine.score.readers.lightgbm_text import read_sections
from engine.score.readers.lightgbm_trees import read_trees
from engine.score.readers.treelite_check import check_with_treelite


@pytest.fixture(scope="module")
def text() -> str:
    return train("binary", "nan", categorical=True)


def refused(path: Path, content: str | bytes, match: str | None = None) -> None:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(ModelError, match=match) as caught:
        load_model(path)
    assert str(path) in str(caught.value)


def edit(key: str, change: Callable[[list[str]], list[str]]) -> Callable[[str], str]:
    """Change the words of the first line ``key=...`` that has any."""

    def edited(text: str) -> str:
        found = re.search(rf"(?m)^{key}=(\S.*)$", text)
        assert found is not None
        words = " ".join(change(found[1].split()))
        return with_sizes(f"{text[: found.start()]}{key}={words}{text[found.end() :]}")

    return edited


def put(value: str, place: int = 0) -> Callable[[list[str]], list[str]]:
    return lambda words: [*words[:place], value, *words[place:][1:]]


def drop(words: list[str]) -> list[str]:
    return words[:-1]


EDITS = {
    "child out of range": (edit("left_child", put("12")), "tree 0: 'left_child' .* outside"),
    "child far out": (edit("right_child", put("-99")), "tree 0: 'right_child' .* outside"),
    "child is root": (edit("left_child", put("0")), "tree 0: a (node|leaf) hangs below two nodes"),
    "child twice": (edit("left_child", put("-1")), "tree 0: a (node|leaf) hangs below two nodes"),
    "feature": (edit("split_feature", put("6")), "'split_feature' has a value outside 0..5"),
    "negative feature": (edit("split_feature", put("-1")), "'split_feature' has a value outside"),
    "short threshold": (edit("threshold", drop), "'threshold' has 10 values instead of 11"),
    "short leaves": (edit("leaf_value", drop), "'leaf_value' has 11 values instead of 12"),
    "short statistics": (edit("split_gain", drop), "'split_gain' has 10 values"),
    "space for a statistic": (
        lambda text: with_sizes(re.sub(r"(?m)^(leaf_weight=.*) \S+$", r"\1 ", text)),
        "tree 0: 'leaf_weight' has 11 values instead of 12",
    ),
    "space for the last": (
        lambda text: with_sizes(
            re.sub(r"(?m)^(leaf_count=.* )\S+$(?!(?s:.*leaf_count))", r"\1", text)
        ),
        "tree 5: 'leaf_count' has 11 values instead of 12",
    ),
    "word in a statistic": (edit("internal_value", put("1f")), "not a number"),
    "parameters": (
        lambda text: text.replace("[boosting: ", "boosting: "),
        "parameters: unknown line 'boosting: gbdt]'",
    ),
    "nan leaf": (edit("leaf_value", put("nan")), "a leaf value is not finite"),
    "infinite leaf": (edit("leaf_value", put("-inf")), "a leaf value is not finite"),
    "overflowing leaf": (edit("leaf_value", put("1e999")), "a leaf value is not finite"),
    "denormal leaf": (edit("leaf_value", put("1e-320")), "treelite cannot read it"),
    "nan threshold": (edit("threshold", put("nan")), "'threshold' .* not a number"),
    "word": (edit("threshold", put("1_0")), "'threshold' holds something that is not a number"),
    "fraction": (edit("left_child", put("1.5")), "'left_child' .* not an integer"),
    "missing type": (edit("decision_type", put("12")), "'decision_type' has a value outside"),
    "many leaves": (edit("num_leaves", put("1000000000000")), "12 values instead of 1000000000000"),
    "no leaves": (edit("num_leaves", put("0")), "'num_leaves' is 0, below 1"),
    "bitset bounds": (edit("cat_boundaries", put("9", 1)), "'cat_boundaries' does not cut"),
    "bitset end": (edit("cat_threshold", drop), "'cat_boundaries' does not cut"),
    "bitset word": (edit("cat_threshold", put("4294967296")), "outside 32 bits"),
    "bitset count": (edit("num_cat", put("7")), "'cat_boundaries' has .* instead of 8"),
    "no bitsets": (edit("num_cat", put("0")), "'cat_boundaries' has .* instead of 1"),
    "linear": (edit("is_linear", put("1")), "linear_tree"),
    "objective": (edit("objective", put("binery")), "objective 'binery'.*did you mean 'binary'"),
    "objective token": (edit("objective", put("sqrt", 1)), "'sqrt' is not understood"),
    "sigmoid": (edit("objective", put("sigmoid:-1", 1)), "'sigmoid:-1' is not understood"),
    "classes": (edit("num_class", put("2")), "num_tree_per_iteration is not num_class"),
    "features": (edit("max_feature_idx", put("6")), "6 feature_names for 7 features"),
    "same names": (edit("feature_names", put("Column_1")), "empty or there twice"),
    "version": (edit("version", put("v9")), "version 'v9' is not one of v2, v3, v4"),
    "sizes": (
        lambda text: text.replace("tree_sizes=", "tree_sizes=1"),
        "is not as long as tree_sizes says",
    ),
    "one byte": (lambda text: text.replace("shrinkage=0.3", "shrinkage=0.31", 1), "tree_sizes"),
    "unknown line": (
        lambda text: with_sizes(text.replace("is_linear=0", "is_linear=0\nnew_key=1", 1)),
        "tree 0: unknown line 'new_key=1'",
    ),
    "line twice": (
        lambda text: with_sizes(text.replace("num_cat=", "num_cat=0\nnum_cat=", 1)),
        "'num_cat' is there twice",
    ),
    "missing line": (
        lambda text: with_sizes(re.sub(r"(?m)^threshold=.*\n", "", text, count=1)),
        "tree 0: 'threshold' is missing",
    ),
    "line ends": (lambda text: text.replace("\n", "\r\n"), "CR LF"),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_is_refused_and_named(name: str, text: str, tmp_path: Path) -> None:
    change, match = EDITS[name]
    refused(tmp_path / "model.txt", change(text), match)


def test_nodes_in_a_circle_are_refused(tmp_path: Path) -> None:
    """Each node has one parent, but 1 and 2 are each other's: a walk from the root is finite,
    another reader's recursion may not be."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 1))
    params = {"objective": "regression", "num_leaves": 4, "verbose": -1, "num_threads": 1}
    text = lgb.train(params, lgb.Dataset(X, X[:, 0]), 2).model_to_string()
    text = re.sub(r"(?m)^left_child=.*", "left_child=-1 2 1", text)
    text = re.sub(r"(?m)^right_child=.*", "right_child=-2 -3 -4", text)
    refused(tmp_path / "model.txt", with_sizes(text), "tree 0: nodes hang below each other in a ci")


@pytest.mark.parametrize("share", [0.0001, 0.05, 0.3, 0.5, 0.8, 0.95, 0.99])
def test_a_file_cut_short_is_refused(share: float, text: str, tmp_path: Path) -> None:
    refused(tmp_path / "model.txt", text[: int(len(text) * share)])


def test_every_cut_before_the_end_of_the_parameters_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "model.txt"
    end = text.index("end of parameters")
    for length in random.Random(0).sample(range(end), 60):
        refused(path, text[:length])


def test_random_edits_of_numbers_never_crash(text: str, tmp_path: Path) -> None:
    """Loaded or refused; LightGBM and treelite die or hang of some of these."""
    path = tmp_path / "model.txt"
    numbers = [m.span() for m in re.finditer(r"(?<=[ =])-?[\d.e+-]+(?=[ \n])", text)]
    words = ["0", "-1", "1", "7", "99999", "-99999", "2147483648", "1e5", "nan", "", "x"]
    rng = random.Random(1)
    outcomes = {"loaded": 0, "refused": 0}
    for _ in range(150):
        first, last = rng.choice(numbers)
        path.write_text(with_sizes(text[:first] + rng.choice(words) + text[last:]))
        try:
            load_model(path).predict(np.zeros((3, 6)))
            outcomes["loaded"] += 1
        except ModelError:
            outcomes["refused"] += 1
    assert min(outcomes.values()) > 20


def test_trees_that_treelite_reads_otherwise_are_refused(text: str) -> None:
    data = text.encode()
    trees = read_trees(read_sections(data).trees, 1, 6)
    check_with_treelite(data, trees)
    number = int(np.flatnonzero(trees.decision & 1 == 0)[0])
    for name, index in (("leaf", 3), ("threshold", number), ("feature", 0), ("bitset", 0)):
        array = getattr(trees, name).copy()
        array[index] += 1
        with pytest.raises(ModelError, match="treelite reads other"):
            check_with_treelite(data, trees._replace(**{name: array}))
    with pytest.raises(ModelError, match="treelite reads other"):
        check_with_treelite(data, trees._replace(left=trees.right, right=trees.left))
    with pytest.raises(ModelError, match="6 trees instead of 5"):
        check_with_treelite(data, trees._replace(root=trees.root[:-1]))


def test_linear_trees_are_refused(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2))
    data = lgb.Dataset(X, X[:, 0], params={"linear_tree": True})
    params = {"objective": "regression", "linear_tree": True, "verbose": -1, "num_threads": 1}
    text = lgb.train(params, data, 2).model_to_string()
    refused(tmp_path / "model.txt", text, "linear_tree.*not supported")


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "empty"),
        (pickle.dumps({"a": 1}), "pickle.*runs code.*not supported at all.*sklearn.import_model"),
        (b"PK\x03\x04rest", "zip archive.*not supported.*sklearn.import_model"),
        (b"\x1f\x8b rest", "compressed"),
        (b'{"name": "tree", "tree_info": []}', "JSON dump of LightGBM"),
        (b'{"a": 1}', 'scorecard has "kind": "scorecard"'),
        (b"<html>", "neither LightGBM text"),
        (b"tree\nversion=v4\n", "holds no trees"),
        (b"tree\n\xff\n\nTree=0\n", "not UTF-8"),
    ],
)
def test_other_files_are_refused(content: bytes, match: str, tmp_path: Path) -> None:
    refused(tmp_path / "model.bin", content, match)


def test_a_message_never_passes_on_control_characters(text: str, tmp_path: Path) -> None:
    edited = text.replace("version=", "\x1b[2J\nversion=", 1)
    refused(tmp_path / "model.txt", edited, r"unknown line '\?\[2J'")


def test_an_absent_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputMissingError, match="nothing.txt is not there"):
        load_model(tmp_path / "nothing.txt")
    with pytest.raises(ModelError, match="cannot be read"):
        load_model(tmp_path)

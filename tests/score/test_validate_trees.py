"""What may be walked by a kernel that checks nothing: no wrong array passes, no right one fails."""

from __future__ import annotations

import random
import re
from collections import Counter
from typing import Any

import numpy as np
import pytest
from parts_cases import CLASSES, small_trees, wide_trees

from engine.errors import ModelError
from engine.score.validate_trees import validate_trees
from kernels.trees import DOUBLE, LIGHTGBM, SINGLE, Trees


def changed(trees: Trees, field: str, place: Any, value: Any) -> Trees:
    array = getattr(trees, field).copy()
    array[place] = value
    return trees._replace(**{field: array})


BROKEN: dict[str, tuple[tuple[str, Any, Any], str]] = {
    "child too high": (("left", 0, 7), "tree 0: 'left' is outside -11..6"),
    "child too low": (("right", 3, -12), "tree 2: 'right' is outside -11..6"),
    "root too high": (("root", 2, 7), "tree 2: 'root' is outside -11..6"),
    "root of a constant too low": (("root", 1, -12), "tree 1: 'root' is outside"),
    "node twice": (("left", 3, 5), "tree 2: a node hangs below two nodes"),
    "leaf twice": (("right", 3, ~0), "tree 0: a leaf hangs below two nodes"),
    "root twice": (("root", 3, 3), "tree 2: a node hangs below two nodes"),
    "circle": (("left", [4, 6], [5, 6]), "tree 3: nodes hang below each other in a circle"),
    "trees mixed": (("left", [0, 4], [6, 1]), "tree 3: its nodes or leaves lie among those"),
    "leaves mixed": (("left", [2, 3], [~5, ~2]), "its nodes or leaves lie among those"),
    "trees swapped": (("root", [2, 3], [4, 3]), "its nodes or leaves lie among those"),
    "root below another node": (("root", 3, 6), "tree 3: a node hangs below two nodes"),
    "feature": (("feature", 3, 3), "tree 2: 'feature' is outside 0..2"),
    "negative feature": (("feature", 0, -1), "tree 0: 'feature' is outside 0..2"),
    "threshold": (("threshold", 6, np.nan), "tree 3: 'threshold' is not a number"),
    "category number": (("threshold", 1, 1.0), "tree 0: 'threshold' of a categorical split"),
    "decision": (("decision", 4, 12), "tree 3: 'decision' is above 11"),
    "words back": (("words", 3, 1), "tree 0: 'words' goes back"),
    "words first": (("words", [0, 1], 1), "'words' does not cut 'bitset'"),
    "words last": (("words", 7, 3), "tree 3: 'words' gives categories to a numerical split"),
    "words all": (("words", slice(2, None), 3), "'words' does not cut 'bitset'"),
    "numerical words": (("words", 2, 1), "tree 0: 'words' gives categories to a numerical split"),
    "leaf": (("leaf", 5, np.inf), "tree 2: a leaf value is not finite"),
    "leaf of a constant": (("leaf", 4, np.nan), "tree 1: a leaf value is not finite"),
    "target": (("target", 1, 2), "tree 1: 'target' is outside 0..1"),
    "negative target": (("target", 3, -1), "tree 3: 'target' is outside 0..1"),
    "target does not alternate": (("target", 1, 0), "tree 1: 'target': the classes do not alt"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_wrong_number_is_named(name: str) -> None:
    (field, place, value), message = BROKEN[name]
    with pytest.raises(ModelError, match=re.escape(message)):
        validate_trees(changed(small_trees(), field, place, value), 3, CLASSES)


@pytest.mark.parametrize(
    "trees", [small_trees(), small_trees(SINGLE), small_trees(DOUBLE), wide_trees()]
)
def test_right_trees_pass(trees: Trees) -> None:
    validate_trees(trees, 3, CLASSES)


@pytest.mark.parametrize("field", [name for name in Trees._fields if name != "dialect"])
def test_every_dtype_and_length(field: str) -> None:
    trees = small_trees()
    array = np.zeros_like(getattr(trees, field))
    wrong = [array.astype(np.int8), array[..., np.newaxis], array[:-1], np.append(array, array[0])]
    for value in wrong[: 2 if field == "bitset" else 4]:
        with pytest.raises(ModelError):
            validate_trees(trees._replace(**{field: value}), 3, CLASSES)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dialect": 3}, "dialect 3 of its trees is not known"),
        ({"root": np.zeros(0, np.int32)}, "there are no trees"),
        ({"leaf": np.zeros((11, 3))}, "'leaf' has 3 values per leaf for 2 classes"),
        ({"leaf": np.zeros((11, 2))}, "'leaf' has 2 values per leaf for 2 classes"),
        ({"leaf": np.zeros((11, 2)), "dialect": DOUBLE}, "tree 1: 'target' must be 0"),
        ({"leaf": np.full((11, 1), 0.1), "dialect": SINGLE}, "tree 0: a leaf value is not a fl"),
        ({"threshold": np.full(7, 1e300), "dialect": SINGLE}, "of a categorical split"),
        ({"decision": np.full(7, 4, np.uint8), "dialect": SINGLE}, "'words' gives categories"),
    ],
)
def test_other_things_that_do_not_fit(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        validate_trees(small_trees()._replace(**change), 3, CLASSES)


def test_only_lightgbm_has_zeros_that_are_missing_and_alternates_classes() -> None:
    validate_trees(changed(small_trees(LIGHTGBM), "decision", 3, 6), 3, CLASSES)
    for dialect in (SINGLE, DOUBLE):
        with pytest.raises(ModelError, match="tree 2: 'decision' makes 0 missing"):
            validate_trees(changed(small_trees(dialect), "decision", 3, 6), 3, CLASSES)
        validate_trees(changed(small_trees(dialect), "target", 1, 0), 3, CLASSES)


def test_single_precision_has_float32_thresholds() -> None:
    with pytest.raises(ModelError, match="tree 0: 'threshold' is not a float32"):
        validate_trees(changed(small_trees(SINGLE), "threshold", 0, 0.1), 3, CLASSES)


def test_a_root_that_is_not_the_first_node() -> None:
    trees = changed(changed(small_trees(), "root", 3, 6), "left", [4, 6], [5, 4])
    assert _holds(trees, 3) is False
    with pytest.raises(ModelError, match="tree 3: 'root' is not its first node"):
        validate_trees(trees, 3, CLASSES)


def test_trees_must_divide_into_the_classes_of_lightgbm() -> None:
    trees = small_trees()
    with pytest.raises(ModelError, match="4 trees do not divide into 3 classes"):
        validate_trees(trees._replace(target=np.array([0, 1, 2, 0], np.int32)), 3, 3)


def _holds(trees: Trees, n_features: int) -> bool:
    """The same by walking a model of dialect ``DOUBLE``, node by node."""
    nodes, leaves = len(trees.feature), len(trees.leaf)
    visits: Counter[int] = Counter()
    order: list[list[int]] = [[], []]
    for root in trees.root.tolist():
        stack, mine = [root], []
        while stack:
            at = stack.pop()
            if not -leaves <= at < nodes or visits[at]:
                return False
            visits[at] += 1
            mine.append(at)
            if at >= 0:
                stack += [int(trees.left[at]), int(trees.right[at])]
        numbers = sorted(n for n in mine if n >= 0)
        if numbers and numbers[0] != root:
            return False
        order[0] += numbers
        order[1] += sorted(~n for n in mine if n < 0)
    words = trees.words.tolist()
    categorical = (trees.decision & 1).astype(bool)
    return (
        order == [list(range(nodes)), list(range(leaves))]
        and all(0 <= f < n_features for f in trees.feature.tolist())
        and words[0] == 0
        and words[-1] == trees.bitset.size
        and all(
            a <= b if c else a == b
            for a, b, c in zip(words[:-1], words[1:], categorical, strict=True)
        )
        and all(t == 0 for t in trees.threshold[categorical].tolist())
        and int(trees.decision.max()) <= 11
        and not any(d in (4, 6) for d in trees.decision.tolist())  # of a DOUBLE model
    )


def test_random_edits_pass_exactly_if_a_walk_says_so() -> None:
    rng = random.Random(5)
    verdicts: Counter[bool] = Counter()
    fields = ("root", "left", "right", "left", "right", "feature", "words", "decision")
    for _ in range(4_000):
        trees = small_trees(DOUBLE)
        for _ in range(rng.choice((1, 2, 2, 4))):
            field = rng.choice(fields)
            array = getattr(trees, field).copy()
            if rng.random() < 0.5:
                i, j = rng.randrange(array.size), rng.randrange(array.size)
                array[i], array[j] = array[j], array[i]
            else:
                least = 0 if field == "decision" else -13
                array[rng.randrange(array.size)] = rng.randrange(least, 13)
            trees = trees._replace(**{field: array})
        try:
            validate_trees(trees, 3, CLASSES)
            passed = True
        except ModelError:
            passed = False
        assert passed == _holds(trees, 3), trees
        verdicts[passed] += 1
    assert min(verdicts.values()) > 300


def _chain(n: int) -> Trees:
    """One tree of ``n`` nodes below each other."""
    return Trees(
        root=np.zeros(1, np.int32),
        target=np.zeros(1, np.int32),
        feature=np.zeros(n, np.int32),
        threshold=np.zeros(n),
        decision=np.full(n, 8, np.uint8),
        left=np.append(np.arange(1, n), -n - 1).astype(np.int32),
        right=~np.arange(n, dtype=np.int32),
        words=np.zeros(n + 1, np.int32),
        bitset=np.zeros(0, np.uint32),
        leaf=np.zeros((n + 1, 1)),
        dialect=LIGHTGBM,
    )


def test_a_long_chain_and_a_long_circle() -> None:
    """Neither needs a step per node in Python, nor recursion."""
    trees = _chain(1_000_000)
    validate_trees(trees, 1, 1)
    circle = changed(trees, "left", [0, -1], [-1_000_001, 1])
    with pytest.raises(ModelError, match="circle"):
        validate_trees(circle, 1, 1)

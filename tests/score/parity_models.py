"""LightGBM models by the thousand, each trained in a few hundredths of a second.

Model ``i`` depends on ``i`` only. Objective, kind of missing value and shape take turns, all else
is drawn: boosting, features, categories, bins, leaves, classes, rounds.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import lightgbm as lgb
import numpy as np
from lightgbm_cases import CUSTOM, DART, MISSING, OBJECTIVES, RF, nasty_rows, with_sizes
from numpy.typing import NDArray

GROUP = 20
"""Rows of a query of the ranking objectives; the training sets are multiples of it."""

_GOSS = {"data_sample_strategy": "goss"}
_BOOSTING: tuple[dict[str, Any], ...] = ({}, {}, RF, DART, _GOSS)
_CARDINALITIES = (3, 12, 40, 90, 400)
_MAX_BIN = (3, 15, 63, 255, 1000)

SHAPES = ("constant", "chain", "fine", "edited", "edited", *["plain"] * 15)
"""``constant``: trees of one leaf. ``chain``: each split takes one row off, so trees are as deep as
they have nodes. ``fine``: hundreds of thresholds on few features. ``edited``: thresholds that
training does not find. Every 200th model is ``large``: trees of thousands of leaves."""

EDGES = (
    *("0", "-0", "inf", "-inf", "1e308", "-1e300", "3.4028234663852886e38"),
    *("1e-35", "-1e-35", "1.0000000180025095e-35", "-1.0000000180025095e-35"),
    *("1.0000000180025097e-35", "-1.0000000180025097e-35", "1e-40", "-1e-40"),
    *("2.2250738585072014e-308", "-2.2250738585072014e-308", "1", "16777217", "9007199254740993"),
)
"""What edited thresholds are; what is below float64's normal numbers treelite refuses."""


class Made(NamedTuple):
    """A model; ``cardinality`` int64 per feature, 0 if it is a number."""

    name: str
    text: str
    cardinality: NDArray[np.int64]


def make(i: int) -> Made:
    """Model number ``i``.

    LightGBM 4.7 cannot train one draw in hundreds (``left_count`` of a split is 0); the next is
    taken then.
    """
    for draw in range(5):
        try:
            return _drawn(i, np.random.default_rng([i, 11, draw]))
        except lgb.basic.LightGBMError as exc:
            refused = exc
    raise refused


def _drawn(i: int, rng: np.random.Generator) -> Made:
    objective = list(OBJECTIVES)[i % len(OBJECTIVES)]
    missing = list(MISSING)[i // len(OBJECTIVES) % len(MISSING)]
    shape = "large" if i % 200 == 199 else SHAPES[i % len(SHAPES)]
    if shape == "chain":
        objective = ("regression", "regression_sqrt", "custom", "regression_rf")[i // 20 % 4]
    cardinality = _cardinality(rng, shape)
    X = training_rows(rng, _n_rows(rng, shape), cardinality)
    params = {**_objective(rng, objective), **MISSING[missing], **_growth(rng, shape, len(X))}
    text = _trained(params, X, _signal(rng, X, shape), np.flatnonzero(cardinality))
    if shape == "edited":
        text = _with_edges(rng, text)
    return Made(f"{i}-{objective}-{missing}-{shape}", text, cardinality)


def training_rows(
    rng: np.random.Generator, n: int, cardinality: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Normal numbers and codes, one in ten missing, one in ten 0."""
    X = rng.normal(size=(n, cardinality.size))
    X = np.where(cardinality > 0, rng.integers(0, np.maximum(cardinality, 1), X.shape), X)
    X[rng.random(X.shape) < 0.1] = np.nan
    X[rng.random(X.shape) < 0.1] = 0.0
    return X


def hostile_rows(made: Made, n: int, seed: int) -> NDArray[np.float64]:
    """From rows as they were trained on to rows of hard values only.

    Hard are the model's own thresholds and their neighbours, what ``nasty_rows`` knows, and codes
    around those of the splits: negative, with fractions, unseen.
    """
    rng = np.random.default_rng([seed, 13])
    plain, nasty = training_rows(rng, n, made.cardinality), nasty_rows(made.text, n, seed)
    codes = rng.integers(-2, made.cardinality + 40, nasty.shape) + rng.choice(
        [0.0, 0.0, 0.5, 0.999], nasty.shape
    )
    nasty = np.where((made.cardinality > 0) & (rng.random(nasty.shape) < 0.7), codes, nasty)
    share = rng.choice([0.0, 0.1, 0.5, 1.0], (n, 1))
    return np.where(rng.random(plain.shape) < share, nasty, plain)


def _cardinality(rng: np.random.Generator, shape: str) -> NDArray[np.int64]:
    n = int(rng.integers(1, {"fine": 3, "chain": 4, "large": 6}.get(shape, 41)))
    found = np.where(rng.random(n) < 0.4, rng.choice(_CARDINALITIES, n), 0)
    if shape in ("fine", "chain") or rng.random() < 0.4:
        found[:] = 0
    return found.astype(np.int64)


def _n_rows(rng: np.random.Generator, shape: str) -> int:
    if shape in ("large", "fine"):
        return 4000 if shape == "large" else 1000
    return 80 if shape == "chain" else GROUP * int(rng.integers(10, 51))


def _objective(rng: np.random.Generator, name: str) -> dict[str, Any]:
    params = dict(OBJECTIVES[name])
    if "num_class" in params:
        params["num_class"] = int(rng.integers(2, 8))
    if "sigmoid" in params:  # LightGBM reads 1 in 20 of such numbers 1 ulp off
        params["sigmoid"] = round(float(rng.uniform(0.05, 5.0)), 5)
    if "boosting" not in params:
        boosting = _BOOSTING[rng.integers(len(_BOOSTING))]
        params |= {} if boosting is RF and name == "custom" else boosting  # it refuses that
    return params


def _growth(rng: np.random.Generator, shape: str, n: int) -> dict[str, Any]:
    leaves = {"large": 3000, "fine": 300, "chain": 60}.get(shape)
    least = 1 if leaves else int(rng.integers(1, 6))
    return {
        "num_leaves": leaves or int(np.exp(rng.uniform(np.log(2), np.log(300)))),
        "min_data_in_leaf": n if shape == "constant" else least,
        "min_sum_hessian_in_leaf": 0.0 if leaves else 1e-3,
        "max_bin": 1000 if shape in ("large", "fine") else int(rng.choice(_MAX_BIN)),
        "num_iterations": int(rng.integers(1, 8)) if shape != "large" else 2,
        "learning_rate": float(rng.choice([0.05, 0.3, 1.0])),
        "max_cat_to_onehot": int(rng.choice([1, 4])),
        "max_cat_threshold": int(rng.choice([8, 32, 256])),
        "min_data_per_group": 1,
        "cat_smooth": 1.0,
        "num_threads": 1,
        "verbose": -1,
        "seed": int(rng.integers(1000)),
    }


def _signal(rng: np.random.Generator, X: NDArray[np.float64], shape: str) -> NDArray[np.float64]:
    if shape == "chain":
        X[:, 0] = rng.permutation(len(X))
        return np.asarray(1.3 ** X[:, 0])
    known = np.nan_to_num(X)
    return np.asarray(known[:, 0] * 2 + known[:, -1] % 3 + rng.normal(size=len(X)))


def _trained(
    params: dict[str, Any],
    X: NDArray[np.float64],
    signal: NDArray[np.float64],
    categorical: NDArray[np.int64],
) -> str:
    if params["objective"] == CUSTOM:
        params["objective"] = lambda p, data: (p - data.get_label(), np.ones_like(p))
    data = lgb.Dataset(
        X,
        _target(params, signal),
        group=[GROUP] * (len(X) // GROUP),
        categorical_feature=categorical.tolist(),
    )
    return str(lgb.train(params, data).model_to_string())


def _target(params: dict[str, Any], signal: NDArray[np.float64]) -> NDArray[np.float64]:
    classes = params.get("num_class")
    if classes:
        cuts = np.quantile(signal, np.arange(1, classes) / classes)
        return np.searchsorted(cuts, signal).astype(np.float64)
    if params["objective"] in ("binary", "lambdarank", "rank_xendcg"):
        return (signal > np.median(signal)).astype(np.float64)
    if str(params["objective"]).startswith("cross_entropy"):
        return np.asarray(1.0 / (1.0 + np.exp(-signal)))
    return np.asarray(np.abs(signal) + 0.1)


def _with_edges(rng: np.random.Generator, text: str) -> str:
    """One split in three: its threshold becomes one of ``EDGES``; if it is categorical, it says
    that what is missing goes left, which LightGBM ignores there."""

    def edited(tree: re.Match[str]) -> str:
        thresholds, decisions = tree[1].split(" "), tree[2].split(" ")
        for k in np.flatnonzero(rng.random(len(decisions)) < 1 / 3):
            if int(decisions[k]) & 1:
                decisions[k] = str(int(decisions[k]) | 2)
            else:
                thresholds[k] = str(rng.choice(EDGES))
        return f"threshold={' '.join(thresholds)}\ndecision_type={' '.join(decisions)}"

    both = r"(?m)^threshold=(\S.*)\ndecision_type=(\S.*)$"
    return with_sizes(re.sub(both, edited, text))

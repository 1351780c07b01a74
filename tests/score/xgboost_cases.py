"""XGBoost models and rows that are hard to score: what the tests of that reader share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

N_FEATURES = 6
TYPES = ["q", "q", "q", "q", "c", "c"]
"""Of the features: the last two are integers that may be trained as categories."""

OBJECTIVES: dict[str, dict[str, Any]] = {
    name: {"objective": name}
    for name in (
        *("binary:hinge", "binary:logistic", "binary:logitraw", "count:poisson", "rank:map"),
        *("rank:ndcg", "rank:pairwise", "reg:absoluteerror", "reg:gamma", "reg:logistic"),
        *("reg:pseudohubererror", "reg:squarederror", "reg:squaredlogerror", "reg:tweedie"),
        *("survival:aft", "survival:cox"),
    )
} | {
    "multi:softprob": {"objective": "multi:softprob", "num_class": 3},
    "reg:quantileerror": {"objective": "reg:quantileerror", "quantile_alpha": 0.7},
    "quantiles": {"objective": "reg:quantileerror", "quantile_alpha": [0.1, 0.5, 0.9]},
    "targets": {"objective": "reg:squarederror"},
    "labels": {"objective": "binary:logistic"},
}

BOOSTERS: dict[str, dict[str, Any]] = {
    "gbtree": {},
    "dart": {"booster": "dart", "rate_drop": 0.5},
    "forest": {"num_parallel_tree": 3, "subsample": 0.6, "colsample_bynode": 0.7},
}

WIDE = {"multi_strategy": "multi_output_tree"}
"""A leaf holds a value for every column; XGBoost trains no categories then."""


def train(
    objective: str, *, categorical: bool = False, depth: int = 4, seed: int = 0, **more: Any
) -> xgb.Booster:
    """A small model; the same arguments give the same model."""
    rng = np.random.default_rng([len(objective), categorical, depth, seed])
    n = 400
    X = rng.normal(size=(n, N_FEATURES))
    X[:, 4:] = rng.integers(0, (12, 90), size=(n, 2))
    X[rng.random(X.shape) < 0.1] = np.nan
    X[rng.random(X.shape) < 0.1] = 0.0
    signal = np.nan_to_num(X[:, 0]) * 2 + np.nan_to_num(X[:, 5] % 3) + rng.normal(size=n)
    types = TYPES if categorical else None
    data = xgb.DMatrix(X, feature_types=types, enable_categorical=True)
    _set_target(data, objective, signal)
    params = {"max_depth": depth, "eta": 0.3, "nthread": 1, "verbosity": 0, "seed": seed + 3}
    rounds = more.pop("rounds", 6)
    return xgb.train({**params, **OBJECTIVES[objective], **more}, data, rounds)


def _set_target(data: xgb.DMatrix, objective: str, signal: NDArray[np.float64]) -> None:
    if objective == "survival:aft":
        data.set_float_info("label_lower_bound", np.abs(signal) + 0.1)
        data.set_float_info("label_upper_bound", np.abs(signal) + 0.5)
    elif objective == "targets":
        data.set_label(np.stack([signal, -signal, np.abs(signal)], axis=1))
    elif objective == "labels":
        data.set_label(np.stack([signal > 1.0, signal > 2.0], axis=1).astype(float))
    elif objective == "multi:softprob":
        data.set_label(np.digitize(signal, [0.0, 2.0]))
    elif objective.startswith(("binary", "rank", "reg:logistic")):
        data.set_label(signal > 1.0)
    else:
        data.set_label(np.abs(signal) + 0.1)
    if objective.startswith("rank"):
        data.set_group([20] * 20)


def document(booster: xgb.Booster) -> dict[str, Any]:
    """The JSON of a model, to look at or to edit."""
    found: dict[str, Any] = json.loads(booster.save_raw("json"))
    return found


def trees_of(content: dict[str, Any]) -> list[dict[str, Any]]:
    """The trees in it."""
    booster = content["learner"]["gradient_booster"]
    found: list[dict[str, Any]] = booster.get("gbtree", booster)["model"]["trees"]
    return found


def write(path: Path, content: dict[str, Any]) -> Path:
    """An edited model."""
    path.write_text(json.dumps(content))
    return path


_TINY = [5e-324, 1e-46, 1e-45, 1e-40, 1.2e-38, 1e-35]
_CODES = [0.5, 0.99999999, 1.0, 2.0, 3.5, 7.0, 31.0, 32.0, 33.0, 63.9, 64.0, 89.0, 95.0, 96.0, 1e6]
_HUGE = [2.0**24 - 1, 2.0**24, 2.0**24 + 2, 2.0**31, 2.0**32 + 3, 2.0**53, 1e19, 3.4e38]
_NASTY = np.array(
    [np.nan, 0.0, -0.0] + [sign * x for x in _TINY + _CODES + _HUGE for sign in (1.0, -1.0)]
)
_BEYOND = np.array([np.inf, -np.inf, 3.5e38, -3.5e38, 1e300, -1e300])
"""Infinite as float32: XGBoost's DMatrix refuses them, ``inplace_predict`` does not."""


def nasty_rows(
    booster: xgb.Booster, n: int, *, seed: int = 0, beyond: bool = False
) -> NDArray[np.float64]:
    """``n`` rows made of what a split could get wrong; each feature meets its own thresholds."""
    rng = np.random.default_rng(seed)
    own = _thresholds(booster)
    values = np.concatenate([_NASTY, _BEYOND]) if beyond else _NASTY
    return np.stack(
        [rng.choice(np.concatenate([values, own[j]]), n) for j in range(N_FEATURES)], axis=1
    )


def _thresholds(booster: xgb.Booster) -> list[NDArray[np.float64]]:
    """Per feature: its thresholds, their neighbours as float32 and as float64, and the middle
    between float32 neighbours, which rounds to either."""
    trees = trees_of(document(booster))
    feature = np.concatenate([tree["split_indices"] for tree in trees])
    threshold = np.concatenate([tree["split_conditions"] for tree in trees]).astype(np.float32)
    found = []
    for j in range(N_FEATURES):
        t = threshold[feature == j]
        with np.errstate(over="ignore"):
            below = np.nextafter(t, np.float32(-np.inf)).astype(np.float64)
            above = np.nextafter(t, np.float32(np.inf)).astype(np.float64)
        t64 = t.astype(np.float64)
        next64 = [np.nextafter(t64, -np.inf), np.nextafter(t64, np.inf)]
        found.append(np.concatenate([below, t64, above, *next64, (below + t64) / 2]))
    return found

"""Models and rows that are hard to score: what the tests of the score stage share."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from kernels.trees import ZERO

N_FEATURES = 6
CATEGORICAL = (4, 5)

REAL_DATA = Path(
    os.environ.get("NIGHTBOOK_REAL_DATA", Path(__file__).parents[2].parent / "shared" / "data")
)

MISSING: dict[str, dict[str, Any]] = {
    "none": {"use_missing": False},
    "zero": {"zero_as_missing": True},
    "nan": {},
}

RF = {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6}
DART = {"boosting": "dart", "drop_rate": 0.5, "skip_drop": 0.0}
CUSTOM = "custom"

OBJECTIVES: dict[str, dict[str, Any]] = {
    "binary": {"objective": "binary"},
    "binary_sigmoid": {"objective": "binary", "sigmoid": 1.7},
    "binary_rf": {"objective": "binary", **RF},
    "binary_dart": {"objective": "binary", **DART},
    "cross_entropy": {"objective": "cross_entropy"},
    "cross_entropy_lambda": {"objective": "cross_entropy_lambda"},
    "regression": {"objective": "regression"},
    "regression_sqrt": {"objective": "regression", "reg_sqrt": True},
    "regression_rf": {"objective": "regression", **RF},
    "l1": {"objective": "regression_l1"},
    "l1_sqrt": {"objective": "regression_l1", "reg_sqrt": True},
    "huber": {"objective": "huber"},
    "quantile": {"objective": "quantile", "alpha": 0.7},
    "mape": {"objective": "mape"},
    "fair": {"objective": "fair"},
    "poisson": {"objective": "poisson"},
    "gamma": {"objective": "gamma"},
    "tweedie": {"objective": "tweedie"},
    "multiclass": {"objective": "multiclass", "num_class": 3},
    "multiclass_rf": {"objective": "multiclass", "num_class": 3, **RF},
    "multiclassova": {"objective": "multiclassova", "num_class": 3, "sigmoid": 0.8},
    "lambdarank": {"objective": "lambdarank"},
    "rank_xendcg": {"objective": "rank_xendcg"},
    "custom": {"objective": CUSTOM},
}


def train(objective: str, missing: str, *, categorical: bool, rounds: int = 6) -> str:
    """The text of a small model; the same arguments give the same text."""
    rng = np.random.default_rng([len(objective), len(missing), categorical, 7])
    n = 400
    X = rng.normal(size=(n, N_FEATURES))
    X[:, CATEGORICAL] = rng.integers(0, (12, 90), size=(n, 2))
    X[rng.random(X.shape) < 0.1] = np.nan
    X[rng.random(X.shape) < 0.1] = 0.0
    signal = np.nan_to_num(X[:, 0]) * 2 + np.nan_to_num(X[:, 5] % 3) + rng.normal(size=n)
    params = {
        **OBJECTIVES[objective],
        **MISSING[missing],
        "num_leaves": 12,
        "min_data_in_leaf": 5,
        "min_data_per_group": 1,
        "cat_smooth": 1.0,
        "learning_rate": 0.3,
        "num_threads": 1,
        "verbose": -1,
        "seed": 3,
    }
    if objective == CUSTOM:
        params["objective"] = lambda p, data: (p - data.get_label(), np.ones_like(p))
    ranked = params["objective"] in ("lambdarank", "rank_xendcg")
    data = lgb.Dataset(
        X,
        _target(params["objective"], signal),
        group=[20] * 20 if ranked else None,
        categorical_feature=list(CATEGORICAL) if categorical else [],
    )
    return str(lgb.train(params, data, rounds).model_to_string())


def _target(objective: object, signal: NDArray[np.float64]) -> NDArray[np.float64]:
    if objective in ("multiclass", "multiclassova"):
        return np.digitize(signal, [0.0, 2.0]).astype(np.float64)
    if objective in ("binary", "lambdarank", "rank_xendcg"):
        return (signal > 1.0).astype(np.float64)
    if str(objective).startswith("cross_entropy"):
        return 1.0 / (1.0 + np.exp(-signal))
    return np.abs(signal) + 0.1


def nasty_rows(text: str, n: int, seed: int = 0) -> NDArray[np.float64]:
    """``n`` rows made of what a split could get wrong; each feature meets its own thresholds."""
    width = int(re.search(r"max_feature_idx=(\d+)", text)[1]) + 1  # type: ignore[index]
    rng = np.random.default_rng(seed)
    own = _thresholds(text)
    return np.stack(
        [rng.choice(np.concatenate([_NASTY, own.get(j, [])]), n) for j in range(width)], axis=1
    )


_TINY = [5e-324, 2.2e-308, np.nextafter(ZERO, 0.0), ZERO, np.nextafter(ZERO, 1.0), 1e-35, 1e-34]
_CODES = [0.5, 0.999, 1.0, 2.0, 3.5, 7.0, 31.0, 32.0, 33.0, 63.9, 64.0, 89.0, 95.0, 96.0, 1e6]
_HUGE = [2.0**31 - 1, 2.0**31, 2.0**32, 2.0**32 + 3, 2.0**53, 1e19, 1e300, np.inf]
_NASTY = np.array(
    [np.nan, 0.0, -0.0] + [sign * x for x in _TINY + _CODES + _HUGE for sign in (1.0, -1.0)]
)


def _thresholds(text: str) -> dict[int, NDArray[np.float64]]:
    """Per feature: its thresholds and their neighbours, one ulp below and above."""
    found: dict[int, list[float]] = {}
    lines = zip(
        re.findall(r"(?m)^split_feature=(.*)$", text),
        re.findall(r"(?m)^threshold=(.*)$", text),
        strict=True,
    )
    for features, thresholds in lines:
        for feature, threshold in zip(features.split(), thresholds.split(), strict=True):
            t = float(threshold)
            found.setdefault(int(feature), []).extend(
                [np.nextafter(t, -np.inf), t, np.nextafter(t, np.inf)]
            )
    return {feature: np.array(values) for feature, values in found.items()}


def with_sizes(text: str) -> str:
    """An edited text with ``tree_sizes`` that fit again, so that only the edit is wrong."""
    parts = re.split(r"(?m)^(?=Tree=\d+$|end of trees$)", text)
    sizes = " ".join(str(len(part.encode())) for part in parts if part.startswith("Tree="))
    return re.sub(r"(?m)^tree_sizes=.*$", f"tree_sizes={sizes}", text, count=1)


def same_bits(a: NDArray[np.float64], b: NDArray[np.float64]) -> bool:
    """Equal to the bit: -0.0 is not 0.0."""
    return a.dtype == b.dtype == np.float64 and a.shape == b.shape and a.tobytes() == b.tobytes()

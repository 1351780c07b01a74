"""Sound models of every format, small ones: what the mutators start from."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import treelite
import xgboost
from lightgbm_cases import train
from numpy.typing import NDArray
from sklearn.ensemble import GradientBoostingRegressor, IsolationForest, RandomForestClassifier

from engine.score import compile_model

N_FEATURES = 4


@cache
def originals(kind: str) -> tuple[bytes, ...]:
    """The models of one of ``KINDS``."""
    return tuple(_MAKERS[kind]())


def _data() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rng = np.random.default_rng(3)
    X = rng.normal(size=(200, N_FEATURES))
    X[:, 3] = rng.integers(0, 40, 200)
    return X, X[:, 0] + X[:, 3] % 3 + rng.normal(size=200)


def _lightgbm() -> list[bytes]:
    cases = (
        ("binary", "nan", True, 2),
        ("multiclass", "zero", False, 1),
        ("regression_rf", "none", True, 2),
        ("poisson", "nan", False, 3),
    )
    return [train(o, m, categorical=c, rounds=r).encode() for o, m, c, r in cases]


def _xgboost() -> list[xgboost.Booster]:
    X, signal = _data()
    types = ["q"] * 3 + ["c"]
    found = []
    for params, y, categories, rounds in (
        ({"objective": "binary:logistic"}, signal > 1, True, 3),
        ({"objective": "multi:softprob", "num_class": 3}, np.digitize(signal, [0, 2]), False, 1),
        ({"objective": "reg:squarederror", "booster": "dart", "rate_drop": 0.5}, signal, False, 3),
        ({"objective": "count:poisson"}, np.abs(signal), True, 2),
    ):
        data = xgboost.DMatrix(X, y, feature_types=types if categories else None)
        own = {"max_depth": 3, "nthread": 1, "seed": 1, **params}
        found.append(xgboost.train(own, data, rounds))
    return found


def _json() -> list[bytes]:
    return [bytes(booster.save_raw("json")) for booster in _xgboost()]


def _ubj() -> list[bytes]:
    return [bytes(booster.save_raw("ubj")) for booster in _xgboost()]


def _checkpoints() -> list[bytes]:
    X, signal = _data()
    estimators = (
        RandomForestClassifier(3, max_depth=3, random_state=0).fit(X, np.digitize(signal, [0, 2])),
        GradientBoostingRegressor(n_estimators=4, max_depth=3, random_state=0).fit(X, signal),
        IsolationForest(n_estimators=3, max_samples=20, random_state=0).fit(X),
    )
    found = [treelite.sklearn.import_model(one).serialize_bytes() for one in estimators]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.txt"
        path.write_bytes(_lightgbm()[0])
        found.append(treelite.frontend.load_lightgbm_model(path).serialize_bytes())
    found.append(treelite.frontend.from_xgboost_json(_json()[1]).serialize_bytes())
    return found


def _compiled() -> list[bytes]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        found = []
        for source in (*_lightgbm(), _json()[0], *_checkpoints()[:2]):
            path.write_bytes(source)
            found.append(compile_model(path).data)
    return found


def _scorecards() -> list[bytes]:
    number = {"name": "use", "coefficient": 1.25, "impute": 0.4, "mean": 0.31, "std": 0.22}
    plain = {"name": "age", "coefficient": -0.5}
    bins = {"edges": [25, 40.5], "woe": [0.9, 0.1, -0.6], "missing": 0.3}
    codes = {"codes": [11, 12, -3], "woe": [-0.2, 0.4, 1], "other": 0.0, "missing": None}
    binned: dict[str, Any] = {"name": "income", "coefficient": 0.8, "bins": bins}
    coded: dict[str, Any] = {"name": "region", "coefficient": 0.5, "categories": codes}
    points = {"base": 600, "base_odds": 50.0, "pdo": 20}
    told = {"event": "good", "points": points, "cut_off": 0.08}
    cards = (([number, binned, coded], {}), ([coded, plain], told), ([binned], {}))
    return [
        json.dumps({"kind": "scorecard", "features": features, "intercept": -3.1} | more).encode()
        for features, more in cards
    ]


_MAKERS = {
    "lightgbm": _lightgbm,
    "json": _json,
    "ubj": _ubj,
    "checkpoint": _checkpoints,
    "compiled": _compiled,
    "scorecard": _scorecards,
}
KINDS = tuple(_MAKERS)

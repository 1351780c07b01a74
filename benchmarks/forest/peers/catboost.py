"""CatBoost on a model of its own: another kind of tree, for orientation."""

from __future__ import annotations

import catboost

from benchmarks.forest.peers import Predict


def prepare(path: str) -> Predict:
    """A model in CatBoost's format."""
    model = catboost.CatBoostClassifier()
    model.load_model(path)
    return lambda X, threads: model.predict_proba(X, thread_count=threads)[:, 1]

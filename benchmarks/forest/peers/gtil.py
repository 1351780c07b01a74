"""treelite's reference interpreter."""

from __future__ import annotations

import treelite

from benchmarks.forest.peers import Predict


def prepare(path: str) -> Predict:
    """A model in LightGBM text."""
    model = treelite.frontend.load_lightgbm_model(path)
    return lambda X, threads: treelite.gtil.predict(model, X, nthread=threads)[:, 0, 0]

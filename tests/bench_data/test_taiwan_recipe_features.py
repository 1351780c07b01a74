"""LightGBM on the recipe's features is above LightGBM on the original columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench_data import measure_recipe_features as measure
from bench_data.measure_scorecards import stratified_splits

SPLITS = 4


@pytest.mark.slow
@pytest.mark.realdata
@pytest.mark.parametrize("way", measure.WAYS)
def test_above(taiwan: Path, way: str) -> None:
    """Some of the splits of the README, which has the interval of all."""
    original, recipe, y = measure.taiwan_matrices(taiwan / "book.toml")
    splits = stratified_splits(y, range(SPLITS))
    plain, made = (measure.areas(measure.WAYS[way], X, y, splits) for X in (original, recipe))
    assert (made - plain).mean() > 0.001


def test_both_ways_see_the_train_rows_alone() -> None:
    """Columns of noise: an AUC far from 0.5 on other rows would be a leak."""
    random = np.random.default_rng(2)
    X, y = random.normal(size=(2_000, 3)), (random.random(2_000) < 0.3).astype(np.float64)
    splits = stratified_splits(y, range(2))
    for train in measure.WAYS.values():
        assert measure.areas(train, X, y, splits) == pytest.approx(0.5, abs=0.08)

"""Published figures on the original columns, and the recipe on the same split."""

from __future__ import annotations

from pathlib import Path

import pytest
from real_books import real_data_folder

from bench_data import measure_taiwan as measure
from bench_data.features import book_features
from bench_data.taiwan import read_taiwan

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def original() -> tuple[measure.Matrix, measure.Matrix]:
    return measure.original_matrix(read_taiwan(real_data_folder() / "taiwan" / "taiwan.csv"))


def test_published_lightgbm(original: tuple[measure.Matrix, measure.Matrix]) -> None:
    found = measure.published_lightgbm(*original)
    assert found.train == pytest.approx(0.8038, abs=1e-4)
    assert found.test == pytest.approx(0.7778, abs=1e-4)


def test_published_logistic(original: tuple[measure.Matrix, measure.Matrix]) -> None:
    found = measure.published_logistic(*original)
    assert found.train == pytest.approx(0.7240, abs=1e-4)
    assert found.test == pytest.approx(0.7232, abs=1e-4)


def test_recipe_beats_the_published_figure(taiwan: Path) -> None:
    """With the engine's parameters; the trees are counted by cross-validation in the train part."""
    frame = read_taiwan(real_data_folder() / "taiwan" / "taiwan.csv")
    _, y = measure.original_matrix(frame)
    X = measure.recipe_matrix(book_features(taiwan / "book.toml"), frame)
    found = measure.judge(measure.engine_scores(X, y, measure.ROUNDS_RECIPE), y)
    assert found.test > 0.7778
    assert found.test == pytest.approx(0.7853, abs=0.002)

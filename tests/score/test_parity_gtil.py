"""A second oracle: ``treelite.gtil`` reads the same files by another parser and walks them itself.

Outside the corners where it is not LightGBM: it knows no missing types (so only NaN is missing
here, and a model that reads NaN as 0 meets none), no |x| <= 1e-35 that is 0, and its softmax rounds
to float32.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import treelite
from lightgbm_cases import MISSING, OBJECTIVES, same_bits
from numpy.typing import NDArray
from parity_models import Made, make, training_rows

from engine.score import load_model


def known_to_gtil(i: int) -> bool:
    return list(MISSING)[i // len(OBJECTIVES) % len(MISSING)] != "zero"


CASES = list(filter(known_to_gtil, range(480)))


def rows_for(made: Made, n: int) -> NDArray[np.float64]:
    rows = training_rows(np.random.default_rng(5), n, made.cardinality)
    return np.nan_to_num(rows) if "-none-" in made.name else rows


def check(made: Made, path: Path) -> None:
    path.write_text(made.text)
    rows = rows_for(made, 2_000)
    parsed = treelite.frontend.load_lightgbm_model(path)
    expected = treelite.gtil.predict(parsed, rows, nthread=1, pred_margin=True)
    found = load_model(path).predict(rows, raw_score=True)
    if "\naverage_output\n" in made.text:  # GTIL divides margins too
        found /= parsed.num_tree / (1 if found.ndim == 1 else found.shape[1])
    assert same_bits(found, expected.reshape(found.shape)), made.name


@pytest.mark.parametrize("i", CASES[::29])
def test_a_sample(i: int, tmp_path: Path) -> None:
    check(make(i), tmp_path / "model.txt")


@pytest.mark.slow
def test_all_that_it_knows(tmp_path: Path) -> None:
    assert len(CASES) > 300
    for i in CASES:
        check(make(i), tmp_path / "model.txt")

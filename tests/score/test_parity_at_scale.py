"""Bit equality with ``lightgbm.Booster.predict`` on a thousand models and ten million rows."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pytest
from lightgbm_cases import same_bits
from parity_models import Made, hostile_rows, make

from engine.score import load_model
from engine.score.readers import lightgbm
from kernels import forest
from kernels.trees import IS_CATEGORICAL, Trees

BATCHES, PER_BATCH, ROWS = 6, 200, 10_000
LAYOUTS = (
    (np.float64, np.ascontiguousarray),
    (np.float64, np.asfortranarray),
    (np.float32, np.ascontiguousarray),
    (np.float32, np.asfortranarray),
)


def check(made: Made, path: Path, rows: int) -> int:
    """Raw and transformed scores of ``rows`` rows, a part in each layout; how many were equal."""
    path.write_text(made.text)
    booster, model = lgb.Booster(model_str=made.text), load_model(path)
    X = hostile_rows(made, rows, seed=len(made.text))
    equal = 0
    for part, (dtype, laid_out) in zip(np.array_split(X, len(LAYOUTS)), LAYOUTS, strict=True):
        with np.errstate(over="ignore"):
            laid = laid_out(part.astype(dtype))
        for raw in (False, True):
            expected = np.asarray(booster.predict(laid, raw_score=raw, num_threads=1))
            found = model.predict(laid, raw_score=raw)
            assert same_bits(found, expected), f"{made.name}, {laid.dtype}, {laid.strides}, {raw}"
        equal += len(part)
    return equal


def test_the_suite_is_as_large_as_it_says() -> None:
    assert BATCHES * PER_BATCH >= 1_000
    assert BATCHES * PER_BATCH * ROWS >= 10_000_000


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_batch_of_models(batch: int, tmp_path: Path) -> None:
    models = range(batch * PER_BATCH, (batch + 1) * PER_BATCH)
    met: Counter[str] = Counter()
    for i in models:
        made = make(i)
        met["rows"] += check(made, tmp_path / "model.txt", ROWS)
        met["models"] += 1
        met.update(what_is_in(made.text))
    print(dict(met))
    assert met["models"] == PER_BATCH
    assert met["rows"] == PER_BATCH * ROWS
    assert min(met[what] for what in MET) > 0, met


@pytest.mark.parametrize("i", range(0, 480, 19))
def test_a_sample(i: int, tmp_path: Path) -> None:
    assert check(make(i), tmp_path / "model.txt", 1_000) == 1_000


@pytest.mark.parametrize("walked_from", [0, 4, 4_096])
@pytest.mark.parametrize("i", range(3, 480, 37))
def test_both_ways_through_the_kernel(
    i: int, walked_from: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Walked, run as programs, and trees of both kinds in turns."""
    monkeypatch.setattr(forest, "WALKED_FROM", walked_from)
    check(make(i), tmp_path / "model.txt", 1_000)


MET = (
    *("missing 0", "missing 1", "missing 2", "default left", "default right", "categorical"),
    *("several words", "no split", "deeper than 31", "more than 254 thresholds", "many leaves"),
)


def what_is_in(text: str) -> set[str]:
    """Which of ``MET`` a model has; parity without them would be cheap."""
    trees = lightgbm.read(text.encode()).trees
    categorical = (trees.decision & IS_CATEGORICAL) != 0
    numerical = trees.decision[~categorical]
    found = {f"missing {kind}" for kind in np.unique(numerical >> 2)}
    found |= {"default left" if bit else "default right" for bit in np.unique(numerical & 2)}
    sizes = np.diff(trees.first_nodes())
    for name, holds in (
        ("categorical", categorical.any()),
        ("several words", (np.diff(trees.words) > 2).any()),
        ("no split", (sizes == 0).any()),
        ("deeper than 31", _depth(trees) > 31),
        ("more than 254 thresholds", _most_thresholds(trees) > 254),
        ("many leaves", sizes.max() > 2_000),
    ):
        found |= {name} if holds else set()
    return found


def _most_thresholds(trees: Trees) -> int:
    """Different numbers that one feature is compared with."""
    return max(
        (len(set(trees.threshold[trees.feature == f])) for f in trees.used_features()), default=0
    )


def _depth(trees: Trees) -> int:
    level, depth = trees.root[trees.root >= 0], 0
    while level.size:
        below = np.concatenate([trees.left[level], trees.right[level]])
        level, depth = below[below >= 0], depth + 1
    return depth

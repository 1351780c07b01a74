"""From which size on a tree is better walked: what ``kernels.forest.WALKED_FROM`` rests on."""

from __future__ import annotations

import statistics
from pathlib import Path
from unittest.mock import patch

import numpy as np

from benchmarks.forest.cases import Case
from benchmarks.forest.store import Store
from benchmarks.timing import seconds_per_call
from engine.score.loading import read_parts
from kernels import forest

SIZES = (31, 63, 255, 1023, 2047, 4095, 8191)
"""Leaves of a tree."""
TREES, FEATURES, ROWS = 20, 188, 50_000
NEVER = 1 << 31


def walk_over_program(cache: Path, rounds: int) -> dict[str, float]:
    """By leaves of a tree, a walk's time over a program's: median of the rounds, one thread."""
    return {str(leaves): _measured(leaves, cache, rounds) for leaves in SIZES}


def _measured(leaves: int, cache: Path, rounds: int) -> float:
    store = Store(Case(TREES, leaves, FEATURES), cache)
    parts = read_parts("lightgbm", store.model("lightgbm").read_bytes())
    columns = parts.trees.used_features().astype(np.uint32)
    X, out = np.asfortranarray(np.load(store.rows())[:ROWS]), np.empty((ROWS, 1))

    def seconds(walked_from: int) -> float:
        with patch.object(forest, "WALKED_FROM", walked_from):
            made = forest.prepare(parts.trees)
        return seconds_per_call(lambda: forest.forest_scores(made, X, columns, parts.output, out))

    return statistics.median(seconds(0) / seconds(NEVER) for _ in range(rounds))

"""The forest kernel behind ``engine.score.model.Scorer``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.score.parts import Parts
from kernels.forest import ReadyForest, forest_scores, prepare
from kernels.source import Table
from kernels.transforms import Output


@dataclass(frozen=True)
class ForestScorer:
    """Trees in the kernel's form, and what makes raw scores and predictions of their sums."""

    forest: ReadyForest
    raw: Output
    output: Output

    def score(
        self, X: Table, columns: NDArray[np.uint32], raw: bool, out: NDArray[np.float64]
    ) -> None:
        """Score the rows of ``X`` into ``out`` ``(rows, classes)``."""
        forest_scores(self.forest, X, columns, self.raw if raw else self.output, out)


def forest_scorer(parts: Parts) -> ForestScorer:
    """The scorer of validated parts."""
    return ForestScorer(prepare(parts.trees), parts.raw, parts.output)

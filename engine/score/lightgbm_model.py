"""A LightGBM text model: what its header means, and the scorer made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.errors import ModelError
from engine.score.lightgbm_text import Fields, read_integer, read_sections
from engine.score.lightgbm_trees import read_trees
from engine.score.objectives import read_objective
from engine.score.treelite_check import check_with_treelite
from engine.score.trees import compile_forest
from kernels.forest import RAW, Forest, Output, forest_scores

_VERSIONS = ("v2", "v3", "v4")


@dataclass(frozen=True)
class ForestScorer:
    """Trees behind ``Scorer``: see ``engine.score.model``."""

    forest: Forest
    output: Output

    def score(
        self, X: NDArray[Any], columns: NDArray[np.uint32], raw: bool, out: NDArray[np.float64]
    ) -> None:
        """Score the rows of ``X`` into ``out``; ``raw``: sums of leaves, never averaged."""
        forest_scores(self.forest, X, columns, RAW if raw else self.output, out)


class LightGBMModel(NamedTuple):
    """``used`` are indices into ``feature_names``, ascending."""

    scorer: ForestScorer
    feature_names: tuple[str, ...]
    used: tuple[int, ...]
    classes: int
    is_probability: bool
    pandas_categories: bool


def read_lightgbm(data: bytes) -> LightGBMModel:
    """Read and check a LightGBM text model.

    Raises
    ------
    ModelError
        Cut, edited, of an unknown version, or with something that is not supported.
    """
    sections = read_sections(data)
    header = sections.header
    if header.get("version") not in _VERSIONS:
        raise ModelError(f"version '{header.get('version')}' is not one of {', '.join(_VERSIONS)}")
    names = _feature_names(header)
    classes = read_integer(header, "num_class", "header", least=1)
    if read_integer(header, "num_tree_per_iteration", "header", least=1) != classes:
        raise ModelError("header: num_tree_per_iteration is not num_class")
    if not sections.trees or len(sections.trees) % classes:
        raise ModelError(f"{len(sections.trees)} trees do not divide into {classes} classes")
    objective = read_objective(header.get("objective"), classes)
    trees = read_trees(sections.trees, len(names))
    check_with_treelite(data, trees)
    averaged = "average_output" in header
    divisor = len(sections.trees) // classes if averaged else 1
    return LightGBMModel(
        scorer=ForestScorer(
            compile_forest(trees), Output(objective.transform, objective.sigmoid, divisor)
        ),
        feature_names=names,
        used=tuple(trees.used_features().tolist()),
        classes=classes,
        is_probability=objective.is_probability,
        pandas_categories=sections.pandas_categories,
    )


def _feature_names(header: Fields) -> tuple[str, ...]:
    names = tuple(header.get("feature_names", "").split(" "))
    count = read_integer(header, "max_feature_idx", "header") + 1
    for key in ("feature_names", "feature_infos"):
        found = len(header.get(key, "").split(" "))
        if found != count:
            raise ModelError(f"header: {found} {key} for {count} features")
    if len(set(names)) != count or "" in names:
        raise ModelError("header: a feature name is empty or there twice")
    return names

"""Logistic scorecards as JSON.

    {"kind": "scorecard",
     "features": [{"name": "utilisation", "coefficient": 1.25,
                   "impute": 0.4, "mean": 0.31, "std": 0.22}],
     "intercept": -3.1}

``z = intercept + sum of coefficient * (x - mean) / std`` in the order of the features, where a
missing ``x`` is replaced by ``impute``; the score is ``1 / (1 + exp(-z))``. ``mean`` is 0 and
``std`` is 1 unless given. ``impute`` null or left out: a missing value makes the score NaN.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError
from pydantic_core import from_json

from engine.errors import ModelError
from kernels.logistic import Scorecard, scorecard_scores


class _Feature(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str = Field(min_length=1)
    coefficient: FiniteFloat
    impute: FiniteFloat | None = None
    mean: FiniteFloat = 0.0
    std: FiniteFloat = Field(default=1.0, gt=0.0)


class _Card(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kind: Literal["scorecard"]
    features: list[_Feature] = Field(min_length=1)
    intercept: FiniteFloat


@dataclass(frozen=True)
class ScorecardScorer:
    """A scorecard behind ``Scorer``: see ``engine.score.model``."""

    card: Scorecard

    def score(
        self, X: NDArray[Any], columns: NDArray[np.uint32], raw: bool, out: NDArray[np.float64]
    ) -> None:
        """Score the rows of ``X`` into ``out`` ``(rows, 1)``; ``raw``: ``z``."""
        scorecard_scores(self.card, X, columns, raw, out[:, 0])


def read_scorecard(data: bytes) -> tuple[tuple[str, ...], ScorecardScorer]:
    """The names of the features and the scorer.

    Raises
    ------
    ModelError
        Not JSON, another kind of JSON, or a field that is wrong.
    """
    try:
        content = from_json(data)
    except ValueError as exc:
        raise ModelError(f"not JSON: {exc}") from exc
    if "kind" not in content:
        raise ModelError(_other_json(content))
    try:
        card = _Card.model_validate_json(data)
    except ValidationError as exc:
        raise ModelError(f"scorecard: {first_error(exc)}") from exc
    names = tuple(feature.name for feature in card.features)
    if len(set(names)) != len(names):
        raise ModelError("scorecard: a feature is there twice")

    def column(name: str) -> NDArray[np.float64]:
        return np.array([getattr(feature, name) for feature in card.features], np.float64)

    kernel = Scorecard(
        coefficient=column("coefficient"),
        impute=column("impute"),
        mean=column("mean"),
        std=column("std"),
        intercept=card.intercept,
    )
    return names, ScorecardScorer(kernel)


def _other_json(content: Any) -> str:
    if "learner" in content:
        return "XGBoost JSON is not supported yet"
    if "tree_info" in content:
        return "a JSON dump of LightGBM cannot be loaded; save the model with save_model (text)"
    return 'JSON without a "kind"; a scorecard has "kind": "scorecard"'


def first_error(exc: ValidationError) -> str:
    """The first thing that pydantic found, as ``place: what``."""
    error = exc.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in error["loc"])
    return f"{place}: {error['msg']}" if place else error["msg"]

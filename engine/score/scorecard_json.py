"""Logistic scorecards as JSON: the format, checked.

    {"kind": "scorecard",
     "features": [
       {"name": "utilisation", "coefficient": 1.25, "impute": 0.4, "mean": 0.31, "std": 0.22},
       {"name": "age", "coefficient": 0.8,
        "bins": {"edges": [25, 40], "woe": [0.9, 0.1, -0.6], "missing": 0.3}},
       {"name": "region", "coefficient": 0.5,
        "categories": {"codes": [11, 12], "woe": [-0.2, 0.4], "other": 0.0, "missing": null}}],
     "intercept": -3.1}

The score is ``1 / (1 + exp(-z))``; ``z`` is the intercept and what each feature adds:

* by itself ``coefficient * (x - mean) / std``, where a missing x is replaced by ``impute``;
  ``mean`` is 0 and ``std`` 1 unless given;
* with ``bins`` ``coefficient * woe[k]``, where k of the edges, which ascend, are below x: so
  ``woe[0]`` is for ``x <= edges[0]``, the last for x above all edges;
* with ``categories`` ``coefficient * woe[k]`` where x is ``codes[k]``, else that of ``other``.

``impute``, ``missing`` and ``other`` may be null or left out: then a value that needs them makes
the score NaN.

Three more keys may follow; they say how a score is read, and change none:

     "event": "bad", "points": {"base": 600, "base_odds": 50, "pdo": 20}, "cut_off": 0.08

``event`` is what the score is the probability of, "bad" or "good". ``points`` (``engine.points``)
needs it. From the probability ``cut_off`` on, a customer counts as the event.
"""

from __future__ import annotations

from collections.abc import Container
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    ValidationError,
    field_validator,
    model_validator,
)

from engine.errors import ModelError
from engine.score.strict_json import read_object

MOST = 1000
"""Edges or codes of a feature: the kernel goes through them one by one."""

_Code = Annotated[int, Field(ge=-(2**53), le=2**53)]  # whole numbers that a float64 holds exactly


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Bins(_Strict):
    """Weights of evidence of the intervals between edges."""

    edges: list[FiniteFloat] = Field(min_length=1, max_length=MOST)
    woe: list[FiniteFloat]
    missing: FiniteFloat | None = None

    @field_validator("edges")
    @classmethod
    def _ascending(cls, edges: list[float]) -> list[float]:
        if any(a >= b for a, b in pairwise(edges)):
            raise ValueError("must ascend, each once")
        return edges

    @model_validator(mode="after")
    def _one_more(self) -> Bins:
        if len(self.woe) != len(self.edges) + 1:
            raise ValueError(
                f"{len(self.woe)} values of woe for {len(self.edges)} edges; there must be one "
                "more than edges"
            )
        return self


class Categories(_Strict):
    """Weights of evidence of whole numbers."""

    codes: list[_Code] = Field(min_length=1, max_length=MOST)
    woe: list[FiniteFloat]
    other: FiniteFloat | None = None
    missing: FiniteFloat | None = None

    @field_validator("codes")
    @classmethod
    def _once(cls, codes: list[int]) -> list[int]:
        if len(set(codes)) != len(codes):
            raise ValueError("a code is there twice")
        return codes

    @model_validator(mode="after")
    def _as_many(self) -> Categories:
        if len(self.woe) != len(self.codes):
            raise ValueError(f"{len(self.woe)} values of woe for {len(self.codes)} codes")
        return self


class Feature(_Strict):
    """What a feature adds to ``z``."""

    name: str = Field(min_length=1)
    coefficient: FiniteFloat
    impute: FiniteFloat | None = None
    mean: FiniteFloat = 0.0
    std: FiniteFloat = Field(default=1.0, gt=0.0)
    bins: Bins | None = None
    categories: Categories | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Feature:
        ways = [way for way in ("bins", "categories") if getattr(self, way) is not None]
        if len(ways) == 2:
            raise ValueError("has bins and categories; it can have one of them")
        for key in ("impute", "mean", "std"):
            if ways and key in self.model_fields_set:
                raise ValueError(f"{key} does nothing where there are {ways[0]}; remove it")
        return self


class Points(_Strict):
    """``base`` points at odds of good to bad of ``base_odds``, ``pdo`` more where they double."""

    base: FiniteFloat
    base_odds: FiniteFloat = Field(gt=0.0)
    pdo: FiniteFloat = Field(gt=0.0)


class Card(_Strict):
    """A scorecard."""

    kind: Literal["scorecard"]
    features: list[Feature] = Field(min_length=1)
    intercept: FiniteFloat
    event: Literal["bad", "good"] | None = None
    points: Points | None = None
    cut_off: FiniteFloat | None = Field(default=None, ge=0.0, le=1.0)

    @model_validator(mode="after")
    def _names_once(self) -> Card:
        seen: set[str] = set()
        for feature in self.features:
            if feature.name in seen:
                raise ValueError(f"feature '{feature.name}' is there twice")
            seen.add(feature.name)
        return self

    @model_validator(mode="after")
    def _points_have_a_direction(self) -> Card:
        if self.points is not None and self.event is None:
            raise ValueError('points need event, "bad" or "good": do they rise or fall with z?')
        return self


def read_card(data: bytes) -> Card:
    """The scorecard in ``data``.

    Raises
    ------
    ModelError
        Not JSON, another kind of JSON, or a field that is wrong.
    """
    content = read_object(data)
    if "kind" not in content:
        raise ModelError(_other_json(content))
    try:
        return Card.model_validate(content)
    except ValidationError as exc:
        raise ModelError(f"scorecard: {first_error(exc)}") from exc


def _other_json(content: Container[str]) -> str:
    if "learner" in content:
        return 'JSON of XGBoost begins with "learner" or "version"; save the model with XGBoost'
    if "tree_info" in content:
        return "a JSON dump of LightGBM cannot be loaded; save the model with save_model (text)"
    return 'JSON without a "kind"; a scorecard has "kind": "scorecard"'


def first_error(exc: ValidationError) -> str:
    """The first thing that pydantic found, as ``place: what``."""
    error = exc.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in error["loc"])
    what = error["msg"].removeprefix("Value error, ")
    return f"{place}: {what}" if place else what

"""Features of a book as a run makes them, read off scorecards of one feature each."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl
from builders import toml

from engine.pipeline import run

_SCALE = 64.0  # scores stay away from 0 and 1, where their logits lose digits
_MISSING = -77.0


def write_book(folder: Path, book: dict[str, Any], features: Iterable[str]) -> Path:
    """``book`` with a scorecard for each feature; the first is the PD model too."""
    names = list(features)
    models = {"pd": {"file": _card(folder, names[0]), "predicts": "pd"}}
    for name in names:
        models[_score(name)] = {"file": _card(folder, name), "predicts": _score(name)}
    path = folder / "book.toml"
    path.write_text(toml(book | {"models": models}), encoding="utf-8")
    return path


def scored(folder: Path, book: dict[str, Any], features: Iterable[str]) -> pl.DataFrame:
    """Runs ``book`` in ``folder``: a row per customer, sorted by key, a column per feature.

    A missing value is NaN.
    """
    names = list(features)
    result = run(write_book(folder, book, names), out=folder / "out")
    found = pl.read_parquet(Path(result.path) / "part-*.parquet")
    values = (pl.Series(name, _values(found[_score(name)])) for name in names)
    return found.select(pl.first()).with_columns(values)


def _score(feature: str) -> str:
    return f"of_{feature}"


def _card(folder: Path, feature: str) -> str:
    """A scorecard whose logit is the feature / _SCALE."""
    part = {"name": feature, "coefficient": 1 / _SCALE, "impute": _MISSING}
    card = {"kind": "scorecard", "intercept": 0.0, "features": [part]}
    file = folder / f"{feature}.json"
    file.write_text(json.dumps(card), encoding="utf-8")
    return file.name


def _values(scores: pl.Series) -> list[float]:
    values = [math.log(score / (1 - score)) * _SCALE for score in scores]
    return [math.nan if abs(value - _MISSING) < 1e-9 else value for value in values]

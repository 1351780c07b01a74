"""What an XGBoost file says besides its trees; treelite drops the names and hides the rest.

Source: the JSON schema in XGBoost's documentation ("Introduction to Model IO") and files written by
XGBoost 1.7 to 3.2. UBJSON holds the same document.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import numpy as np

from engine.errors import ModelError
from engine.score.readers.ubjson import read_ubjson
from engine.score.readers.xgboost_arrays import floats, integers

_ARRAY = (list, np.ndarray)


class Document(NamedTuple):
    """``feature_names``: f0, f1, ... where it has none. ``columns``: of a prediction.

    ``base_scores``: one per column, float32 values. ``trees``: as they are in the file;
    ``tree_info``: the column of each; ``weights``: its weight in a dart model, else None.
    ``codes``: some feature is categorical and may hold the codes of a frame (XGBoost before 3.1
    kept no categories, so the file does not say).
    """

    feature_names: tuple[str, ...]
    columns: int
    multiclass: bool
    base_scores: tuple[float, ...]
    objective: str
    trees: list[Any]
    tree_info: Any
    weights: Any
    codes: bool


def read_document(data: bytes) -> Document:
    """The document in ``data``: JSON, or UBJSON if a length follows the first brace.

    Raises
    ------
    ModelError
        Cut, edited, not a model of trees, or with categories that a frame brought along.
    """
    root = read_ubjson(data) if is_ubjson(data) else _read_json(data)
    learner = _at(root, "learner", dict)
    model, weights = _model(learner)
    params = _at(learner, "learner_model_param", dict)
    n_features, num_class = _count(params, "num_feature"), _count(params, "num_class")
    columns = max(num_class, _count(params, "num_target", "1"), 1)
    version = tuple(integers(_at(root, "version", _ARRAY), "version").tolist())
    names = _names(learner, n_features)
    return Document(
        feature_names=names or tuple(f"f{i}" for i in range(n_features)),
        columns=columns,
        multiclass=num_class > 1,
        base_scores=_base_scores(_at(params, "base_score", str), columns),
        objective=_at(_at(learner, "objective", dict), "name", str),
        trees=_at(model, "trees", list),
        tree_info=_at(model, "tree_info", _ARRAY),
        weights=weights,
        codes=version < (3, 1) and bool(names) and "c" in learner.get("feature_types", ()),
    )


def _model(learner: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """Where the trees are, and their weights in a dart model."""
    booster = _at(learner, "gradient_booster", dict)
    name = _at(booster, "name", str)
    if name not in ("gbtree", "dart"):
        raise ModelError(f"booster '{name}' is not supported; gbtree and dart are")
    weights = _at(booster, "weight_drop", _ARRAY) if name == "dart" else None
    model = _at(_at(booster, "gbtree", dict) if name == "dart" else booster, "model", dict)
    _check_encoder(model.get("cats", {}))
    _check_iterations(model)
    return model, weights


def _check_iterations(model: dict[str, Any]) -> None:
    """XGBoost scores the trees of these iterations, which are all; 1.7 names none."""
    n_trees = len(_at(model, "trees", list))
    first = integers(model.get("iteration_indptr", [0, n_trees]), "iteration_indptr")
    told = _count(_at(model, "gbtree_model_param", dict), "num_trees")
    if first.size < 2 or told != n_trees or first[0] != 0 or first[-1] != n_trees:
        raise ModelError("'num_trees' or 'iteration_indptr' is not of the trees that are there")


def is_ubjson(data: bytes) -> bool:
    """A length follows the brace, where JSON has a quote or space."""
    return data[:1] == b"{" and data[1:2] in (b"i", b"U", b"I", b"l", b"L")


def _read_json(data: bytes) -> Any:
    """NaN and Infinity are numbers here: to version 3.0, NaN is the threshold of categories."""
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=_unique)
    except RecursionError as exc:
        raise ModelError("not JSON that can be read: it is nested too deep") from exc
    except ValueError as exc:  # what is no UTF-8 and what is no JSON are ValueErrors too
        raise ModelError(f"not JSON: {exc}") from exc


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ModelError("not a model: a key is there twice")
    return found


def _at(where: Any, key: str, kind: Any) -> Any:
    """``where[key]``, which must be of type ``kind``."""
    value = where.get(key) if isinstance(where, dict) else None
    if not isinstance(value, kind):
        raise ModelError(f"not an XGBoost model: '{key}' is missing or not what it should be")
    return value


def _count(params: dict[str, Any], key: str, default: str | None = None) -> int:
    """XGBoost writes parameters as text. Bounded: names and scores are made of it."""
    text = params.get(key, default)
    if not isinstance(text, str) or not (text.isascii() and text.isdecimal()) or len(text) > 6:
        raise ModelError(f"'{key}' is not a count below a million")
    return int(text)


def _names(learner: dict[str, Any], n_features: int) -> tuple[str, ...]:
    names = learner.get("feature_names") or []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ModelError("'feature_names' is not a list of names")
    if names and (len(names) != n_features or len(set(names)) != n_features or "" in names):
        raise ModelError(f"its feature names are not {n_features} different names")
    return tuple(names)


def _base_scores(text: str, columns: int) -> tuple[float, ...]:
    """``5E-1`` (one for all, to version 3.0) or ``[4.4E-1,5E-1]``."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise ModelError(f"'base_score' is not a number: {text[:40]}") from exc
    found = found if isinstance(found, list) else [found]
    if any(isinstance(score, int) and not -(2**63) <= score < 2**63 for score in found):
        raise ModelError("'base_score' is an integer of more than 64 bits, which XGBoost cuts off")
    scores = floats(found, "base_score")
    if scores.size not in (1, columns):
        raise ModelError(f"'base_score' is of {scores.size} columns, not of {columns}")
    return tuple(np.broadcast_to(scores, columns).tolist())


def _check_encoder(cats: Any) -> None:
    """XGBoost 3.1 and later keep the categories of a frame, to encode other frames by them."""
    if not isinstance(cats, dict) or any(len(part) for part in cats.values()):
        raise ModelError(
            "it holds the categories of the frame it was trained on (strings, say), which are not "
            "supported; train it on an array with integer categories and feature type 'c'"
        )

"""XGBoost models, JSON or UBJSON: what the document means, and the parts made of it.

A JSON file begins ``{"learner"`` (spaces allowed); in UBJSON one of ``iUIlL`` follows the brace.
Treelite is the front end, but drops names and hides what it does with base scores and weights, so
the document is read here as well: two independent readers must find the same trees.

Scores are those of ``xgboost.Booster.predict`` of version 3.2 on a NumPy array, whatever version
wrote the file: all trees, also those after ``best_iteration``, at which XGBoost's scikit-learn
classes stop (slice the booster before saving: ``booster[: best_iteration + 1]``).
"""

from __future__ import annotations

import ctypes
from typing import NamedTuple

import numpy as np
import treelite
from numpy.typing import NDArray

from engine.errors import ModelError, did_you_mean
from engine.score.parts import Parts
from engine.score.readers.treelite_model import loaded, read_model
from engine.score.readers.xgboost_document import Document, is_ubjson, read_document
from engine.score.readers.xgboost_trees import document_trees
from engine.score.validate_trees import validate_trees
from kernels.transforms import CLAMPED_SIGMOID, EXP, HINGE, IDENTITY, SOFTMAX, plain_sums
from kernels.trees import Trees

_LEAST_SHARE = np.float32(1e-6)
"""XGBoost keeps the base score of a share so far from 0 and from 1."""


class _Objective(NamedTuple):
    """``transform`` of sums into predictions. The base score is one of ``predictions``, and
    becomes a sum by the inverse of ``transform``; else it is a sum already."""

    transform: int = IDENTITY
    is_probability: bool = False
    base_is_prediction: bool = False


_PLAIN = _Objective()
_LOG = _Objective(EXP, base_is_prediction=True)
_LOGISTIC = _Objective(CLAMPED_SIGMOID, is_probability=True, base_is_prediction=True)
_OBJECTIVES = {
    "binary:hinge": _Objective(HINGE),
    "binary:logistic": _LOGISTIC,
    "binary:logitraw": _PLAIN,
    "count:poisson": _LOG,
    "multi:softprob": _Objective(SOFTMAX, is_probability=True),
    "rank:map": _PLAIN,
    "rank:ndcg": _PLAIN,
    "rank:pairwise": _PLAIN,
    "reg:absoluteerror": _PLAIN,
    "reg:gamma": _LOG,
    "reg:logistic": _LOGISTIC,
    "reg:pseudohubererror": _PLAIN,
    "reg:quantileerror": _PLAIN,
    "reg:squarederror": _PLAIN,
    "reg:squaredlogerror": _PLAIN,
    "reg:tweedie": _LOG,
    "survival:aft": _LOG,  # XGBoost takes its exp in float64: 1 ulp of float32 off now and then
    "survival:cox": _LOG,
}


def read(data: bytes) -> Parts:
    """Read a model, and check it against what treelite reads.

    Raises
    ------
    ModelError
        Cut, edited, or with something that is not supported: ``gblinear``, ``multi:softmax``
        (class numbers), categories that a frame brought along (strings).
    """
    document = read_document(data)
    objective = _objective(document)
    trees = document_trees(document)
    validate_trees(trees, len(document.feature_names), document.columns)
    raw = plain_sums(document.columns)._replace(start=_start(document, objective), single=True)
    _check_with_treelite(data, trees)
    return Parts(
        trees=trees,
        feature_names=document.feature_names,
        classes=document.columns,
        raw=raw,
        output=raw._replace(transform=objective.transform),
        is_probability=objective.is_probability,
        pandas_categories=document.codes,
    )


def _objective(document: Document) -> _Objective:
    name = document.objective
    if name == "multi:softmax":
        raise ModelError(
            "objective 'multi:softmax' predicts class numbers, which is not supported; "
            "booster.set_param({'objective': 'multi:softprob'}) and save it again"
        )
    if name not in _OBJECTIVES:
        hint = did_you_mean(name, _OBJECTIVES)
        raise ModelError(f"objective '{name}' is not supported{hint}")
    if document.multiclass != (name == "multi:softprob"):
        raise ModelError(f"objective '{name}' does not fit its number of classes")
    return _OBJECTIVES[name]


def _start(document: Document, objective: _Objective) -> NDArray[np.float64]:
    """What sums start at: in float32 and with its logarithm, as XGBoost computes it."""
    scores = np.array(document.base_scores, np.float32)
    if objective.base_is_prediction:
        least, most = 0.0, 1.0 if objective.transform == CLAMPED_SIGMOID else np.inf
        if not ((least < scores) & (scores < most)).all():
            raise ModelError(f"'base_score' is outside {least:g}..{most:g}")
        if objective.transform == CLAMPED_SIGMOID:
            one = np.float32(1.0)
            scores = np.clip(scores, _LEAST_SHARE, one - _LEAST_SHARE)
            return np.array([-_single_log(one / score - one) for score in scores], np.float64)
        return np.array([_single_log(score) for score in scores], np.float64)
    return scores.astype(np.float64)


def _single_log(x: np.float32) -> float:
    """The C library's ``logf``: NumPy's is another, and nothing is compiled in the worker."""
    logf = ctypes.CDLL(None).logf
    logf.argtypes, logf.restype = [ctypes.c_float], ctypes.c_float
    return float(logf(x))


def _check_with_treelite(data: bytes, trees: Trees) -> None:
    front = treelite.frontend
    load = front.from_xgboost_ubjson if is_ubjson(data) else front.from_xgboost_json
    _, found = read_model(loaded(lambda: load(data)))
    for name in Trees._fields:
        if not np.array_equal(getattr(trees, name), getattr(found, name)):
            raise ModelError(f"treelite reads another '{name}' in it: the file is edited")

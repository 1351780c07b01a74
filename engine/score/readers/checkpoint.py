"""Treelite checkpoints: how scikit-learn's models arrive, and any other that treelite reads.

A checkpoint begins with treelite's major version, the bytes 4, 0, 0, 0. It is written by
``treelite.sklearn.import_model(model).serialize(path)``; no pickle is ever read.

Scores are those of ``treelite.gtil.predict``, raw ones with ``pred_margin=True``. Mind:

* It holds no feature names: features are called f0, f1, ... in the order they were trained in.
* Of a LightGBM model treelite keeps no missing types and no tiny zeros, of an XGBoost model it adds
  the base score last: such a checkpoint is scored as treelite scores it, not as its origin does.
  Use the LightGBM text or the XGBoost JSON itself.
* scikit-learn reads float64 arrays as float32 (but its histogram gradient boosting), and unknown
  categories as missing; treelite does neither.
* An isolation forest gives ``-score_samples(X)``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import treelite

from engine.errors import ModelError
from engine.score.parts import Parts
from engine.score.readers.treelite_model import Header, loaded, read_model
from kernels.transforms import (
    EXP,
    EXP2_RATIO,
    HINGE,
    IDENTITY,
    LOG1P_EXP,
    MIXED_SOFTMAX,
    SIGMOID,
    SIGNED_SQUARE,
    SOFTMAX,
    Output,
)
from kernels.trees import SINGLE, Trees

MOST_FEATURES = 1_000_000
"""Below: a name is made of each, so an edited number could fill the memory."""


class _Rule(NamedTuple):
    transform: int
    is_probability: bool = False


_VERSION = 12
"""Bytes of treelite's version, at the beginning."""

_RULES = {
    "exponential": _Rule(EXP),
    "exponential_standard_ratio": _Rule(EXP2_RATIO),
    "hinge": _Rule(HINGE),
    "identity": _Rule(IDENTITY),
    "identity_multiclass": _Rule(IDENTITY),
    "logarithm_one_plus_exp": _Rule(LOG1P_EXP),
    "multiclass_ova": _Rule(SIGMOID, True),
    "sigmoid": _Rule(SIGMOID, True),
    "signed_square": _Rule(SIGNED_SQUARE),
    "softmax": _Rule(SOFTMAX, True),
}
_CLASSIFIERS = (0, 2)
"""``Header.task``: binary and multi-class."""


def read(data: bytes) -> Parts:
    """Read a checkpoint.

    Raises
    ------
    ModelError
        Cut, edited, longer than its model, or with something that is not supported: a comparison
        by ``==``, several targets that have classes, a postprocessor that treelite itself does not
        know.
    """
    model = loaded(lambda: treelite.Model.deserialize_bytes(data))
    _check_end(model, data)
    header, trees = read_model(model)
    if not 0 < header.features < MOST_FEATURES:
        raise ModelError(f"it has {header.features} features, not 1 to {MOST_FEATURES - 1}")
    rule = _RULES.get(header.postprocessor)
    if rule is None:
        raise ModelError(f"postprocessor '{header.postprocessor}' is not supported")
    columns = header.targets * header.num_class
    raw = Output(
        start=np.zeros(columns),
        base=header.base,
        divisor=header.divisor,
        single=trees.dialect == SINGLE,
    )
    return Parts(
        trees=trees,
        feature_names=tuple(f"f{i}" for i in range(header.features)),
        classes=columns,
        raw=raw,
        output=_output(header, rule, raw),
        is_probability=rule.is_probability or _shares(header, trees),
    )


def _check_end(model: treelite.Model, data: bytes) -> None:
    """Treelite stops reading where its model ends; other versions may have had more to say."""
    again = model.serialize_bytes()
    beyond = len(data) - len(again)
    if again[:_VERSION] == data[:_VERSION] and beyond > 0:
        raise ModelError(f"{beyond:,} bytes follow its end")


def _output(header: Header, rule: _Rule, raw: Output) -> Output:
    transform = rule.transform
    if transform == SOFTMAX and not raw.single:
        transform = MIXED_SOFTMAX
    for name in ("sigmoid_alpha", "ratio_c"):
        if not 0.0 < getattr(header, name) < np.inf:
            raise ModelError(f"'{name}' is not above 0")
    return raw._replace(transform=transform, sigmoid=header.sigmoid_alpha, ratio=header.ratio_c)


def _shares(header: Header, trees: Trees) -> bool:
    """Whether predictions are averages of fractions, as those of a forest of classifiers."""
    plain = _RULES[header.postprocessor].transform == IDENTITY and not header.base.any()
    fractions = bool(((trees.leaf >= 0.0) & (trees.leaf <= 1.0)).all())
    averaged = header.divisor == trees.target.size
    return header.task in _CLASSIFIERS and plain and fractions and averaged

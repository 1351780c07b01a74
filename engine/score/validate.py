"""Whether the parts of a model may be used: names and outputs here, trees in ``validate_trees``."""

from __future__ import annotations

import math

import numpy as np

from engine.errors import ModelError
from engine.score.parts import Parts
from engine.score.validate_trees import validate_trees
from kernels.transforms import TRANSFORMS, Output


def validate(parts: Parts) -> None:
    """Raise ModelError, naming what is wrong, unless ``parts`` can be scored with."""
    names = parts.feature_names
    if parts.classes < 1:
        raise ModelError(f"'classes' is {parts.classes}, below 1")
    if not all(names) or len(set(names)) != len(names):
        raise ModelError("a feature name is empty or there twice")
    validate_trees(parts.trees, len(names), parts.classes)
    _check_output("raw", parts.raw, parts.classes)
    _check_output("output", parts.output, parts.classes)


def _check_output(name: str, output: Output, classes: int) -> None:
    for part in ("start", "base"):
        array = getattr(output, part)
        if array.dtype != np.float64 or array.shape != (classes,):
            raise ModelError(
                f"{name}: '{part}' is {array.dtype} {array.shape} instead of float64 ({classes},)"
            )
        if not np.isfinite(array).all():
            raise ModelError(f"{name}: '{part}' is not finite")
    if output.transform not in TRANSFORMS:
        raise ModelError(f"{name}: transform {output.transform} is not known")
    for part in ("sigmoid", "ratio"):
        if not 0.0 < getattr(output, part) < math.inf:
            raise ModelError(f"{name}: '{part}' is {getattr(output, part)}, not above 0 and finite")
    if output.divisor < 1:
        raise ModelError(f"{name}: 'divisor' is {output.divisor}, below 1")

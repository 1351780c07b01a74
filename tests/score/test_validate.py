"""Names, classes and outputs of parts; their trees are in ``test_validate_trees``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from lightgbm_cases import train
from parts_cases import small_parts

from engine.errors import ModelError
from engine.score.readers import lightgbm
from engine.score.validate import validate

PARTS: dict[str, tuple[dict[str, Any], str]] = {
    "classes": ({"classes": 0}, "'classes' is 0, below 1"),
    "names": ({"feature_names": ("a", "b")}, "'feature' is outside 0..1"),
    "name twice": ({"feature_names": ("a", "b", "a")}, "a feature name is empty or there twice"),
    "empty name": ({"feature_names": ("a", "", "c")}, "a feature name is empty or there twice"),
}
OUTPUTS: dict[str, tuple[dict[str, Any], str]] = {
    "start": ({"start": np.zeros(3)}, r"'start' is float64 \(3,\) instead of float64 \(2,\)"),
    "base": ({"base": np.zeros(2, np.float32)}, "'base' is float32"),
    "infinite": ({"start": np.array([0.0, np.inf])}, "'start' is not finite"),
    "nan": ({"base": np.array([np.nan, 0.0])}, "'base' is not finite"),
    "transform": ({"transform": -1}, "transform -1 is not known"),
    "new transform": ({"transform": 99}, "transform 99 is not known"),
    "sigmoid": ({"sigmoid": 0.0}, "'sigmoid' is 0.0, not above 0 and finite"),
    "infinite sigmoid": ({"sigmoid": np.inf}, "'sigmoid' is inf"),
    "nan ratio": ({"ratio": np.nan}, "'ratio' is nan"),
    "divisor": ({"divisor": 0}, "'divisor' is 0, below 1"),
}


@pytest.mark.parametrize("name", PARTS)
def test_names_and_classes(name: str) -> None:
    change, message = PARTS[name]
    with pytest.raises(ModelError, match=message):
        validate(small_parts()._replace(**change))


@pytest.mark.parametrize("which", ["raw", "output"])
@pytest.mark.parametrize("name", OUTPUTS)
def test_outputs(name: str, which: str) -> None:
    change, message = OUTPUTS[name]
    parts = small_parts()
    validate(parts)
    broken = getattr(parts, which)._replace(**change)
    with pytest.raises(ModelError, match=f"{which}: {message}"):
        validate(parts._replace(**{which: broken}))


def test_trained_models_pass() -> None:
    for objective in ("binary", "multiclass", "regression_rf"):
        for categorical in (False, True):
            text = train(objective, "nan", categorical=categorical, rounds=3)
            validate(lightgbm.read(text.encode()))

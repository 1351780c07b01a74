"""Calibrators: probability in, probability out, as JSON beside the model.

    {"kind": "isotonic", "x": [0.01, 0.2, 0.7], "y": [0.004, 0.15, 0.8]}
    {"kind": "platt", "slope": 0.93, "intercept": -0.4}

Isotonic: linear between the points, ``y[0]`` below the first ``x`` and ``y[-1]`` above the last;
``x`` strictly increasing, ``y`` never decreasing, both in 0..1. Platt: ``1 / (1 + exp(-(slope *
ln(p / (1 - p)) + intercept)))`` with a slope above 0, so that it keeps the order of the scores.
Each score is calibrated alone: chunks do not matter. NaN stays NaN.
"""

from __future__ import annotations

import hashlib
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from engine.errors import InputMissingError, ModelError
from engine.score.config import Probability
from engine.score.scorecard_json import first_error
from engine.score.strict_json import read_object
from kernels.logistic import platt


class Isotonic(BaseModel):
    """A monotone broken line."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kind: Literal["isotonic"]
    x: list[Probability] = Field(min_length=1)
    y: list[Probability] = Field(min_length=1)

    @field_validator("x")
    @classmethod
    def _strictly_increasing(cls, x: list[float]) -> list[float]:
        if any(a >= b for a, b in pairwise(x)):
            raise ValueError("must be strictly increasing")
        return x

    @field_validator("y")
    @classmethod
    def _never_decreasing(cls, y: list[float]) -> list[float]:
        if any(a > b for a, b in pairwise(y)):
            raise ValueError("must never decrease")
        return y

    @model_validator(mode="after")
    def _same_length(self) -> Isotonic:
        if len(self.x) != len(self.y):
            raise ValueError(f"{len(self.x)} values of x for {len(self.y)} of y")
        return self

    def apply(self, p: NDArray[np.float64]) -> NDArray[np.float64]:
        """Calibrate ``p`` float64 ``(n,)``; NaN stays NaN."""
        line = np.interp(p, self.x, self.y)
        # Just below a point, rounding can pass its y by an ulp.
        return np.clip(line, self.y[0], self.y[-1])


class Platt(BaseModel):
    """A logistic curve on the logit."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kind: Literal["platt"]
    slope: FiniteFloat = Field(gt=0.0)
    intercept: FiniteFloat

    def apply(self, p: NDArray[np.float64]) -> NDArray[np.float64]:
        """Calibrate ``p`` float64 ``(n,)``; 0 and 1 stay; NaN stays NaN."""
        return platt(p, self.slope, self.intercept)


Calibrator = Isotonic | Platt
_ADAPTER: TypeAdapter[Calibrator] = TypeAdapter(
    Annotated[Isotonic | Platt, Field(discriminator="kind")]
)


def load_calibrator(path: Path) -> tuple[Calibrator, str]:
    """The calibrator of a file and the file's sha256.

    Raises
    ------
    InputMissingError
        There is no such file.
    ModelError
        It is not a calibrator of the documented form.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as exc:
        raise InputMissingError(f"calibrator file {path} is not there") from exc
    except OSError as exc:
        raise ModelError(f"calibrator file {path} cannot be read: {exc}") from exc
    try:
        return _ADAPTER.validate_python(read_object(data)), hashlib.sha256(data).hexdigest()
    except ValidationError as exc:
        raise ModelError(f"calibrator file {path}: {first_error(exc)}") from exc
    except ModelError as exc:
        raise ModelError(f"calibrator file {path}: {exc}") from exc

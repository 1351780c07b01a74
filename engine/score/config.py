"""What a book says about one of its models."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Probability = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]


class ModelConfig(BaseModel):
    """``[models.<name>]``. Paths are relative to the book.

    ``file``
        A model file of any format of ``engine.score.formats``.
    ``predicts``
        The column the scores are published under.
    ``sha256``
        Optional pin: the file must have this digest.
    ``prior_correction``
        ``k`` of ``p / (p + k * (1 - p))``, above 0: the odds of a bad in the training sample over
        the odds in the book. None: no correction.
    ``calibrator``
        Calibrator JSON (``engine.score.calibration``), applied after the prior correction.
    ``floor``
        The least score that is published, a fraction; applied last.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    file: str = Field(min_length=1)
    predicts: str = Field(min_length=1)
    sha256: str | None = Field(default=None, pattern="^[0-9a-fA-F]{64}$")
    prior_correction: float | None = Field(default=None, gt=0.0, allow_inf_nan=False)
    calibrator: str | None = Field(default=None, min_length=1)
    floor: Probability | None = None

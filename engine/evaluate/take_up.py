"""What a book says of take-up: its form, its parameters by segment, the market behind it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from engine.errors import BookError, InputMissingError, ModelError
from engine.market_file import Market, read_market
from kernels.demand import (
    MARKET,
    PROPENSITY,
    Demand,
    Surface,
    logistic_demand,
    market_demand,
)

Form = Literal["logistic", "market", "propensity"]


class _Config(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class SegmentTakeUp(_Config):
    """Take-up parameters of one segment; what is left out is taken from ``[take_up]``."""

    intercept: float | None = None
    rate: float | None = Field(default=None, le=0)
    log_limit: float | None = Field(default=None, ge=0)
    reference_limit: float | None = Field(default=None, gt=0)
    slope: float | None = Field(default=None, ge=0)


class TakeUpConfig(_Config):
    """The probability that an offer is taken; see ``kernels.demand`` for the three forms.

    ``propensity`` names a score (or feature) between 0 and 1: what is known of the customer besides
    the offer. ``market`` is the file that ``nightbook fit market`` writes, ``file`` that of
    ``nightbook fit take-up``, which says form, slopes and market. ``rivals_move`` adds so much to
    the rates of all rivals. Falls with the rate and rises with the limit by construction: the signs
    are checked.
    """

    file: str | None = None
    form: Form = "logistic"
    market: str | None = None
    propensity: str | None = None
    rivals_move: float = 0.0
    intercept: float = 0.0
    rate: float = Field(default=0.0, le=0)
    log_limit: float = Field(default=0.0, ge=0)
    reference_limit: float = Field(default=1.0, gt=0)
    slope: float = Field(default=1.0, ge=0)
    segments: dict[str, SegmentTakeUp] = {}

    @model_validator(mode="after")
    def _form_complete(self) -> TakeUpConfig:
        if self.file is not None:
            given = self.model_fields_set & {"form", "market", "slope"}
            if given:
                raise ValueError(f"file says {sorted(given)[0]} already; leave it out")
            return self
        if self.form == "logistic" and (self.market or self.rivals_move):
            raise ValueError('form "logistic" knows no market; take form "market" or "propensity"')
        if self.form != "logistic" and self.market is None:
            raise ValueError(f'form "{self.form}" needs market, the file of nightbook fit market')
        if self.form == "propensity" and self.propensity is None:
            raise ValueError('form "propensity" needs propensity, the name of a score')
        return self


class _TakeUpFile(BaseModel):
    """What is read of the file of ``nightbook fit take-up``."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    kind: Literal["take_up"]
    form: Literal["market", "propensity"]
    label: str
    slopes: dict[str, float]
    market: str


@dataclass(frozen=True)
class TakeUp:
    """Take-up ready to compute with. ``slope_from``: "stated" in the book, or as the fit labelled
    it, "estimated" or "assumed from the market". ``fingerprints``: sha256 by file."""

    config: TakeUpConfig
    form: Form
    slopes: dict[str, float]
    market: Market | None
    slope_from: str
    fingerprints: dict[str, str]

    def demand(
        self, segments: Sequence[str], grades: Sequence[str]
    ) -> tuple[Demand, NDArray[np.int64]]:
        """For the kernels: parameters by segment, and ``(segments, grades)`` the market table of
        each.

        Raises
        ------
        ModelError
            The market has no table for a segment and grade.
        """
        place = np.zeros((len(segments), len(grades)), np.int64)
        if self.market is None:
            return self._logistic(segments), place
        for s, segment in enumerate(segments):
            for g, grade in enumerate(grades):
                place[s, g] = self.market.table_of(segment, grade)
        form = MARKET if self.form == "market" else PROPENSITY
        market = self.market.shifted(self.config.rivals_move)
        surface = Surface(
            market.tables,
            market.rate_lo,
            market.rate_step,
            market.log_limit_lo,
            market.log_limit_step,
        )
        intercept, slope = self._vector(segments, "intercept"), self._slopes(segments)
        return market_demand(form=form, intercept=intercept, slope=slope, surface=surface), place

    def base(self, propensity: NDArray[np.float64] | None, rows: int) -> NDArray[np.float64]:
        """What the kernels call ``base``; ``propensity`` in [0, 1], float64 ``(rows,)``."""
        if propensity is None:
            return np.zeros(rows)
        if self.form == "propensity":
            return propensity
        with np.errstate(divide="ignore"):
            odds = np.log(propensity)
            odds -= np.log1p(-propensity)  # in place: the optimiser has all customers here
        return odds

    def _logistic(self, segments: Sequence[str]) -> Demand:
        names = ("intercept", "rate", "log_limit", "reference_limit")
        return logistic_demand(**{name: self._vector(segments, name) for name in names})

    def _vector(self, segments: Sequence[str], what: str) -> NDArray[np.float64]:
        default = getattr(self.config, what)
        overrides = [getattr(self.config.segments.get(name), what, None) for name in segments]
        return np.array([default if own is None else own for own in overrides], dtype=np.float64)

    def _slopes(self, segments: Sequence[str]) -> NDArray[np.float64]:
        if self.config.file is None:
            return self._vector(segments, "slope")
        missing = [name for name in segments if name not in self.slopes]
        if missing:
            raise ModelError(f"{self.config.file}: no slope for the segment '{missing[0]}'")
        return np.array([self.slopes[name] for name in segments], dtype=np.float64)


def load_take_up(config: TakeUpConfig, folder: Path) -> TakeUp:
    """Read the files that ``config`` names, relative to ``folder``.

    Raises
    ------
    InputMissingError, ModelError
        A file is not there, or is not what it should be.
    """
    prints: dict[str, str] = {}
    form, slopes, slope_from, market_path = config.form, {}, "stated", config.market
    if config.file is not None:
        document = _document(folder, config.file, prints)
        try:
            fitted = _TakeUpFile.model_validate(document)
        except ValidationError as exc:
            place = ".".join(map(str, exc.errors()[0]["loc"])) or "document"
            raise ModelError(f"{config.file}: {place}: {exc.errors()[0]['msg']}") from exc
        form, slopes, slope_from = fitted.form, fitted.slopes, fitted.label
        market_path = fitted.market
        if form == "propensity" and config.propensity is None:
            raise BookError('take_up: form "propensity" needs propensity, the name of a score')
    market = None
    if market_path is not None:
        document = _document(folder, market_path, prints)
        market = read_market(document, file=market_path)
    return TakeUp(config, form, slopes, market, slope_from, prints)


def _document(folder: Path, name: str, prints: dict[str, str]) -> Any:
    """The JSON in a file; its sha256 goes into ``prints``."""
    try:
        content = (folder / name).read_bytes()
    except OSError as exc:
        raise InputMissingError(f"take_up: cannot read {name}: {exc.strerror}") from exc
    prints[name] = hashlib.sha256(content).hexdigest()
    try:
        return json.loads(content)
    except ValueError as exc:
        raise ModelError(f"{name}: not JSON: {exc}") from exc

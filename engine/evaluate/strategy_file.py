"""A strategy as a file: what each segment and grade is offered, and what that rests on.

``nightbook optimise`` writes it, ``nightbook run`` applies it where ``[strategy] file`` names it.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from engine.errors import BookError, InputMissingError


class _Config(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class GradeBound(_Config):
    """PDs up to ``max_pd``, inclusive; the last grade has none."""

    grade: str
    max_pd: float | None = Field(default=None, gt=0, le=1)


class CellOffer(_Config):
    """What customers of a segment and grade are offered; rate and limit where approved."""

    segment: str
    grade: str
    approve: bool
    rate: float | None = Field(default=None, ge=0)
    limit: float | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _complete(self) -> CellOffer:
        if self.approve and (self.rate is None or self.limit is None):
            raise ValueError(f"{self.segment} {self.grade} is approved without a rate and a limit")
        return self


class StrategyFile(_Config):
    """The whole file. ``made_from`` and what follows are for people and for checks; a run reads
    grades, offers and dates."""

    kind: Literal["strategy"]
    book: str
    currency: str
    effective_from: date | None = None
    effective_until: date | None = None
    grades: tuple[GradeBound, ...] = Field(min_length=1)
    offers: tuple[CellOffer, ...] = Field(min_length=1)
    made_from: dict[str, Any] = {}
    menu: dict[str, Any] = {}
    ordering: dict[str, Any] = {}
    constraints: dict[str, Any] = {}
    certificate: dict[str, Any] = {}
    models: dict[str, Any] = {}

    @model_validator(mode="after")
    def _consistent(self) -> StrategyFile:
        *bounded, last = self.grades
        bounds = [grade.max_pd or 0.0 for grade in bounded]
        if last.max_pd is not None or 0.0 in bounds or any(a >= b for a, b in pairwise(bounds)):
            raise ValueError("max_pd must ascend from grade to grade; the last has none")
        names = [grade.grade for grade in self.grades]
        if len(set(names)) < len(names):
            raise ValueError("a grade's name occurs twice")
        seen = set()
        for offer in self.offers:
            if offer.grade not in names:
                raise ValueError(f"offers: there is no grade '{offer.grade}'")
            if (offer.segment, offer.grade) in seen:
                raise ValueError(f"offers: {offer.segment} {offer.grade} occurs twice")
            seen.add((offer.segment, offer.grade))
        lacking = {segment for segment, _ in seen for g in names if (segment, g) not in seen}
        if lacking:
            raise ValueError(f"offers: segment '{min(lacking)}' lacks a grade")
        return self

    @property
    def segments(self) -> tuple[str, ...]:
        """In the order of the file."""
        return tuple(dict.fromkeys(offer.segment for offer in self.offers))


def read_strategy(path: Path, shown: str) -> tuple[StrategyFile, str]:
    """The strategy in a file and its sha256; ``shown`` is the file's name in errors.

    Raises
    ------
    InputMissingError
        The file cannot be read.
    BookError
        It is not TOML, or not a strategy.
    """
    try:
        content = path.read_bytes()
    except OSError as exc:
        raise InputMissingError(f"cannot read the strategy {shown}: {exc.strerror}") from exc
    try:
        raw: Mapping[str, Any] = tomllib.loads(content.decode())
        found = StrategyFile.model_validate(raw)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise BookError(f"{shown}: not TOML: {exc}") from exc
    except ValidationError as exc:
        first = exc.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise BookError(f"{shown}: {place + ': ' if place else ''}{first['msg']}") from exc
    return found, hashlib.sha256(content).hexdigest()


def check_belongs(strategy: StrategyFile, *, book: str, as_of: date | None, shown: str) -> None:
    """Raises BookError for a strategy of another book, or one that is not in force at ``as_of``."""
    if strategy.book != book:
        raise BookError(f"{shown} is a strategy for the book '{strategy.book}', not for '{book}'")
    first, last = strategy.effective_from, strategy.effective_until
    early = as_of is not None and first is not None and as_of < first
    late = as_of is not None and last is not None and as_of > last
    if early or late:
        raise BookError(
            f"{shown} is in force from {first or 'the beginning'} until "
            f"{last or 'further notice'}, not at the book's as_of {as_of}"
        )

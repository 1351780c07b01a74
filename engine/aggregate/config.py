"""What a book says of features: derived columns, joins, recipes."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Statistic = Literal[
    "count",
    "sum",
    "mean",
    "std",
    "min",
    "max",
    "first",
    "last",
    "last_valid",
    "nunique",
    "last_minus_mean",
]


class _Config(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class JoinConfig(_Config):
    """Columns of a lookup table, joined to each row of this one by ``on``."""

    table: str
    on: str
    columns: tuple[str, ...] = Field(min_length=1)


class ShapeConfig(_Config):
    """What is added to a table before it is aggregated: joins first, then derived columns."""

    join: tuple[JoinConfig, ...] = ()
    derive: dict[str, str] = {}
    prefix: str = ""


class Window(_Config):
    """Which rows of a customer count: all, the last ``rows``, or the last ``days`` to the as-of.

    ``days`` d takes rows with ``as_of - d < date <= as_of``.
    """

    name: str
    rows: int | None = None
    days: int | None = None

    @classmethod
    def parse(cls, text: str) -> Window:
        """``all``, ``last_<k>`` rows or ``last_<d>d`` days."""
        if text == "all":
            return cls(name=text)
        match = re.fullmatch(r"last_([1-9]\d*)(d?)", text)
        if match is None:
            raise ValueError(f"window '{text}' is none of 'all', 'last_<rows>', 'last_<days>d'")
        size = int(match[1])
        return cls(name=text, days=size) if match[2] else cls(name=text, rows=size)


class RecipeConfig(_Config):
    """columns x statistics x windows x of: each combination is one feature."""

    table: str
    columns: tuple[str, ...] = Field(min_length=1)
    statistics: tuple[Statistic, ...] = Field(min_length=1)
    windows: tuple[str, ...] = Field(default=("all",), min_length=1)
    of: tuple[Literal["value", "diff"], ...] = Field(default=("value",), min_length=1)

    @field_validator("windows")
    @classmethod
    def _windows_parse(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            Window.parse(text)
        return value

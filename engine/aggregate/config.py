"""What a book says of features: derived columns, joins, row filters, recipes."""

from __future__ import annotations

import re
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from engine.aggregate.statistics import CROSS_SECTIONAL, check_statistic

Statistic = Annotated[str, AfterValidator(check_statistic)]
"""One of ``STATISTICS`` or ``CROSS_SECTIONAL``, or ``lag_<k>``."""

_FILTER_NAME = re.compile(r"(?!all$|diff$|last)[a-z][a-z0-9]*(_[a-z0-9]+)*")
"""Lower case words: no window of rows or days, and nothing that ends a part of a feature's name."""


class _Config(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class JoinConfig(_Config):
    """Columns of a lookup table, joined to each row of this one by ``on``."""

    table: str
    on: str
    columns: tuple[str, ...] = Field(min_length=1)


class ShapeConfig(_Config):
    """What is added to a table before it is aggregated: joins first, then derived columns.

    ``windows`` are row filters: by name, a condition on a row of what that gives.
    """

    join: tuple[JoinConfig, ...] = ()
    derive: dict[str, str] = {}
    windows: dict[str, str] = {}
    prefix: str = ""

    @field_validator("windows")
    @classmethod
    def _filters_have_names(cls, value: dict[str, str]) -> dict[str, str]:
        for name in value:
            if not _FILTER_NAME.fullmatch(name):
                raise ValueError(
                    f"'{name}' cannot name a row filter: take words in lower case, joined by "
                    "single underscores, which do not begin with 'last' and are not 'all' or 'diff'"
                )
        return value


class Window(NamedTuple):
    """Which rows of a customer count: all, the last ``rows``, or the last ``days`` to the as-of.

    ``days`` d takes rows with ``as_of - d < date <= as_of``. Any other name is that of a row filter
    of the table.
    """

    name: str
    rows: int | None = None
    days: int | None = None

    @property
    def is_row_filter(self) -> bool:
        """Whether the rows are chosen by ``[tables.<t>.windows]``."""
        return self.name != "all" and self.rows is None and self.days is None

    @classmethod
    def parse(cls, text: str) -> Window:
        """``all``, ``last_<k>`` rows, ``last_<d>d`` days, or the name of a row filter."""
        if text == "all" or _FILTER_NAME.fullmatch(text):
            return cls(name=text)
        match = re.fullmatch(r"last_([1-9]\d*)(d?)", text)
        if match is None:
            raise ValueError(
                f"window '{text}' is none of 'all', 'last_<rows>', 'last_<days>d', and no name of "
                "a row filter"
            )
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

    @model_validator(mode="after")
    def _cross_sections_are_of_all_values(self) -> RecipeConfig:
        crossing = [name for name in self.statistics if name in CROSS_SECTIONAL]
        if crossing and (self.windows != ("all",) or self.of != ("value",)):
            raise ValueError(
                f"{crossing[0]} ranks among all customers: it has no window but 'all' and is of "
                "'value' only; give it a recipe of its own"
            )
        return self

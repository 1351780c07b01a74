"""What a book says of its tables: where they lie, how they are ordered, what their columns hold."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

ColumnType = Literal["int64", "float64", "string", "boolean", "date", "datetime"]


class _Config(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ColumnConfig(_Config):
    """The contract of one column. A value that breaks it sends its customer to quarantine.

    ``min`` and ``max`` are inclusive. ``future = "allow"`` lets a date lie after the as-of date.
    ``may_be_empty`` allows a column that is null in every row, otherwise the sign of a broken feed.
    """

    type: ColumnType
    nullable: bool = False
    min: float | date | None = None
    max: float | date | None = None
    allowed: tuple[str | int | float | bool, ...] | None = None
    future: Literal["forbid", "allow"] = "forbid"
    may_be_empty: bool = False

    @model_validator(mode="after")
    def _range_fits_type(self) -> ColumnConfig:
        bounds = [bound for bound in (self.min, self.max) if bound is not None]
        wanted = date if self.type in ("date", "datetime") else (int, float)
        if bounds and self.type in ("string", "boolean"):
            raise ValueError(f"min and max do not apply to a {self.type} column")
        if any(not isinstance(bound, wanted) for bound in bounds):
            raise ValueError(f"min and max of a {self.type} column must be of that type")
        return self


class CsvConfig(_Config):
    """How a CSV file is written: UTF-8, one header line, empty cells are null."""

    separator: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', min_length=1, max_length=1)
    date_format: str = "%Y-%m-%d"
    datetime_format: str = "%Y-%m-%d %H:%M:%S"
    null_values: tuple[str, ...] = ()


class TableConfig(_Config):
    """One table: ``files`` (Parquet or CSV), or a DuckDB file with a table or a query.

    Without ``order`` a table holds one row per customer; with it many, ordered by it.
    ``lookup`` tables know no customers and are read whole.
    """

    files: tuple[str, ...] = ()
    duckdb: str | None = None
    table: str | None = None
    query: str | None = None
    csv: CsvConfig = CsvConfig()
    lookup: bool = False
    order: str | None = None
    tie: str | None = None
    date: str | None = None
    after_as_of: Literal["forbid", "drop"] = "forbid"
    cutoff: Literal["up_to", "before"] = "up_to"
    unique: tuple[str, ...] = ()
    columns: dict[str, ColumnConfig] = Field(min_length=1)

    @field_validator("files", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _consistent(self) -> TableConfig:
        self._check_source()
        roles = {"order": self.order, "tie": self.tie, "date": self.date}
        named = [(role, name) for role, name in roles.items() if name]
        for role, name in [*named, *(("unique", name) for name in self.unique)]:
            if name not in self.columns:
                raise ValueError(f"{role} names the column '{name}', which columns does not list")
        if self.lookup and (self.order or self.tie or self.date):
            raise ValueError("a lookup table has no order, tie or date")
        if self.tie and not self.order:
            raise ValueError("tie needs order")
        if self.date and self.columns[self.date].type not in ("date", "datetime"):
            raise ValueError(f"date names the column '{self.date}', which is not a date")
        return self

    def _check_source(self) -> None:
        if bool(self.files) == bool(self.duckdb):
            raise ValueError("give either files or duckdb")
        if self.duckdb and bool(self.table) == bool(self.query):
            raise ValueError("a duckdb source needs either table or query")
        if self.files and (self.table or self.query):
            raise ValueError("table and query belong to a duckdb source")

    @property
    def event_date(self) -> str | None:
        """The column that says when a row happened: ``date``, else ``order`` if that is a date."""
        if self.date:
            return self.date
        if self.order and self.columns[self.order].type in ("date", "datetime"):
            return self.order
        return None


class IngestConfig(_Config):
    """How strict a run is."""

    max_quarantine_share: float = Field(default=0.01, ge=0, le=1)

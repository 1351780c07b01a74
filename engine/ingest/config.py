"""What a book says of its tables: where they lie, how they are ordered, what their columns hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

import polars as pl
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

ColumnType = Literal["int64", "float64", "string", "boolean", "date", "datetime"]


class _Config(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


_KINDS: Mapping[ColumnType, type | tuple[type, ...]] = {
    "int64": (int, float),
    "float64": (int, float),
    "string": str,
    "boolean": bool,
    "date": date,
    "datetime": date,
}
"""What ``min``, ``max`` and ``allowed`` of a column may be, as TOML values."""


class ColumnConfig(_Config):
    """The contract of one column. A value that breaks it sends its customer to quarantine.

    ``min`` and ``max`` are inclusive. ``future = "allow"`` lets a date lie after the as-of date.
    ``may_be_empty`` allows a column that is null in every row, otherwise the sign of a broken feed.
    """

    type: ColumnType
    nullable: bool = False
    min: int | float | date | None = None
    max: int | float | date | None = None
    allowed: tuple[str | int | float | bool, ...] | None = Field(default=None, min_length=1)
    future: Literal["forbid", "allow"] = "forbid"
    may_be_empty: bool = False

    @model_validator(mode="after")
    def _range_fits_type(self) -> ColumnConfig:
        bounds = [bound for bound in (self.min, self.max) if bound is not None]
        if bounds and self.type in ("string", "boolean"):
            raise ValueError(f"min and max do not apply to a {self.type} column")
        if any(not isinstance(bound, _KINDS[self.type]) for bound in bounds):
            raise ValueError(f"min and max of a {self.type} column must be of that type")
        if len(bounds) == 2 and bounds[0] > bounds[1]:  # type: ignore[operator]  # of one kind
            raise ValueError("min is above max")
        return self

    @model_validator(mode="after")
    def _allowed_fits_type(self) -> ColumnConfig:
        allowed = self.allowed or ()
        if allowed and self.type in ("date", "datetime"):
            raise ValueError(f"allowed does not apply to a {self.type} column")
        wrong = [v for v in allowed if not isinstance(v, _KINDS[self.type])]
        if self.type != "boolean":
            wrong += [v for v in allowed if isinstance(v, bool)]
        if wrong:
            raise ValueError(f"allowed holds {wrong[0]!r}, which is not of type {self.type}")
        return self


class CsvConfig(_Config):
    """How a CSV file is written: UTF-8, one header line, empty cells are null."""

    separator: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', min_length=1, max_length=1)
    date_format: str = "%Y-%m-%d"
    datetime_format: str = "%Y-%m-%d %H:%M:%S"
    null_values: tuple[str, ...] = ()

    @field_validator("date_format", "datetime_format")
    @classmethod
    def _format_reads_what_it_writes(cls, value: str, field: ValidationInfo) -> str:
        """Polars takes a format without fields, such as ``yyyy-mm-dd``, to mean the year 1."""
        is_date = field.field_name == "date_format"
        moment = pl.Series([date(2001, 2, 3) if is_date else datetime(2001, 2, 3, 4, 5)])
        try:
            text = moment.dt.strftime(value).str
            read = text.to_date(value) if is_date else text.to_datetime(value)
        except pl.exceptions.PolarsError as exc:
            raise ValueError(f"'{value}' is not a format: {str(exc).splitlines()[0]}") from exc
        if read.cast(pl.Date).item() != date(2001, 2, 3):
            raise ValueError(f"'{value}' does not give a day; an example is '%d.%m.%Y'")
        return value


class TableConfig(_Config):
    """One table: ``files`` (Parquet or CSV), or a DuckDB file with a table or a query.

    Without ``order`` a table holds one row per customer; with it many, ordered by it.
    ``lookup`` tables know no customers and are read whole.

    A row is late when its date is after the as-of date, or with ``cutoff = "before"`` also on it;
    ``after_as_of`` says whether that breaks the contract or the row is left out. A row whose
    ``known_at`` date is after the as-of date, or missing, is left out. An ``optional`` table may
    have no file or no rows.
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
    known_at: str | None = None
    optional: bool = False
    unique: tuple[str, ...] = ()
    columns: dict[str, ColumnConfig] = Field(min_length=1)

    @field_validator("files", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _consistent(self) -> TableConfig:
        self._check_source()
        roles = {
            "order": self.order,
            "tie": self.tie,
            "date": self.date,
            "known_at": self.known_at,
        }
        named = [(role, name) for role, name in roles.items() if name]
        for role, name in [*named, *(("unique", name) for name in self.unique)]:
            if name not in self.columns:
                raise ValueError(f"{role} names the column '{name}', which columns does not list")
            if role in ("order", "tie") and self.columns[name].nullable:
                raise ValueError(f"{role} names the column '{name}', which is nullable")
        if self.lookup and any(roles.values()):
            raise ValueError("a lookup table has no order, tie or date, nor known_at")
        if self.tie and not self.order:
            raise ValueError("tie needs order")
        for role, name in named:
            if role in ("date", "known_at") and self.columns[name].type not in ("date", "datetime"):
                raise ValueError(f"{role} names the column '{name}', which is not a date")
        if not self.event_date and (self.after_as_of == "drop" or self.cutoff == "before"):
            raise ValueError("after_as_of and cutoff need a date: give date, or a date as order")
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
    """How strict a run is.

    ``check = "read"``: only columns that the run needs are read, so a broken rule of another column
    sends nobody to quarantine; ``"declared"``: all declared columns of the tables that the run
    needs are read and hold their contract. The quarantine files hold the columns that were read.
    """

    max_quarantine_share: float = Field(default=0.01, ge=0, le=1)
    check: Literal["read", "declared"] = "read"

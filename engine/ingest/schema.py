"""Physical columns of a Parquet file against the declared types."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import polars as pl

from engine.errors import DataError, did_you_mean
from engine.ingest.config import ColumnConfig, ColumnType

DTYPES: Mapping[ColumnType, pl.DataType] = {
    "int64": pl.Int64(),
    "float64": pl.Float64(),
    "string": pl.String(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "datetime": pl.Datetime("us"),
}


def typed_columns(
    schema: pl.Schema, columns: Mapping[str, ColumnConfig], *, file: str
) -> list[pl.Expr]:
    """Expressions that read the declared columns in their declared types, NaN as null.

    Only casts that keep every value are made: integers and decimals to float64, any integer to
    int64, categories to string, date to datetime, an all-null column to anything.

    Raises
    ------
    DataError
        A declared column is missing, or has a type that does not convert.
    """
    require_columns(schema, columns, file=file)
    for name, config in columns.items():
        if not _converts(schema[name], config.type):
            raise DataError(
                f"wrong type: {schema[name]} where {config.type} is declared",
                file=file,
                column=name,
            )
    return [_typed(name, config.type) for name, config in columns.items()]


def require_columns(found: Collection[str], wanted: Iterable[str], *, file: str) -> None:
    """Raises DataError, with the likely name, where ``file`` lacks a column."""
    missing = [name for name in wanted if name not in found]
    if missing:
        hint = did_you_mean(missing[0], found)
        raise DataError(f"column missing{hint}", file=file, column=missing[0])


def _converts(found: pl.DataType, declared: ColumnType) -> bool:
    if found in (pl.Null, DTYPES[declared]):
        return True
    match declared:
        case "int64":
            return found.is_integer() or _is_whole_decimal(found)
        case "float64":
            return found.is_numeric()
        case "string":
            return found in (pl.Categorical, pl.Enum)
        case "datetime":
            return found == pl.Date or isinstance(found, pl.Datetime)
        case _:
            return False


def _is_whole_decimal(found: pl.DataType) -> bool:
    return isinstance(found, pl.Decimal) and found.scale == 0


def _typed(name: str, declared: ColumnType) -> pl.Expr:
    column = pl.col(name).cast(DTYPES[declared])
    return column.fill_nan(None) if declared == "float64" else column

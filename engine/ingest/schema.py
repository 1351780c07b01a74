"""Physical columns of a file against the declared ones, and how the one becomes the other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple

import polars as pl

from engine.errors import DataError, did_you_mean
from engine.ingest.config import ColumnConfig, ColumnType
from engine.ingest.marks import unreadable_cells

DTYPES: Mapping[ColumnType, pl.DataType] = {
    "int64": pl.Int64(),
    "float64": pl.Float64(),
    "string": pl.String(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "datetime": pl.Datetime("us"),
}
_AS_STORED = (pl.Float32, pl.Float64)
_DATE = "%Y-%m-%d"
_MOMENTS = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f")


class Columns(NamedTuple):
    """How the declared columns are made of those of one file.

    ``dates_as_text``: the columns whose text is parsed; what has text and no date is unreadable.
    """

    expressions: Mapping[str, pl.Expr]
    dates_as_text: tuple[str, ...]

    def of(
        self, stored: pl.DataFrame, names: Collection[str], *, unreadable: bool = True
    ) -> pl.DataFrame:
        """``names`` in declared types, and ``UNREADABLE`` where a cell is that."""
        frame = stored.select(self.expressions[name] for name in names)
        lost = [
            name
            for name in self.dates_as_text
            if unreadable and name in names and frame[name].null_count() > stored[name].null_count()
        ]
        if not lost:
            return frame
        cells = [
            (name, pl.col(name), pl.col(name).is_not_null() & self.expressions[name].is_null())
            for name in lost
        ]
        return frame.hstack(stored.select(unreadable_cells(cells)))


def declared_columns(
    schema: pl.Schema,
    columns: Mapping[str, ColumnConfig],
    *,
    file: str,
    is_null: Callable[[str], bool] = lambda _: False,
) -> Columns:
    """How the columns of a file with ``schema`` become the declared ones.

    Only conversions that keep every value are made: integers, decimals and booleans to float64,
    any integer to int64, categories to string, date to datetime, text of the form 2024-01-31 to
    date, of the form 2024-01-31 23:59:59 (or with T, or with fractions) to datetime, an all-null
    column to anything. Float32 and Float64 stay as they are stored, NaN included.

    Parameters
    ----------
    is_null : whether a column holds nulls only; asked where its type does not convert.

    Raises
    ------
    DataError
        A declared column is missing, or has a type that does not convert.
    """
    require_columns(schema, columns, file=file)
    made = {}
    for name, config in columns.items():
        if _converts(schema[name], config.type):
            made[name] = _converted(name, schema[name], config.type)
        elif is_null(name):
            made[name] = pl.repeat(None, pl.len(), dtype=DTYPES[config.type]).alias(name)
        else:
            raise DataError(
                f"wrong type: {schema[name]} where {config.type} is declared",
                file=file,
                column=name,
            )
    texts = [
        name
        for name, config in columns.items()
        if config.type in ("date", "datetime") and schema[name] == pl.String
    ]
    return Columns(made, tuple(texts))


def require_columns(found: Collection[str], wanted: Iterable[str], *, file: str) -> None:
    """Raises DataError, with the likely name, where ``file`` lacks a column."""
    missing = [name for name in wanted if name not in found]
    if missing:
        hint = did_you_mean(missing[0], found)
        raise DataError(f"column missing{hint}", file=file, column=missing[0])


def plain_floats(names: Iterable[str]) -> list[pl.Expr]:
    """Float columns as Float64 with null for NaN, for whoever does not know missing as NaN."""
    return [pl.col(name).cast(pl.Float64).fill_nan(None) for name in names]


def _converts(found: pl.DataType, declared: ColumnType) -> bool:
    if found in (pl.Null, DTYPES[declared]):
        return True
    match declared:
        case "int64":
            return found.is_integer() or _is_whole_decimal(found)
        case "float64":
            return found.is_numeric() or found == pl.Boolean
        case "string":
            return found in (pl.Categorical, pl.Enum)
        case "date":
            return found == pl.String
        case "datetime":
            return found in (pl.Date, pl.String) or isinstance(found, pl.Datetime)
        case _:
            return False


def _is_whole_decimal(found: pl.DataType) -> bool:
    return isinstance(found, pl.Decimal) and found.scale == 0


def _converted(name: str, found: pl.DataType, declared: ColumnType) -> pl.Expr:
    column = pl.col(name)
    if found == pl.String and declared == "date":
        return column.str.to_date(_DATE, strict=False)
    if found == pl.String and declared == "datetime":
        day = column.str.to_date(_DATE, strict=False).cast(DTYPES[declared])
        moments = [column.str.to_datetime(f, strict=False, time_unit="us") for f in _MOMENTS]
        return pl.coalesce(day, *moments)
    if declared == "float64" and found in _AS_STORED:
        return column
    return column.cast(DTYPES[declared])

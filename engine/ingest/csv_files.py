"""CSV to staged Parquet, once, in bounded memory.

Polars fills a short line with nulls and says nothing, so the number of cells in every line is
checked first, by pyarrow's parser. Cells are then read as text and cast: what does not cast is null
in its column and named in ``UNREADABLE``, for the contract check to find.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pyarrow.csv as pacsv

from engine.errors import DataError
from engine.ingest.config import ColumnConfig, CsvConfig, TableConfig
from engine.ingest.reading import reading, staging
from engine.ingest.schema import typed_columns
from engine.ingest.table import FILE, SEPARATOR, UNREADABLE

_WHOLE = 2.0**53
"""Up to here a float64 names one integer: ``1e+05`` is 100000, ``1e+20`` is not an integer."""


def stage_csv(files: Sequence[Path], config: TableConfig, folder: Path) -> tuple[Path, ...]:
    """Writes one Parquet file per CSV file into ``folder``, rows in the order of the lines.

    Raises
    ------
    DataError
        A line has too many or too few cells, a declared column is missing, the file is empty or
        not UTF-8.
    """
    return tuple(
        _stage_file(file, number, config, folder / f"{number:05d}.parquet")
        for number, file in enumerate(files)
    )


def _stage_file(file: Path, number: int, config: TableConfig, target: Path) -> Path:
    _check_lines(file, config.csv)
    with reading(file):
        text = pl.scan_csv(
            file,
            separator=config.csv.separator,
            quote_char=config.csv.quote,
            infer_schema=False,
            null_values=["", *config.csv.null_values],
            glob=False,
        )
        names = text.collect_schema()
        as_text = {name: ColumnConfig(type="string") for name in config.columns}
        typed_columns(names, as_text, file=str(file))
    cells = [_cast(name, column, config.csv) for name, column in config.columns.items()]
    plan = text.select(
        *cells,
        pl.lit(number, dtype=pl.UInt32).alias(FILE),
        _unreadable(config).alias(UNREADABLE),
    )
    with reading(file), staging(target.parent):
        plan.sink_parquet(target, maintain_order=True)
    return target


def _check_lines(file: Path, csv: CsvConfig) -> None:
    ragged: list[pacsv.InvalidRow] = []
    count = 0

    def note(row: pacsv.InvalidRow) -> str:
        nonlocal count
        count += 1
        if len(ragged) < 1:
            ragged.append(row)
        return "skip"

    with reading(file):
        if file.stat().st_size == 0:
            raise DataError("the file is empty: not even a header line", file=str(file))
        reader = pacsv.open_csv(
            file,
            read_options=pacsv.ReadOptions(use_threads=False),  # with threads, no line numbers
            parse_options=pacsv.ParseOptions(
                delimiter=csv.separator,
                quote_char=csv.quote,
                newlines_in_values=True,
                invalid_row_handler=note,
            ),
            convert_options=pacsv.ConvertOptions(check_utf8=False, include_columns=[]),
        )
        for _ in reader:
            pass
    if ragged:
        row = ragged[0]
        raise DataError(
            f"ragged line: line {row.number} has {row.actual_columns} cells, the header has "
            f"{row.expected_columns}",
            file=str(file),
            count=count,
        )


def _cast(name: str, column: ColumnConfig, csv: CsvConfig) -> pl.Expr:
    text = pl.col(name)
    match column.type:
        case "int64":
            number = text.str.strip_chars().cast(pl.Float64, strict=False)
            whole = (number == number.floor()) & (number.abs() <= _WHOLE)
            exact = text.str.strip_chars().cast(pl.Int64, strict=False)
            return exact.fill_null(pl.when(whole).then(number).cast(pl.Int64)).alias(name)
        case "float64":
            return text.str.strip_chars().cast(pl.Float64, strict=False).fill_nan(None).alias(name)
        case "boolean":
            words = {"true": True, "false": False, "1": True, "0": False}
            lower = text.str.strip_chars().str.to_lowercase()
            return lower.replace_strict(words, default=None, return_dtype=pl.Boolean).alias(name)
        case "date":
            return text.str.to_date(csv.date_format, strict=False).alias(name)
        case "datetime":
            parsed = text.str.to_datetime(csv.datetime_format, strict=False, time_unit="us")
            return parsed.alias(name)
        case "string":
            return text


def _unreadable(config: TableConfig) -> pl.Expr:
    """``\\x1fcolumn=text`` for every cell that has text but no value; null where all have one."""
    typed = {n: c for n, c in config.columns.items() if c.type != "string"}
    parts = [
        pl.when(
            pl.col(name).is_not_null()
            & _cast(name, column, config.csv).is_null()
            & (pl.col(name).str.strip_chars().str.to_lowercase() != "nan")
        ).then(pl.concat_str(pl.lit(f"{SEPARATOR}{name}="), pl.col(name)))
        for name, column in typed.items()
    ]
    if not parts:
        return pl.lit(None, dtype=pl.String)
    joined = pl.concat_str(parts, ignore_nulls=True)
    return pl.when(joined != "").then(joined)

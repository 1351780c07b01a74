"""CSV to staged Parquet, once, in bounded memory.

pyarrow cuts the text into cells, because it reports a line that is too short (Polars fills it with
nulls and says nothing). Polars then reads the cells in their declared types: one that has no value
becomes null and is named in ``UNREADABLE``, for the contract check to find.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from engine.errors import DataError
from engine.ingest.config import ColumnConfig, CsvConfig, TableConfig
from engine.ingest.marks import FILE, unreadable_cells
from engine.ingest.reading import reading, staging
from engine.ingest.schema import DTYPES, require_columns

_BLOCK_BYTES = 8 << 20
"""Text read at a time, and the most that one line may hold."""
_WHOLE = 2.0**53
"""Up to here a float64 names one integer: ``1e+05`` is 100000, ``1e+20`` is not an integer."""
_BOOLEANS: Mapping[str, bool] = {"true": True, "false": False, "1": True, "0": False}


def stage_csv(files: Sequence[Path], config: TableConfig, folder: Path) -> tuple[Path, ...]:
    """Writes one Parquet file per CSV file into ``folder``, rows in the order of the lines.

    Raises
    ------
    DataError
        A line has too many or too few cells, a declared column is missing or there twice, the file
        is empty or not UTF-8.
    """
    return tuple(
        _stage_file(file, number, config, folder / f"{number:05d}.parquet")
        for number, file in enumerate(files)
    )


def text_batches(file: Path, style: CsvConfig, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
    """The cells of ``columns`` as strings; an empty cell is null. Blank lines are skipped.

    Raises DataError as ``stage_csv`` does, for ragged lines after the last batch.
    """
    _check_header(file, style, columns)
    ragged = _Ragged()
    with reading(file), _reader(file, style, columns, ragged) as reader:
        for batch in reader:
            yield pl.DataFrame(pa.table(batch))
    if ragged.first is not None:
        raise DataError(
            f"ragged line: line {_line_number(file, style, ragged.first)} has "
            f"{ragged.first.actual_columns} cells, the header has {ragged.first.expected_columns}",
            file=str(file),
            count=ragged.count,
        )


class _Ragged:
    """Told of every line with too many or too few cells."""

    def __init__(self) -> None:
        self.first: pacsv.InvalidRow | None = None
        self.count = 0

    def __call__(self, row: pacsv.InvalidRow) -> str:
        self.first = self.first or row
        self.count += 1
        return "skip"


def _reader(
    file: Path, style: CsvConfig, columns: Sequence[str], ragged: _Ragged
) -> pacsv.CSVStreamingReader:
    return pacsv.open_csv(
        file,
        # with threads, no line numbers
        read_options=pacsv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES),
        parse_options=pacsv.ParseOptions(
            delimiter=style.separator,
            quote_char=style.quote,
            newlines_in_values=True,
            invalid_row_handler=ragged,
        ),
        convert_options=pacsv.ConvertOptions(
            column_types=dict.fromkeys(columns, pa.large_string()),
            include_columns=list(columns),
            strings_can_be_null=True,
            null_values=["", *style.null_values],
        ),
    )


def csv_header(file: Path, style: CsvConfig) -> list[str]:
    """The names of all columns."""
    with reading(file), file.open(newline="", encoding="utf-8-sig", errors="replace") as text:
        rows = csv.reader(text, delimiter=style.separator, quotechar=style.quote)
        header = next(filter(None, rows), [])
    if not header:
        raise DataError("the file is empty: not even a header line", file=str(file))
    return header


def _check_header(file: Path, style: CsvConfig, columns: Sequence[str]) -> None:
    header = csv_header(file, style)
    require_columns(header, columns, file=str(file))
    for name in columns:
        if header.count(name) > 1:
            raise DataError("the header has the column twice", file=str(file), column=name)


def _line_number(file: Path, style: CsvConfig, row: pacsv.InvalidRow) -> int:
    """Where the first ragged row begins; pyarrow counts rows, without line breaks in quotes."""
    try:
        with reading(file), file.open(newline="", encoding="utf-8-sig", errors="replace") as text:
            rows = csv.reader(text, delimiter=style.separator, quotechar=style.quote)
            line = 1
            for cells in rows:
                if cells and len(cells) != row.expected_columns:
                    return line
                line = rows.line_num + 1
    except csv.Error:  # a cell beyond its size limit: a quote that is never closed
        pass
    return int(row.number)


def _stage_file(file: Path, number: int, config: TableConfig, target: Path) -> Path:
    def typed(text: pl.DataFrame) -> pa.Table:
        frame = _typed(text, config).with_columns(pl.lit(number, dtype=pl.UInt32).alias(FILE))
        return frame.to_arrow(compat_level=pl.CompatLevel.oldest())

    columns = list(config.columns)
    empty = typed(pl.DataFrame(schema=dict.fromkeys(columns, pl.String)))
    with staging(target.parent), pq.ParquetWriter(target, empty.schema) as sink:
        for text in text_batches(file, config.csv, columns):
            sink.write_table(typed(text))
    return target


def _typed(text: pl.DataFrame, config: TableConfig) -> pl.DataFrame:
    """Cells in their declared types; ``UNREADABLE`` names those that have text but no value."""
    values, lost = [], []
    for name, column in config.columns.items():
        value, unreadable = _read_cells(text[name], column, config.csv)
        values.append(value.alias(name))
        if unreadable.any():
            lost.append((name, pl.lit(text[name]), pl.lit(unreadable)))
    return pl.DataFrame(values).with_columns(unreadable_cells(lost))


def _read_cells(
    text: pl.Series, column: ColumnConfig, style: CsvConfig
) -> tuple[pl.Series, pl.Series]:
    """Values, and which cells have text but no value. Most columns need no second look."""
    value = _plain(text, column, style)
    unreadable = pl.repeat(False, len(text), eager=True)
    if value.null_count() > text.null_count():
        trimmed = text.str.strip_chars()
        value = value.fill_null(_lenient(trimmed, column, style))
        is_nan = trimmed.str.to_lowercase() == "nan"
        unreadable = text.is_not_null() & value.is_null() & ~is_nan
    if column.type == "float64":
        value = value.fill_nan(None)
    return value, unreadable


def _plain(text: pl.Series, column: ColumnConfig, style: CsvConfig) -> pl.Series:
    match column.type:
        case "boolean":
            return text.replace_strict(_BOOLEANS, default=None, return_dtype=pl.Boolean)
        case "date":
            return text.str.to_date(style.date_format, strict=False)
        case "datetime":
            return text.str.to_datetime(style.datetime_format, strict=False, time_unit="us")
        case _:
            return text.cast(DTYPES[column.type], strict=False)


def _lenient(trimmed: pl.Series, column: ColumnConfig, style: CsvConfig) -> pl.Series:
    """Without blanks around; a whole number may be written as a float, a boolean in capitals."""
    if column.type == "boolean":
        return _plain(trimmed.str.to_lowercase(), column, style)
    exact = _plain(trimmed, column, style)
    if column.type != "int64":
        return exact
    number = trimmed.cast(pl.Float64, strict=False)
    whole = (number == number.floor()) & (number.abs() <= _WHOLE)
    return exact.fill_null(number.set(~whole.fill_null(False), None).cast(pl.Int64))

"""Scores and what became of the customers, from files of any origin: each row is used, or refused.

Parquet or CSV (UTF-8, comma, a head line); the rows of several files follow one another in the
order of the files' names.
"""

from __future__ import annotations

import glob
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
from numpy.typing import NDArray

from engine.errors import DataError, InputMissingError, did_you_mean
from engine.ingest.reading import reading
from engine.metrics import WEIGHTS
from engine.publish import current_run

_FARTHEST = 1e100
"""Of scores: their weighted sums then are float64 numbers."""
_PARQUET, _CSV = (".parquet", ".pq"), (".csv",)


class Names(NamedTuple):
    """Columns of the file; None where there is none."""

    score: str
    target: str
    week: str | None = None
    weight: str | None = None


class Scored(NamedTuple):
    """``score`` float32 or float64, ``target`` int8, ``weight`` float64 or None: ``(rows,)`` each.

    ``week``: numbers 0, 1, ... of ``weeks``, which ascend; None where there is no such column.
    """

    files: tuple[Path, ...]
    score: NDArray[Any]
    target: NDArray[Any]
    weight: NDArray[Any] | None
    week: NDArray[Any] | None
    weeks: tuple[Any, ...]


def read_scored(place: str | Path, names: Names) -> Scored:
    """Reads and checks the columns of a file, of all files of a folder, or of a glob.

    A folder that ``CURRENT`` points into stands for the published run that it names.

    Raises
    ------
    InputMissingError
        There is no such file.
    DataError
        A file cannot be read, or is of another kind; a column is not there, is of the wrong type,
        has missing values; a score is infinite or beyond 1e100; a target is not 0 or 1; a weight is
        neither 0 nor from 1e-100 to 1e100, or all are 0.
    """
    files = _files(Path(place))
    columns = [_read(file, names) for file in files]
    with reading(place):  # weeks that are text in one file and numbers in another
        frame = pl.concat(columns, how="vertical_relaxed").rechunk()
    if frame.is_empty():
        raise DataError("there are no rows", file=str(place))
    weight = frame["weight"].to_numpy() if names.weight else None
    if weight is not None and not weight.any():
        raise DataError("weights are all 0", file=str(place), column=names.weight)
    weeks, week = _weeks(frame) if names.week else ((), None)
    return Scored(files, frame["score"].to_numpy(), frame["target"].to_numpy(), weight, week, weeks)


def _files(place: Path) -> tuple[Path, ...]:
    if place.is_file():
        return (place,)
    if (place / "CURRENT").is_file():
        place = current_run(place)
    if place.is_dir():
        kinds = ("*" + suffix for suffix in (*_PARQUET, *_CSV))
        found = sorted(file for kind in kinds for file in place.glob(kind) if file.name[0] != ".")
    else:
        # Path.glob takes no absolute pattern and gives hidden files; a shell does neither
        names = glob.glob(str(place), recursive=True)  # noqa: PTH207
        found = sorted(file for file in map(Path, names) if file.is_file())
    if not found:
        what = "no Parquet or CSV file in" if place.is_dir() else "there is no file"
        raise InputMissingError(f"{what} {place}")
    return tuple(found)


def _read(file: Path, names: Names) -> pl.DataFrame:
    """The checked columns of one file, under the names of the roles."""
    with reading(file):
        rows = _scan(file)
        schema = rows.collect_schema()
    roles = {role: name for role, name in names._asdict().items() if name is not None}
    for name in roles.values():
        if name not in schema:
            raise DataError(
                f"there is no column '{name}'{did_you_mean(name, schema)}", file=str(file)
            )
    with reading(file):
        frame = rows.select(pl.col(name).alias(role) for role, name in roles.items())
        found = frame.collect(engine="in-memory")
    is_text = file.suffix.lower() in _CSV
    made = [
        _CHECKS[role](found[role], _Place(str(file), name, is_text)) for role, name in roles.items()
    ]
    return pl.DataFrame(made)


def _scan(file: Path) -> pl.LazyFrame:
    """Cells of CSV as text, so that each is made a number here, and counted if it is none."""
    suffix = file.suffix.lower()
    if suffix in _PARQUET:
        return pl.scan_parquet(file, glob=False, hive_partitioning=False)
    if suffix in _CSV:
        return pl.scan_csv(file, glob=False, infer_schema=False)
    known = ", ".join((*_PARQUET, *_CSV))
    raise DataError(f"it ends in none of {known}", file=str(file))


class _Place(NamedTuple):
    """Where a value stands. ``is_text``: it was text, and is a number where it looks like one."""

    file: str
    column: str
    is_text: bool

    def refuse(self, problem: str, wrong: pl.Series) -> None:
        """Raises DataError where any row of the boolean ``wrong`` is true."""
        if count := int(wrong.sum()):
            raise DataError(problem, file=self.file, column=self.column, count=count)


def _numbers(values: pl.Series, place: _Place) -> pl.Series:
    """As float32 where they are that, else as float64; none is missing."""
    numeric = values.dtype.is_numeric() or values.dtype == pl.Boolean
    if not (numeric or place.is_text):
        problem = f"must hold numbers, not {values.dtype}"
        raise DataError(problem, file=place.file, column=place.column)
    kind = pl.Float32 if values.dtype == pl.Float32 else pl.Float64
    made = values.cast(kind, strict=False)
    place.refuse("missing values", values.is_null() | made.is_nan().fill_null(value=False))
    place.refuse("cells that are not numbers", made.is_null())
    return made


def _score(values: pl.Series, place: _Place) -> pl.Series:
    made = _numbers(values, place)
    place.refuse(f"scores that are infinite or beyond {_FARTHEST:g}", made.abs() > _FARTHEST)
    return made


def _target(values: pl.Series, place: _Place) -> pl.Series:
    made = _numbers(values, place)
    place.refuse("a target must be 0 or 1", (made != 0) & (made != 1))
    return made.cast(pl.Int8)


def _weight(values: pl.Series, place: _Place) -> pl.Series:
    made = _numbers(values, place).cast(pl.Float64)
    problem = "weights must be 0 or lie between {:g} and {:g}".format(*WEIGHTS)
    place.refuse(problem, ~made.is_between(*WEIGHTS) & (made != 0))
    return made


def _week(values: pl.Series, place: _Place) -> pl.Series:
    """Text that looks like whole numbers in every row is that: week 10 comes after week 9."""
    place.refuse("missing values", values.is_null())
    if values.dtype.is_float():
        place.refuse("missing values", values.is_nan())
    return values


def _weeks(frame: pl.DataFrame) -> tuple[tuple[Any, ...], NDArray[Any]]:
    week = frame["week"]
    if week.dtype == pl.String and (whole := week.cast(pl.Int64, strict=False)).null_count() == 0:
        week = whole
    return tuple(week.unique().sort()), (week.rank("dense") - 1).to_numpy()


_CHECKS: dict[str, Callable[[pl.Series, _Place], pl.Series]] = {
    "score": _score,
    "target": _target,
    "week": _week,
    "weight": _weight,
}

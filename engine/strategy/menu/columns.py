"""The narrow columns of a published run: all that the optimiser knows of a customer.

Read from the parts once and kept as ``.npy`` files beside the run, in a folder named by the rows'
content hash and by what was asked for; from then on mapped into memory.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.errors import BookError, DataError, OutputError
from engine.evaluate.offers import OFFER_REASONS

FOLDER = "columns"


@dataclass(frozen=True)
class Columns:
    """One entry per customer of the run that may be made an offer, ascending by key.

    ``segment``, ``group`` int16: places in ``segments`` and ``groups``. ``pd`` float64.
    ``rate``, ``limit`` float64, ``approve`` bool: today's offer, NaN where there is none. ``cap``
    float64: the most that may be lent, infinite where there is no cap. ``propensity`` float64, NaN
    for books without. ``knocked_out``: how many customers are not here.
    """

    segments: tuple[str, ...]
    groups: tuple[str, ...]
    segment: NDArray[np.int16]
    group: NDArray[np.int16]
    pd: NDArray[np.float64]
    rate: NDArray[np.float64]
    limit: NDArray[np.float64]
    cap: NDArray[np.float64]
    propensity: NDArray[np.float64]
    approve: NDArray[np.bool_]
    knocked_out: int

    def release(self) -> None:
        """Let go of what is in memory of the mapped files; it is read again where it is needed."""
        for name in _ARRAYS:
            mapped = getattr(getattr(self, name), "_mmap", None)  # of numpy.memmap
            if mapped is not None:
                mapped.madvise(mmap.MADV_DONTNEED)


_ARRAYS = ("segment", "group", "pd", "rate", "limit", "cap", "propensity", "approve")


def narrow_columns(
    parts: Sequence[Path], out: Path, content_hash: str, *, propensity: str | None
) -> Columns:
    """The columns of a run, from the files kept below ``out`` or, where there are none, its parts.

    Raises
    ------
    BookError
        The run has no column for the propensity.
    DataError
        A part is not there or damaged, or there is none; a PD is missing or not in [0, 1], a cap
        is negative or missing: named with its column and count.
    OutputError
        The folder cannot be written.
    """
    asked = hashlib.sha256(json.dumps([content_hash, propensity, 2]).encode()).hexdigest()[:20]
    folder = out / FOLDER / asked
    if not (folder / "columns.json").exists():
        keep_columns(folder, _read(parts, propensity))
    return kept_columns(folder)


def _read(parts: Sequence[Path], propensity: str | None) -> Columns:
    """From the parts, one after the other."""
    if not parts:
        raise DataError("the run has no customers")
    schema = part_schema(parts[0])
    if propensity is not None and propensity not in schema:
        raise BookError(
            f"take_up.propensity: the run publishes no column '{propensity}'; it must be a score "
            "of one of the book's models"
        )
    frames = [_narrow(part, set(schema), propensity) for part in parts]
    frame = pl.concat([kept for kept, _ in frames])
    _check(frame, propensity, parts[0].parent)
    segments, groups = (sorted(frame[name].unique().to_list()) for name in ("segment", "group"))
    places = {
        name: frame[name].replace_strict(known, range(len(known)), return_dtype=pl.Int16)
        for name, known in (("segment", segments), ("group", groups))
        if known
    }
    none = pl.Series([], dtype=pl.Int16)
    return Columns(
        segments=tuple(segments),
        groups=tuple(groups),
        segment=places.get("segment", none).to_numpy(),
        group=places.get("group", none).to_numpy(),
        approve=frame["approve"].to_numpy(),
        knocked_out=sum(gone for _, gone in frames),
        **{
            name: frame[name].fill_null(float("nan")).to_numpy()
            for name in ("pd", "rate", "limit", "cap", "propensity")
        },
    )


def _narrow(part: Path, columns: set[str], propensity: str | None) -> tuple[pl.DataFrame, int]:
    """One part's eligible customers, and how many are knocked out."""
    read = [
        *("segment", "pd", "rate", "limit", "approve", "knock_out"),
        *(name for name in ("limit_cap", "group", propensity) if name and name in columns),
    ]
    frame = read_part(part, read)
    reason = pl.col("knock_out")
    kept = frame.filter(reason.is_null() | reason.is_in(OFFER_REASONS))
    known = pl.col(propensity) if propensity is not None else pl.lit(None, dtype=pl.Float64)
    return (
        kept.select(
            "segment",
            pl.col("group") if "group" in columns else pl.lit("all").alias("group"),
            "pd",
            "rate",
            "limit",
            (pl.col("limit_cap") if "limit_cap" in columns else pl.lit(np.inf)).alias("cap"),
            known.alias("propensity"),
            "approve",
        ),
        frame.height - kept.height,
    )


def part_schema(part: Path) -> pl.Schema:
    """Names and types of a part of a run. Raises DataError where it cannot be read."""
    with _reading(part):
        return pl.scan_parquet(part, glob=False).collect_schema()


def read_part(part: Path, columns: Sequence[str]) -> pl.DataFrame:
    """Some columns of a part of a run. Raises DataError where it cannot be read."""
    with _reading(part):
        return pl.read_parquet(part, columns=list(columns), glob=False)


@contextmanager
def _reading(part: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as exc:
        problem = f"a part of the run cannot be read: {str(exc).splitlines()[0]}"
        raise DataError(problem, file=str(part)) from exc


def _check(frame: pl.DataFrame, propensity: str | None, run: Path) -> None:
    rules: dict[str, pl.Expr] = {
        "pd": pl.col("pd").is_between(0.0, 1.0),
        "cap": pl.col("cap") >= 0.0,
    }
    if propensity is not None:
        rules["propensity"] = pl.col("propensity").is_between(0.0, 1.0)
    for name, rule in rules.items():
        wrong = int(frame.select((~rule.fill_null(False)).sum()).item())
        if wrong:
            raise DataError(
                "missing or impossible values in a published run",
                file=str(run),
                column=name,
                count=wrong,
            )


def keep_columns(folder: Path, columns: Columns) -> None:
    """All files, then the folder's name: whoever finds the folder finds all of them."""
    new = folder.with_name(f"{folder.name}.{os.getpid()}.new")
    try:
        new.mkdir(parents=True, exist_ok=True)
        for name in _ARRAYS:
            np.save(new / f"{name}.npy", getattr(columns, name), allow_pickle=False)
        known = {
            "segments": columns.segments,
            "groups": columns.groups,
            "knocked_out": columns.knocked_out,
        }
        (new / "columns.json").write_text(json.dumps(known))
        if folder.exists():  # half a folder of old, or another process's that was faster
            shutil.rmtree(folder)
        new.rename(folder)
    except OSError as exc:
        raise OutputError(f"cannot write {folder}: {exc.strerror or exc}") from exc
    finally:
        shutil.rmtree(new, ignore_errors=True)


def kept_columns(folder: Path) -> Columns:
    """Mapped from the files of a folder. Raises OutputError."""
    try:
        known: dict[str, Any] = json.loads((folder / "columns.json").read_text())
        arrays = {
            name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
            for name in _ARRAYS
        }
    except (OSError, ValueError) as exc:
        raise OutputError(f"cannot read {folder}: {exc}; remove it to have it made again") from exc
    return Columns(
        segments=tuple(known["segments"]),
        groups=tuple(known["groups"]),
        knocked_out=int(known["knocked_out"]),
        **arrays,
    )

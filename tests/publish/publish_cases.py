"""A small book to publish, the state of a folder, and hooks for the seam."""

from __future__ import annotations

import errno
import functools
import os
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from engine.publish import disk, open_run

ROWS, CHUNKS = 12, 3
SUMMED = ("expected_profit", "expected_loss", "exposure")


def book(rows: int = ROWS, seed: int = 7) -> pl.DataFrame:
    """Published columns of a few types, keys ascending, with a null, NaN and -0.0 among them."""
    rng = np.random.default_rng(seed)
    grade = [None if i % 5 == 4 else "Aé"[i % 2] * (i % 3) for i in range(rows)]
    score = rng.random(rows)
    score[::4], score[1::4] = np.nan, -0.0
    return pl.DataFrame(
        {
            "customer_id": np.arange(rows, dtype=np.int64) * 3 - 5,
            "segment": np.array(["salaried", "student"])[rng.integers(0, 2, rows)],
            "grade": pl.Series(grade, dtype=pl.String),
            "approve": rng.random(rows) < 0.5,
            **{name: rng.standard_normal(rows) * 1e6 for name in SUMMED},
            "score": score,
        }
    )


def cut(frame: pl.DataFrame, chunks: int = CHUNKS) -> list[pl.DataFrame]:
    ends = np.linspace(0, frame.height, chunks + 1).astype(int)
    return [frame[a:b] for a, b in pairwise(ends.tolist())]


def totals(frame: pl.DataFrame) -> dict[str, Any]:
    """Exact totals by fractions: nothing of the code under test."""

    def of(rows: pl.DataFrame) -> dict[str, float]:
        return {c: float(sum((Fraction(v) for v in rows[c]), Fraction())) for c in SUMMED}

    segments = {name[0]: of(rows) for name, rows in frame.group_by("segment", maintain_order=True)}
    return {"portfolio": of(frame), "segments": segments}


def publish(
    out: Path, run_id: str, *, seed: int = 7, fresh: bool = False, stop_before: int = CHUNKS + 1
) -> tuple[dict[str, Any] | None, list[int]]:
    """The loop of a pipeline: manifest (None if stopped) and the chunks that were worked on."""
    frame, done = book(seed=seed), []
    with open_run(out, run_id, fresh=fresh) as run:
        if run.published is not None:
            return run.published, done
        for index, rows in enumerate(cut(frame)):
            if index >= stop_before:
                return None, done
            if run.has_part(index) is None:
                bad = rows.head(2 if index == 1 else 0)
                run.publish_part(index, rows, sidecars={"quarantine": bad}, facts={"n": str(index)})
                done.append(index)
        if stop_before == CHUNKS:
            return None, done
        extra = {"totals": totals(frame), "seed": seed}
        return run.commit(extra, chunks=CHUNKS, customers=ROWS), done


def identity(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Inode, mtime and size of each file: equal means not touched."""
    stats = {path.name: path.stat() for path in folder.glob("*") if path.is_file()}
    return {name: (s.st_ino, s.st_mtime_ns, s.st_size) for name, s in stats.items()}


def content(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def last(calls: list[str], name: str) -> int:
    return len(calls) - 1 - calls[::-1].index(name)


Hook = Callable[..., Any]


def hook_seam(set_name: Callable[[Any, str, Any], None], hook: Hook) -> None:
    """``hook(name, call, *args)`` instead of each call of the seam."""
    for name in disk.__all__:
        set_name(disk, name, functools.partial(hook, name, getattr(disk, name)))


class Count:
    """Lets everything through and notes the calls."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __call__(self, name: str, call: Hook, *args: Any, **kwargs: Any) -> Any:
        self.names.append(name)
        return call(*args, **kwargs)


class Fail(Count):
    """Fails call number ``at`` (from 0), before or after it took effect, once or from then on."""

    def __init__(self, at: int, *, code: int = errno.EIO, after: bool = False, on: bool = False):
        super().__init__()
        self.at, self.code, self.after, self.on = at, code, after, on
        self.failed = False

    def __call__(self, name: str, call: Hook, *args: Any, **kwargs: Any) -> Any:
        number = len(self.names)
        self.names.append(name)
        if number != self.at and not (self.on and number > self.at):
            return call(*args, **kwargs)
        if self.after:
            result = call(*args, **kwargs)  # may fail by itself: a file that is not there yet
            if name == "open_fd":
                os.close(result)
        self.failed = True
        raise OSError(self.code, os.strerror(self.code))

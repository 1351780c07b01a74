"""Broken Parquet: the process survives and says which file it was.

Polars panics on some broken pages, and a native reader may abort: so the flips run in a process of
their own, whose death would show.
"""

from __future__ import annotations

import io
import random
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from builders import Raw, batches, columns, prepared, raw

from engine.errors import DataError
from engine.ingest import TableConfig

SPEC = {"customer_id": "int64", "x": "float64?", "s": "string", "day": "date"}
FLIPS = 150


def good_file() -> bytes:
    rows = range(300)
    frame = pl.DataFrame(
        {
            "customer_id": rows,
            "x": [i / 7 for i in rows],
            "s": ["a" * (i % 5) for i in rows],
            "day": pl.Series(rows).cast(pl.Date),
        }
    )
    stream = io.BytesIO()
    frame.write_parquet(stream)
    return stream.getvalue()


def read_all(folder: Path, data: bytes) -> None:
    config = TableConfig(files="t-0.parquet", columns=columns(SPEC))
    batches(prepared(folder, {"t": Raw({"t-0.parquet": data}, config)}))


@pytest.mark.parametrize("keep", [0, 3, 4, 8, 100, -100, -8, -1])
def test_cut_off(tmp_path: Path, keep: int) -> None:
    with pytest.raises(DataError, match=r"cannot read: .*\(file .*t-0\.parquet\)"):
        read_all(tmp_path, good_file()[:keep])


def test_footer_of_another_kind(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"t-0\.parquet"):
        read_all(tmp_path, b"customer_id,x\n" * 100 + b"PAR1")


def test_whole_file_is_fine(tmp_path: Path) -> None:
    read_all(tmp_path, good_file())


def test_flipped_bits_never_kill_the_process(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, __file__, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=Path(__file__).parents[1],
        env={"PYTHONPATH": f"{Path(__file__).parents[1]}:{Path(__file__).parents[2]}"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    fine, broken = map(int, done.stdout.split())
    assert fine + broken == FLIPS
    assert broken > 10


def test_date_that_no_calendar_has(tmp_path: Path) -> None:
    """Parquet allows it; writing it as text makes Polars panic."""
    days = pl.Series([0, 2**31 - 1, -(2**31)], dtype=pl.Int32).cast(pl.Date)
    frame = pl.DataFrame({"customer_id": [1, 2, 3], "day": days})
    table = raw("t", frame, {"customer_id": "int64", "day": "date"})
    (batch,) = batches(prepared(tmp_path, {"t": table}))
    assert batch.customers["customer_id"].to_list() == [1]
    assert sorted(batch.violations["reason"].unique()) == ["after the as-of date", "not a date"]


def flip_bits(folder: Path) -> None:
    """Prints how many broken files were read without complaint and how many were refused."""
    draw, good, fine = random.Random(5), good_file(), 0
    for number in range(FLIPS):
        data = bytearray(good)
        # half of the flips into the footer and page headers, where they do most harm
        place = draw.randrange(len(data) - 900, len(data)) if number % 2 else draw.randrange(900)
        data[place] ^= 1 << draw.randrange(8)
        try:
            read_all(folder / str(number), bytes(data))
            fine += 1
        except DataError as exc:
            if "t-0.parquet" not in str(exc):
                raise
    print(fine, FLIPS - fine)


if __name__ == "__main__":
    flip_bits(Path(sys.argv[1]))

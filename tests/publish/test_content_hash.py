"""The content hash: the same for every cut, different for every change."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from publish_cases import book

from engine.errors import DataError, OutputError
from engine.publish.columns import ColumnHash, characters
from engine.publish.content_hash import _streamed, content_hash
from engine.publish.frames import to_parquet


def hash_of(*pieces: pl.DataFrame) -> str:
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / f"part-{i}" for i in range(len(pieces))]
        for path, piece in zip(paths, pieces, strict=True):
            path.write_bytes(to_parquet(piece))
        return content_hash(paths)


VALUES = {
    "f": (pl.Float64, st.floats()),
    "g": (pl.Float32, st.floats(width=32)),
    "s": (pl.String, st.text(max_size=3)),
    "b": (pl.Boolean, st.booleans()),
    "i": (pl.Int16, st.integers(-(2**15), 2**15 - 1)),
    "u": (pl.UInt64, st.integers(0, 2**64 - 1)),
    "d": (pl.Date, st.dates(dt.date(1900, 1, 1), dt.date(2200, 1, 1))),
}


@st.composite
def frames(draw):
    text_keys = draw(st.booleans())
    keys = st.text(max_size=4) if text_keys else st.integers(-(2**63), 2**63 - 1)
    key = sorted(draw(st.lists(keys, unique=True, max_size=12)))
    n = len(key)
    columns = [pl.Series("k", key, dtype=pl.String if text_keys else pl.Int64)]
    for name, (dtype, values) in VALUES.items():
        data = draw(st.lists(st.none() | values, min_size=n, max_size=n))
        columns.append(pl.Series(name, data, dtype=dtype))
    return pl.DataFrame(columns)


def slices(frame: pl.DataFrame, cuts: list[int]) -> list[pl.DataFrame]:
    ends = [0, *sorted(c % (frame.height + 1) for c in cuts), frame.height]
    return [frame[a:b] for a, b in pairwise(ends)]


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(frames(), st.lists(st.integers(0, 50), max_size=5), st.randoms())
def test_cuts_and_order_of_rows_do_not_show(frame, cuts, random):
    expected = hash_of(frame)
    pieces = slices(frame, cuts)
    assert hash_of(*pieces) == expected
    random.shuffle(pieces)
    assert hash_of(*pieces) == expected
    rows = list(range(frame.height))
    random.shuffle(rows)
    assert hash_of(*slices(frame[rows], cuts)) == expected


def test_sorted_parts_are_streamed_and_others_gathered(tmp_path):
    paths = [tmp_path / "0", tmp_path / "1"]
    frame = book()
    for path, piece in zip(paths, (frame[:5], frame[5:]), strict=True):
        path.write_bytes(to_parquet(piece))
    assert _streamed(paths, frame.schema) == content_hash(paths)
    assert _streamed(paths[::-1], frame.schema) is None
    assert content_hash(paths[::-1]) == content_hash(paths)


CHANGES = {
    "a value": lambda f: f.with_columns(exposure=pl.col("exposure").replace(f["exposure"][3], 0.5)),
    "one ulp": lambda f: f.with_columns(
        exposure=pl.Series(np.nextafter(f["exposure"].to_numpy(), np.inf))
    ),
    "sign of zero": lambda f: f.with_columns(  # Polars 2.1 leaves -0.0 + 0.0 as it is
        score=pl.Series(f["score"].to_numpy() + 0.0)
    ),
    "NaN to null": lambda f: f.with_columns(pl.col("score").fill_nan(None)),
    "null to empty": lambda f: f.with_columns(pl.col("grade").fill_null("")),
    "bool": lambda f: f.with_columns(~pl.col("approve")),
    "text moved to the next row": lambda f: f.with_columns(
        grade=pl.Series(["ab", "c", *["x"] * (f.height - 2)])
    ),
    "text moved, the other way": lambda f: f.with_columns(
        grade=pl.Series(["a", "bc", *["x"] * (f.height - 2)])
    ),
    "type": lambda f: f.with_columns(pl.col("customer_id").cast(pl.Int32)),
    "name": lambda f: f.rename({"grade": "class"}),
    "order of columns": lambda f: f.select("customer_id", *f.columns[:0:-1]),
    "a row less": lambda f: f.head(f.height - 1),
    "rows exchanged": lambda f: f.with_columns(pl.col("exposure").reverse()),
    "no rows": lambda f: f.head(0),
    "no rows, other columns": lambda f: f.head(0).select("customer_id"),
}


def test_every_change_shows():
    hashes = [hash_of(book()), *(hash_of(change(book())) for change in CHANGES.values())]
    assert len(set(hashes)) == len(hashes)


def test_all_nans_are_one():
    bits = np.array([0x7FF8000000000000, 0xFFF8000000000001, 0x7FF0000000000001], dtype=np.uint64)
    frames = [pl.DataFrame({"k": [1], "x": bits[i : i + 1].view(np.float64)}) for i in range(3)]
    assert len({hash_of(frame) for frame in frames}) == 1


def test_categories_are_their_texts():
    texts = pl.Series("x", ["b", None, "a"])
    frames = [
        pl.DataFrame({"k": [1, 2, 3], "x": texts.cast(dtype)})
        for dtype in (pl.String, pl.Categorical(), pl.Enum(["z", "a", "b"]))
    ]
    assert len({hash_of(frame) for frame in frames}) == 1


PINNED = "0a253047f37ca11135c9d37f71ce3599dca75ba6a92168d6756bf3d4e9973b80"


def test_hash_is_the_same_on_every_machine():
    """Pinned: a change of this value makes all published hashes incomparable."""
    assert hash_of(book().with_columns(day=dt.date(2026, 6, 30))) == PINNED


def test_no_parts():
    assert content_hash([]) == hash_of()
    assert content_hash([]) != hash_of(book().head(0))


def test_characters_of_a_slice():
    """Polars 2.1 exports fresh buffers; a zero-copy export would hand over slices like these."""
    array = pa.array(["ab", "é", "", "d", "efg"], pa.large_string())
    assert bytes(characters(array[1:4])) == "éd".encode()
    assert bytes(characters(array[2:3])) == bytes(characters(array[:0])) == b""


def test_type_that_cannot_be_published():
    with pytest.raises(DataError, match=r"type List\(Int64\).*column x"):
        ColumnHash("x", pl.List(pl.Int64()))


def test_unreadable_part_is_an_output_error(tmp_path):
    path = tmp_path / "part"
    path.write_bytes(to_parquet(book())[:100])
    with pytest.raises(OutputError, match=f"cannot read {path}"):
        content_hash([path])


def test_a_panic_of_the_reader_is_an_output_error(tmp_path, monkeypatch):
    def panic(*_: object, **__: object) -> None:
        raise pl.exceptions.PanicException("called `Result::unwrap()` on an `Err` value")

    monkeypatch.setattr(pl, "scan_parquet", panic)
    with pytest.raises(OutputError, match="cannot read .*unwrap"):
        content_hash([tmp_path / "part"])


def test_parquet_bytes_do_not_depend_on_layout_or_threads(tmp_path):
    frame = book(rows=5000)
    data = to_parquet(frame)
    pieces = pl.concat([frame[:7], frame[7:4000], frame[4000:]], rechunk=False)
    assert pieces.n_chunks() == 3
    assert to_parquet(pieces) == data
    code = (
        "import sys; from publish_cases import book; from engine.publish.frames import to_parquet;"
        "sys.stdout.buffer.write(to_parquet(book(rows=5000)))"
    )
    for threads in ("1", "3"):
        env = {
            **os.environ,
            "POLARS_MAX_THREADS": threads,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }
        run = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True)
        assert run.stdout == data

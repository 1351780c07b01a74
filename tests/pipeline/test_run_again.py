"""When a run is the same run: no-op, resume, fresh; and when something makes it another."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from command import call
from small_book import Source, make_frames, replace, write_book, write_card

import engine
from engine.errors import BookError, DataError, InputMissingError
from engine.progress import Silent
from engine.publish import current_run, verify

CopyBook = Callable[[Source], Path]


def run_id(folder: Path, *options: object) -> str:
    return str(call("run", folder / "book.toml", "--json", *options).json["run_id"])


@pytest.mark.parametrize("source", ["parquet", "csv", "table", "query"])
def test_no_op(copy_book: CopyBook, source: Source) -> None:
    folder = copy_book(source)
    before = {path: path.stat().st_mtime_ns for path in (folder / "out").rglob("*")}
    found = call("run", folder / "book.toml", "--json").json
    assert found["no_op"]
    assert found["rows_per_second"] == 0
    assert found["content_hash"] == verify(folder / "out")["content_hash"]
    assert {path: path.stat().st_mtime_ns for path in (folder / "out").rglob("*")} == before


def edit(change: Callable[[str], str]) -> Callable[[Path], object]:
    return lambda folder: (folder / "book.toml").write_text(
        change((folder / "book.toml").read_text())
    )


def touch(file: str) -> Callable[[Path], object]:
    return lambda folder: os.utime(folder / file)


def moved(folder: Path) -> None:
    """The book with all its files at another place."""
    (folder / "raw").rename(folder / "raw0")
    shutil.copytree(folder / "raw0", folder / "raw")


SAME = {
    "nothing": lambda _: None,
    "a comment": edit(lambda book: "# hello\n" + book),
    "where the output goes": edit(replace('dir = "out"', 'dir = "./out"')),
    "how to fit": edit(lambda book: book + "[fit]\nseed = 43\n"),
    "an ignored file": lambda folder: (folder / "raw" / "notes.txt").write_text("x"),
    "a table that no recipe reads": edit(
        lambda book: (
            book + '[tables.fees]\nfiles = "raw/fees.csv"\norder = "day"\n'
            '[tables.fees.columns]\ncustomer_id = { type = "int64" }\nday = { type = "date" }\n'
        )
    ),
    "copied files": moved,
    "a column that nothing needs": edit(
        replace('joined_on = { type = "date" }', 'joined_on = { type = "date", nullable = true }')
    ),
    "an outcome that no run reads": edit(lambda book: book + '[target]\ncolumn = "joined_on"\n'),
    "an aggregate that nothing needs": edit(
        replace('statistics = ["mean",', 'statistics = ["max", "mean",')
    ),
    "a feature that nothing needs": edit(
        replace("[features]", '[features]\nbalance_ratio = "balance__last / balance__mean"')
    ),
    "a derived column that nothing needs": edit(
        replace("income_cap =", 'arrears_months = "arrears / 30"\nincome_cap =')
    ),
}
OTHER = {
    "a file's time": touch("raw/statements-0.parquet"),
    "a model": lambda folder: write_card(folder, intercept=-4.25),
    "chunks": edit(replace("chunk_customers = 25", "chunk_customers = 26")),
    "a cost": edit(replace("operating_cost = 0.01", "operating_cost = 0.011")),
    "a file more": lambda folder: shutil.copy(
        folder / "raw" / "statements-0.parquet", folder / "raw" / "statements-9.parquet"
    ),
    "a column that is needed": edit(
        replace('income = { type = "float64", min = 0', 'income = { type = "float64", min = -1')
    ),
    "a derived column that is needed": edit(replace("9000) * 0.3", "9000) * 0.4")),
    "what is checked": edit(
        replace("max_quarantine_share = 0.1", 'max_quarantine_share = 0.1\ncheck = "declared"')
    ),
    "an aggregate that a new rule needs": edit(
        replace('when = "arrears > 60"', 'when = "arrears > 60 or balance__last > 1000000"')
    ),
}


@pytest.mark.parametrize("change", SAME)
def test_the_same_run(copy_book: CopyBook, change: str) -> None:
    folder = copy_book("parquet")
    SAME[change](folder)
    assert run_id(folder) == verify(folder / "out")["run_id"]


@pytest.mark.parametrize("change", OTHER)
def test_another_run(copy_book: CopyBook, change: str) -> None:
    folder = copy_book("parquet")
    before = verify(folder / "out")
    OTHER[change](folder)
    done = call("run", folder / "book.toml", "--json")
    if done.code:
        assert (change, done.code) == ("a file more", 65)
        assert verify(folder / "out") == before
        return
    assert done.json["run_id"] != before["run_id"]
    assert current_run(folder / "out").name == done.json["run_id"]
    assert verify(folder / "out" / before["run_id"]) == before


def test_options_that_make_another_run(copy_book: CopyBook, tmp_path: Path) -> None:
    folder = copy_book("parquet")
    before = verify(folder / "out")["run_id"]
    assert run_id(folder, "--threads", 1) == before
    assert run_id(folder, "--out", tmp_path / "elsewhere") == before
    assert run_id(folder, "--chunk-customers", 25) == before
    assert run_id(folder, "--chunk-customers", 24) != before
    assert run_id(folder, "--hash-inputs") != before


def test_hash_inputs_sees_what_time_and_footer_hide(tmp_path: Path) -> None:
    """A byte of the data is changed, and the file's time is set back."""
    frames = make_frames(30)
    book = write_book(tmp_path, frames, files=1)
    file = tmp_path / "raw" / "statements-0.parquet"
    frames["statements"].write_parquet(file, compression="uncompressed", statistics=False)
    known = [run_id(tmp_path), run_id(tmp_path, "--hash-inputs")]
    status, data = file.stat(), file.read_bytes()
    value = frames["statements"]["balance"].to_numpy()[0].tobytes()
    changed = bytes([value[0] ^ 1]) + value[1:]
    assert data.count(value) == 1
    file.write_bytes(data.replace(value, changed))
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert run_id(tmp_path) == known[0]
    assert run_id(tmp_path, "--hash-inputs") not in known
    assert book.exists()


def test_fresh(copy_book: CopyBook) -> None:
    folder = copy_book("csv")
    out, before = folder / "out", verify(folder / "out")
    for number in (1, 2):
        found = call("run", folder / "book.toml", "--fresh", "--json").json
        assert found["run_id"] == f"{before['run_id']}.{number}"
        assert not found["no_op"]
        assert (out / "CURRENT").read_text() == found["run_id"]
        assert verify(out)["content_hash"] == before["content_hash"]
    assert call("run", folder / "book.toml", "--resume", "--json").json["no_op"]
    assert verify(out / before["run_id"]) == before


class After(Silent):
    """Does something when the first chunk is done."""

    def __init__(self, action: Callable[[], object]) -> None:
        self.action = action

    def chunk_done(self, number: int, customers: int, rows: int, *, kept: bool) -> None:
        if number == 0:
            self.action()


def test_input_changes_during_the_run(copy_book: CopyBook, tmp_path: Path) -> None:
    """What was read before and after would be a mixture of two states."""
    folder = copy_book("parquet")
    file = folder / "raw" / "statements-1.parquet"

    def rewrite() -> None:
        frame = pl.read_parquet(file).with_columns(pl.col("balance") + 1)
        frame.write_parquet(file)

    with pytest.raises(DataError, match=r"changed while .*statements-1.parquet"):
        engine.run(folder / "book.toml", out=tmp_path / "out", progress=After(rewrite))
    with pytest.raises(InputMissingError, match=r"statements-1.parquet"):
        engine.run(folder / "book.toml", out=tmp_path / "out", progress=After(file.unlink))
    assert not (tmp_path / "out" / "CURRENT").exists()


def test_python(copy_book: CopyBook) -> None:
    """``engine.run`` raises what the command line prints."""
    folder = copy_book("parquet")
    result = engine.run(str(folder / "book.toml"))
    assert result.no_op
    assert result.path == folder / "out" / result.run_id
    with pytest.raises(BookError, match="at least 1"):
        engine.run(folder / "book.toml", chunk_customers=0)
    with pytest.raises(InputMissingError, match=r"there is no book .*nothing.toml"):
        engine.run(folder / "nothing.toml")

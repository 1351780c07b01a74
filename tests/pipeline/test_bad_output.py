"""An output that cannot be written: exit 74, or 75 where it is taken; the previous result stays."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from command import Done, call, nightbook
from small_book import Source, make_frames, shuffled, write_book

from engine.pipeline import run
from engine.progress import Silent
from engine.publish import verify

SOURCES: tuple[Source, ...] = ("parquet", "csv", "table")
CopyBook = Callable[[Source], Path]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("out", ["/proc/out", "file/out", "file"])
def test_not_writable(copy_book: CopyBook, tmp_path: Path, source: Source, out: str) -> None:
    """Also as root, which no permission stops."""
    (tmp_path / "file").touch()
    done = call("run", copy_book(source) / "book.toml", "--out", tmp_path / out)
    assert done.code == 74
    assert str(tmp_path / out) in done.message


@pytest.mark.parametrize("taken", ["CURRENT", "LOCK", ".work"])
def test_something_else_has_the_name(copy_book: CopyBook, taken: str) -> None:
    """A folder where a file belongs, or the reverse."""
    folder = copy_book("table")
    out = folder / "other"
    out.mkdir()
    (out / taken).touch() if taken == ".work" else (out / taken / "x").mkdir(parents=True)
    done = call("run", folder / "book.toml", "--out", out)
    assert done.code == 74
    assert str(out) in done.message


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[Source], Path]:
    """A book whose tables have to be sorted, and whose output has a run of other data."""

    def make(source: Source) -> Path:
        folder = tmp_path / source
        done = call("run", write_book(folder, make_frames(40), source))
        assert done.code == 0, done.err
        shutil.rmtree(folder / "raw")
        return write_book(folder, shuffled(make_frames(200, seed=2)), source)

    return make


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB, if this machine lets a test mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("there is no mount command")
    if done.returncode:
        pytest.skip(f"a test may not mount a file system here: {done.stderr.strip()}")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def fill(disk: Path, leave: int) -> None:
    """Leaves so many bytes free."""
    filler = disk / "filler"
    filler.unlink(missing_ok=True)
    free = os.statvfs(disk)
    with filler.open("wb") as stream:
        stream.write(bytes(free.f_bavail * free.f_frsize - leave))


@pytest.mark.parametrize("source", SOURCES)
def test_disk_full(changed: Callable[[Source], Path], small_disk: Path, source: Source) -> None:
    """At whatever step the disk is full: while staging, sorting, writing parts or the manifest."""
    book = changed(source)
    out = shutil.copytree(book.parent / "out", small_disk / "out")
    before, places = verify(out), set()
    for pages in (0, 1, 2, 4, 6, 8, 12, 16, 20, 24, 32, 40, 48, 56):
        fill(small_disk, pages * 4096)
        done = call("run", book, "--out", out)
        if done.code == 0:
            break
        assert done.code == 74
        assert str(out) in done.message
        assert verify(out) == before
        places.add(done.message.split()[2].rsplit("/", 1)[-1].rstrip(":"))
        shutil.rmtree(out)
        shutil.copytree(book.parent / "out", out)
    assert len(places) >= 3, places
    fill(small_disk, 1 << 20)
    found = call("run", book, "--out", out, "--json").json
    assert verify(out)["content_hash"] == found["content_hash"] != before["content_hash"]


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Longer writes fail (EFBIG): real errors of the kernel, in Python and in the libraries."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("size", [50, 600, 5_000])
def test_writes_fail(changed: Callable[[Source], Path], source: Source, size: int) -> None:
    book = changed(source)
    out = book.parent / "out"
    before = verify(out)
    with largest_file(size):
        done = call("run", book)
    assert done.code == 74, done.err
    assert str(out) in done.message
    assert verify(out) == before
    assert call("run", book).code == 0


@pytest.mark.parametrize("verb", ["demo", "fit"])
def test_other_verbs(demo_book: Path, tmp_path: Path, verb: str) -> None:
    """A fit that cannot write leaves the model, its calibrator and its figures as they were."""
    if verb == "demo":
        with largest_file(5_000):
            assert call("demo", tmp_path / "d", "--customers", 3000).code == 74
        assert call("demo", "/proc/nightbook", "--customers", 3000).code == 74
        return
    folder = Path(shutil.copytree(demo_book.parent, tmp_path / "book"))
    before = {path.name: path.read_bytes() for path in (folder / "models").iterdir()}
    size = len(before["pd.txt"]) - 1
    (folder / "book.toml").write_text(
        (folder / "book.toml").read_text().replace("seed = 7", "seed = 8")
    )
    with largest_file(size):
        done = call("fit", "pd", folder / "book.toml", "--threads", 1)
    assert done.code == 74, done.err
    after = {path.name: path.read_bytes() for path in (folder / "models").iterdir()}
    assert after == before


class Held(Silent):
    """Stops a run after its first chunk until it is let go."""

    def __init__(self) -> None:
        self.reached, self.go_on = threading.Event(), threading.Event()

    def chunk_done(self, number: int, customers: int, rows: int, *, kept: bool) -> None:
        self.reached.set()
        assert self.go_on.wait(60)


def test_two_runs_at_once(changed: Callable[[Source], Path]) -> None:
    book = changed("csv")
    before, held = verify(book.parent / "out"), Held()
    first = threading.Thread(target=lambda: run(book, progress=held))
    first.start()
    try:
        assert held.reached.wait(60)
        second = nightbook("run", book)
    finally:
        held.go_on.set()
        first.join()
    assert second.code == 75
    assert f"pid {os.getpid()}" in second.message
    assert verify(book.parent / "out") != before
    assert call("run", book, "--json").json["no_op"]


def test_many_runs_at_once(changed: Callable[[Source], Path]) -> None:
    """One of them does the work, whatever the others find."""
    book = changed("table")
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "engine.cli", "run", str(book), "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    done = []
    for process in processes:
        out, err = process.communicate(timeout=120)
        done.append(Done(process.returncode, out, err))
    assert {one.code for one in done} <= {0, 75}
    assert sum(one.code == 0 and not one.json["no_op"] for one in done) == 1
    assert all(one.message for one in done if one.code == 75)
    assert not (book.parent / "out" / ".work").exists()

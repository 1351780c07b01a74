"""SIGKILL at random moments of a run by the command line, from its start to its end.

Each round has new input, so that the result before it differs, and a run that is killed until one
attempt is quicker than its kill. All sources of staging are there: DuckDB, CSV, sorting.
"""

from __future__ import annotations

import glob
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command import call
from small_book import STATEMENTS_EACH, make_frames, shuffled, write_book

from engine.publish import verify

KILLS = 50
CHUNKS = 40
CUSTOMERS = 2 * CHUNKS
Files = dict[Path, tuple[int, int]]


def new_input(folder: Path, number: int) -> Path:
    frames = shuffled(make_frames(CUSTOMERS, seed=number), seed=number)
    assert frames["statements"].height == CUSTOMERS * STATEMENTS_EACH
    return write_book(folder, frames, {"customers": "table", "statements": "csv"})


def start(book: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "engine.cli", "run", str(book), "--chunk-customers", "2"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finished(out: Path) -> Files:
    """Inode and time of the files of finished chunks in runs that are not published."""
    runs = [path.parent for path in out.glob("*/chunk-00000.json")]
    working = [run for run in runs if not (run / "manifest.json").exists()]
    chunks = {path.stem[-5:] for run in working for path in run.glob("chunk-*.json")}
    files = [path for run in working for path in run.glob("[!.]*") if path.stem[-5:] in chunks]
    return {file: (file.stat().st_ino, file.stat().st_mtime_ns) for file in files}


def untouched(files: Files) -> bool:
    return files == {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in files}


@pytest.mark.slow
def test_killed_at_any_moment(tmp_path: Path) -> None:
    draw, seen, number, kills = random.Random(20261122), set(), 1, 0
    book, out = new_input(tmp_path, number), tmp_path / "out"
    started = time.perf_counter()
    assert start(book).wait() == 0
    whole = time.perf_counter() - started
    while kills < KILLS:
        number += 1
        new_input(tmp_path, number)
        elsewhere = ("run", book, "--out", tmp_path / "undisturbed" / f"{number}", "--json")
        expected, before = call(*elsewhere).json["content_hash"], verify(out)
        kept: Files = {}
        while (ended := attempt(book, out, draw, whole)) is None:
            kills += 1
            result = verify(out)
            assert result == before or result["content_hash"] == expected
            assert untouched(kept)
            kept = finished(out) or kept
            seen.add(len(kept))
        code, log = ended
        assert code == 0, log
        assert untouched(kept)
        assert verify(out)["content_hash"] == expected
        if "chunk " in log:  # else the last kill came after the commit
            chunks = sum(file.name.startswith("chunk") for file in kept)
            assert log.count("kept from an earlier run") == chunks
        assert list(out.rglob(".*")) == []
    assert len(seen) > 8, seen


def attempt(book: Path, out: Path, draw: random.Random, whole: float) -> tuple[int, str] | None:
    """Exit code and log of a run; None if it had to be killed.

    Half of the kills come at any moment, half when some more chunks are finished: how long a run
    takes to start, compared with its chunks, differs from machine to machine.
    """
    seconds, more = draw.uniform(0, whole), 2 * CHUNKS  # never so many
    if draw.random() < 0.5:
        seconds, more = 60.0, draw.randrange(1, CHUNKS)
    enough = chunks_in(out) + more
    process = start(book)
    last = time.perf_counter() + seconds
    while process.poll() is None and time.perf_counter() < last:
        if chunks_in(out) >= enough:
            break
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    _, log = process.communicate()
    return None if process.returncode == -signal.SIGKILL else (process.returncode, log)


def chunks_in(out: Path) -> int:
    """Finished chunks, of a run that may be publishing or sweeping meanwhile."""
    found = glob.glob(f"{out}/*/chunk-*.json")  # noqa: PTH207 - Path.glob fails on a vanished one
    return len(found)

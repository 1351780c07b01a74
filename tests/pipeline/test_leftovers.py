"""What killed processes leave in ``OUT/.work`` is removed; what living ones use is not."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from command import call
from small_book import Source, make_frames, shuffled, write_book

from engine.errors import OutputError
from engine.scratch import remove_leftovers, scratch_folder

CopyBook = Callable[[Source], Path]

SCRIPT = """
import os, signal, sys
import engine.pipeline, engine.training
from engine.cli import main
module, name, *arguments = sys.argv[1:]
place = sys.modules[module]
assert hasattr(place, name), f"{module} has no {name}"
setattr(place, name, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
main(arguments)
"""


def killed_in(module: str, function: str, *arguments: object) -> None:
    """A command that is killed where ``module`` calls ``function``."""
    command = [sys.executable, "-c", SCRIPT, module, function, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr


def work_folders(out: Path) -> list[str]:
    """``process`` for each process, ``run`` for each run."""
    names = [path.name for path in (out / ".work").iterdir()]
    return sorted("process" if name.startswith("process-") else "run" for name in names)


def test_killed_while_fetching(copy_book: CopyBook) -> None:
    """DuckDB tables are fetched before the run's id is known. The no-op that follows tidies up."""
    folder = copy_book("table")
    for _ in range(2):
        killed_in("engine.pipeline", "run_identity", "run", folder / "book.toml")
        assert work_folders(folder / "out") == ["process"]
    assert call("run", folder / "book.toml", "--json").json["no_op"]
    assert not (folder / "out" / ".work").exists()


@pytest.mark.parametrize("source", ["csv", "table", "parquet"])
def test_killed_runs_of_other_input(tmp_path: Path, source: Source) -> None:
    """Staged tables of runs that will never come back: their input has changed since."""
    out = tmp_path / "out"
    for seed in (1, 2):
        book = write_book(tmp_path, shuffled(make_frames(30, seed=seed)), source)
        killed_in("engine.chunk_work", "plan_chunks", "run", book)
        assert work_folders(out) == (["process", "run"] if source == "table" else ["run"])
    book = write_book(tmp_path, shuffled(make_frames(30, seed=3)), source)
    assert call("run", book).code == 0
    assert not (out / ".work").exists()


def test_killed_again_resumes_from_what_was_staged(tmp_path: Path) -> None:
    book = write_book(tmp_path, shuffled(make_frames(30)), "csv")
    killed_in("engine.chunk_work", "plan_chunks", "run", book)
    staged = {path: path.stat().st_ino for path in tmp_path.glob("out/.work/*/*/sorted/*")}
    assert len(staged) == 2
    killed_in("engine.pipeline", "work", "run", book)
    assert {path: path.stat().st_ino for path in staged} == staged
    done = call("run", book)
    assert (done.code, "reading CSV" in done.err) == (0, False)


def test_killed_fit(demo_book: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(demo_book.parent, tmp_path / "book"))
    killed_in("engine.training_data", "draw_sample", "fit", "pd", folder / "book.toml")
    assert work_folders(folder / "out") == ["process"]
    assert call("run", folder / "book.toml").code == 0
    assert not (folder / "out" / ".work").exists()


def test_the_living_keep_theirs(tmp_path: Path) -> None:
    book = write_book(tmp_path, make_frames(30), "table")
    with scratch_folder(tmp_path / "out") as mine:
        (mine / "rows").touch()
        assert call("run", book).code == 0
        assert (mine / "rows").exists()
        remove_leftovers(tmp_path / "out" / ".work" / "some_run")
        with scratch_folder(tmp_path / "out") as other:
            assert other != mine
        assert (mine / "rows").exists()
    assert not (tmp_path / "out" / ".work").exists()


def test_removed_at_the_end_whatever_happens(tmp_path: Path) -> None:
    def fail() -> None:
        with scratch_folder(tmp_path) as folder:
            (folder / "deep" / "er").mkdir(parents=True)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_files_in_the_way(tmp_path: Path) -> None:
    """Strange things in ``.work`` are no reason to fail, as long as there is a place to write."""
    (tmp_path / ".work").mkdir()
    (tmp_path / ".work" / "process-1-x").touch()
    with scratch_folder(tmp_path) as folder:
        assert folder.is_dir()
    remove_leftovers(tmp_path / ".work" / "run")
    (tmp_path / "file").touch()
    remove_leftovers(tmp_path / "file" / ".work" / "run")
    with pytest.raises(OutputError, match="file"), scratch_folder(tmp_path / "file"):
        pass

"""Folders for intermediate files, below ``OUT/.work``, and removal of what the dead left there.

| folder                | used by                              | removed by                        |
|-----------------------|--------------------------------------|-----------------------------------|
| ``<run_id>``          | the run that holds the output's lock | its commit, or the next run       |
| ``process-<pid>-<x>`` | a process without that lock          | it, or the next run once nobody   |
|                       |                                      | holds the ``LOCK`` in the folder  |

Without that lock work a fit, and a run that fetches DuckDB tables to find its run id. ``LOCK`` is
held by ``flock``, which ends with its process. A look at the pid would not do: two containers do
not see each other's processes.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from engine.errors import OutputError

_OWN = "process-"


@contextmanager
def scratch_folder(out: Path) -> Iterator[Path]:
    """A folder below ``out`` for this process alone, removed at the end. Raises OutputError."""
    with writing(out):
        _remove_dead(out / ".work")
        folder, fd = _own_folder(out / ".work")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(fd)
        with suppress(OSError):  # not empty: somebody else's
            folder.parent.rmdir()


def remove_leftovers(work: Path) -> None:
    """Removes the folders beside ``work`` that belong to no living process.

    For the run that holds the output's lock and works in ``work``. What cannot be removed stays
    for a later run.
    """
    _remove_dead(work.parent)
    for folder in _folders(work.parent):
        if folder != work and not folder.name.startswith(_OWN):
            shutil.rmtree(folder, ignore_errors=True)


def empty_folder(folder: Path) -> Path:
    """Makes ``folder`` anew, without what a killed process left in it. Raises OutputError."""
    with writing(folder):
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
    return folder


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """An OSError inside is an OutputError that names ``folder``."""
    try:
        yield
    except OSError as exc:
        raise OutputError(f"cannot write to {folder}: {exc.strerror or exc}") from exc


def _remove_dead(root: Path) -> None:
    """Removes the folders of processes that have died."""
    for folder in _folders(root):
        if folder.name.startswith(_OWN):
            with suppress(OSError):  # its owner was faster
                fd = _lock(folder)
                if fd is not None:
                    shutil.rmtree(folder, ignore_errors=True)
                    os.close(fd)


def _folders(root: Path) -> list[Path]:
    try:
        return list(root.iterdir())
    except OSError:
        return []


def _own_folder(work: Path) -> tuple[Path, int]:
    """A new folder and its lock; made again if a cleaner was faster than the lock."""
    while True:
        work.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # removed since, as empty or as dead
            folder = Path(tempfile.mkdtemp(prefix=f"{_OWN}{os.getpid()}-", dir=work))
            fd = _lock(folder)
            if fd is not None:
                return folder, fd


def _lock(folder: Path) -> int | None:
    """The held ``LOCK`` of a folder, as a file descriptor; None if a living process has it."""
    path = folder / "LOCK"
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(path.stat(), os.fstat(fd)):
            return fd
    except BlockingIOError:
        pass
    except OSError:
        os.close(fd)
        raise
    os.close(fd)
    return None

"""Files that are there completely or not at all, also after a crash or a power cut.

An OSError leaves this module as an OutputError that names the path, the reason and what to do.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from engine.errors import OutputError
from engine.publish import disk

TEMPORARY = ".tmp-"
"""How every unfinished file begins; whoever holds the lock may remove them."""

_ADVICE = {
    errno.ENOSPC: "free some space and run again; finished parts are kept",
    errno.EDQUOT: "raise the quota and run again; finished parts are kept",
    errno.EACCES: "check the permissions, or choose another output folder",
    errno.EPERM: "check the permissions, or choose another output folder",
    errno.EROFS: "the file system is read-only; choose another output folder",
    errno.ENOTDIR: "a part of the path is a file; choose another output folder",
    errno.EEXIST: "something else has this name; move it away",
    errno.EIO: "the device reports an error; check it before running again",
}


def output_error(action: str, path: Path, exc: OSError) -> OutputError:
    """``cannot <action> <path>: <reason> (<errno name>); <advice>``."""
    code = exc.errno or 0
    name = errno.errorcode.get(code, f"errno {code}")
    advice = f"; {_ADVICE[code]}" if code in _ADVICE else ""
    return OutputError(f"cannot {action} {path}: {exc.strerror or exc} ({name}){advice}")


@contextmanager
def translated(action: str, path: Path) -> Iterator[None]:
    """An OSError inside becomes the OutputError of ``action`` on ``path``."""
    try:
        yield
    except OSError as exc:
        raise output_error(action, path, exc) from exc


def write_durably(path: Path, data: bytes) -> None:
    """Put ``data`` at ``path``, whole or not at all, replacing what was there.

    Temporary name in the same folder, write, fsync, rename, fsync of the folder. A failed fsync is
    never tried again: the kernel may have dropped the pages and would then report success.

    Raises OutputError; the temporary file is gone then. After a failure of the very last step, the
    fsync of the folder, the new file is visible and complete, but may not outlive a power cut.
    """
    temporary = path.with_name(f"{TEMPORARY}{path.name}-{uuid4().hex[:12]}")
    try:
        with translated("write", path):
            _write_new(temporary, data)
            disk.replace(temporary, path)
            _sync(path.parent)
    except BaseException:
        with suppress(OSError):
            disk.unlink(temporary)
        raise


def write_all(fd: int, data: bytes) -> None:
    """Write all of ``data``; a call may take only a part of it. Raises OSError."""
    rest = memoryview(data)
    while rest:
        written = disk.write(fd, rest)
        if written <= 0:  # POSIX allows 0 for regular files; looping on it would hang
            raise OSError(errno.EIO, "the write took no bytes")
        rest = rest[written:]


def sync_folder(path: Path) -> None:
    """Make the names in a folder outlive a power cut. Raises OutputError."""
    with translated("sync", path):
        _sync(path)


def make_folder(path: Path) -> None:
    """Create ``path`` and what is missing above it, durably. Raises OutputError."""
    with translated("create", path):
        _make(path)


def remove(path: Path) -> None:
    """Remove one file, if it is there. Raises OutputError."""
    with translated("remove", path), suppress(FileNotFoundError):
        disk.unlink(path)


def remove_tree(path: Path) -> None:
    """Remove a folder and all in it, if it is there. Raises OutputError."""
    with translated("remove", path), suppress(FileNotFoundError):
        disk.rmtree(path)


def remove_temporaries(folder: Path) -> None:
    """Remove what killed writers left in ``folder``. Raises OutputError."""
    for path in list_folder(folder):
        if path.name.startswith(TEMPORARY):
            remove(path)


def list_folder(folder: Path) -> list[Path]:
    """What is in ``folder``, sorted by name; empty if there is no such folder.

    Raises OutputError if it cannot be read.
    """
    with translated("read", folder):
        try:
            return sorted(folder.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []


def read_bytes(path: Path) -> bytes:
    """The content of a file. Raises OSError."""
    with os.fdopen(disk.open_fd(path, os.O_RDONLY | os.O_CLOEXEC), "rb") as stream:
        return stream.read()


def sha256_file(path: Path) -> str:
    """Hex sha256 of a file, read in blocks. Raises OSError."""
    with os.fdopen(disk.open_fd(path, os.O_RDONLY | os.O_CLOEXEC), "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _write_new(path: Path, data: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    fd = disk.open_fd(path, flags, 0o666)
    try:
        write_all(fd, data)
        disk.fsync(fd)
    finally:
        os.close(fd)


def _sync(folder: Path) -> None:
    fd = disk.open_fd(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        disk.fsync(fd)
    finally:
        os.close(fd)


def _make(path: Path) -> None:
    if path.is_dir():
        return
    if path.parent != path:
        _make(path.parent)
    try:
        disk.mkdir(path)
    except FileExistsError:  # another process was faster, or a file is in the way
        if not path.is_dir():
            raise
    _sync(path.parent)

"""One run at a time in one output folder.

The lock is ``flock`` on ``OUT/LOCK``: the kernel grants it to one process and takes it back when
that process dies, so a killed run leaves nothing to clean. The content says who holds it: pid,
host, boot id, start time of the process. It is read for the message, and where ``flock`` may not
reach: on a file system shared between machines the lock of another machine's run may be invisible.

Whoever gets the flock and finds somebody's content decides by this rule:

| content says                              | then                                               |
|-------------------------------------------|----------------------------------------------------|
| nothing, or nothing readable              | stale: killed before it wrote                      |
| same boot id, same host                   | stale, unless pid lives with the same start time   |
| same boot id, other host name             | stale: one kernel (a container), flock decides     |
| same host, other boot id                  | stale: the machine was restarted                   |
| other host, other boot id                 | busy: cannot be known from here                    |

Taking over is atomic, because it happens under the flock. The file is removed on release, so a
flock counts only while the path still leads to the same inode (otherwise: two holders, one on the
removed file and one on the new).
"""

from __future__ import annotations

import fcntl
import os
import socket
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.errors import BusyError
from engine.publish import disk, files
from engine.publish.records import parse_object, to_json

_PATIENCE_SECONDS = 1.0
"""How long to wait for a holder to write its name, or to finish releasing."""
_LONGEST = 4096  # bytes of content
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Holder:
    """A process, so that it is never mistaken for a later one with the same pid.

    ``started`` is in clock ticks since boot.
    """

    pid: int
    host: str
    boot_id: str
    started: int


class Lock:
    """A held lock; made by ``acquire``, ended by ``release`` or the end of the process."""

    def __init__(self, path: Path, fd: int) -> None:
        self._path = path
        self._fd: int | None = fd

    def check(self) -> None:
        """Raise BusyError if the lock file was removed or replaced behind our back."""
        with files.translated("check", self._path):
            held = self._fd is not None and _leads_to(self._path, self._fd)
        if not held:
            raise BusyError(
                f"{self._path} was removed while this run was working, so another run may have "
                "started; nothing was published: run again"
            )

    def release(self) -> None:
        """Remove the lock file and let go; a second call does nothing. Raises OutputError."""
        if self._fd is None:
            return
        fd, self._fd = self._fd, None
        try:
            with files.translated("release", self._path):
                if _leads_to(self._path, fd):
                    disk.unlink(self._path)
        finally:
            os.close(fd)


def acquire(path: Path) -> Lock:
    """Take the lock at ``path``; its folder exists.

    Raises BusyError that names pid and host if another process holds it, OutputError if the file
    cannot be written.
    """
    me = this_process()
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        with files.translated("lock", path):
            lock = _try(path, me)
        if lock is not None:
            return lock
        holder = read_holder(path)
        if time.monotonic() > deadline or (holder is not None and _lives(holder, me)):
            raise BusyError(_busy(path, holder))
        time.sleep(0.01)


def read_holder(path: Path) -> Holder | None:
    """Who the lock file names; None if there is no file or nothing readable in it."""
    try:
        return _parse(files.read_bytes(path))
    except OSError:
        return None


def this_process() -> Holder:
    """The identity of the running process."""
    pid = os.getpid()
    return Holder(pid, socket.gethostname(), _boot_id(), _start_of(pid) or 0)


def _parse(data: bytes) -> Holder | None:
    try:
        document = parse_object(data)
        return Holder(
            int(document["pid"]),
            str(document["host"]),
            str(document["boot_id"]),
            int(document["started"]),
        )
    except (ValueError, KeyError, TypeError):
        return None


def _try(path: Path, me: Holder) -> Lock | None:
    """The lock; None if someone has it now. Raises BusyError (other host) and OSError."""
    fd = disk.open_fd(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    ours = False
    try:
        disk.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _leads_to(path, fd):
            _refuse_if_held(path, _parse(os.pread(fd, _LONGEST, 0)), me)
            ours = True
            disk.truncate(fd, 0)
            files.write_all(fd, to_json(asdict(me)))
            return Lock(path, fd)
    except BlockingIOError:
        pass
    except BaseException:
        if ours:  # do not leave a lock file without a name in it
            with suppress(OSError):
                disk.unlink(path)
        os.close(fd)
        raise
    os.close(fd)
    return None


def _refuse_if_held(path: Path, holder: Holder | None, me: Holder) -> None:
    if holder is None or holder == me:  # == me: a release of ours that failed
        return
    same_kernel, same_host = holder.boot_id == me.boot_id, holder.host == me.host
    held = _lives(holder, me) if same_kernel and same_host else not (same_kernel or same_host)
    if held:
        raise BusyError(_busy(path, holder))


def _lives(holder: Holder, me: Holder) -> bool:
    """Whether the holder is a living process that can be seen from here."""
    here = (holder.host, holder.boot_id) == (me.host, me.boot_id)
    return here and _start_of(holder.pid) == holder.started


def _busy(path: Path, holder: Holder | None) -> str:
    if holder is None:
        return f"another run holds {path}; try again when it has ended"
    return (
        f"{path} is held by pid {holder.pid} on host {holder.host}; try again when that run has "
        f"ended. If it is certain that it no longer runs, remove {path}"
    )


def _leads_to(path: Path, fd: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(fd))
    except FileNotFoundError:
        return False


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text("ascii").strip()
    except OSError:
        return ""


def _start_of(pid: int) -> int | None:
    """Start time of a living process in clock ticks since boot; None if it is dead or a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    fields = stat[stat.rindex(b")") + 2 :].split()  # the name before may hold spaces and brackets
    return None if fields[0] in (b"Z", b"X") else int(fields[19])

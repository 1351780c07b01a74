"""The lock: one holder, and a rule for what a dead one left."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from dataclasses import asdict, replace

import pytest
from publish_cases import Fail

from engine.errors import BusyError, OutputError
from engine.publish import lock


@pytest.fixture
def path(tmp_path):
    return tmp_path / "LOCK"


def leave(path, **changes):
    """A lock file nobody holds, as a killed process leaves it."""
    path.write_text(json.dumps(asdict(replace(lock.this_process(), **changes))))


def dead_pid() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_content_says_who_holds_it_and_release_removes_it(path):
    held = lock.acquire(path)
    me = lock.this_process()
    assert lock.read_holder(path) == me
    assert (me.pid, bool(me.host), len(me.boot_id)) == (os.getpid(), True, 36)
    held.check()
    held.release()
    held.release()
    assert not path.exists()


def test_held_lock_is_busy_and_names_pid_and_host(path):
    held = lock.acquire(path)
    me = lock.this_process()
    with pytest.raises(BusyError, match=rf"pid {me.pid} on host {me.host}") as info:
        lock.acquire(path)
    assert info.value.exit_code == 75
    held.release()
    lock.acquire(path).release()


STALE = {
    "dead": {"pid": dead_pid()},
    "pid given again": {"started": 1},
    "restarted": {"boot_id": "00000000-0000-0000-0000-000000000000", "pid": os.getppid()},
    "another container": {"host": "a1b2c3", "pid": 1},
    "own, not released": {},
}


@pytest.mark.parametrize("changes", STALE.values(), ids=STALE.keys())
def test_stale_lock_is_taken_over(path, changes):
    leave(path, **changes)
    held = lock.acquire(path)
    assert lock.read_holder(path) == lock.this_process()
    held.release()


@pytest.mark.parametrize("garbage", [b"", b"{", b"[1]", b"\xff" * 999, b'{"pid": "x"}'])
def test_unreadable_content_is_stale(path, garbage):
    path.write_bytes(garbage)
    lock.acquire(path).release()


def test_lock_of_another_host_is_busy_and_says_how_to_remove(path):
    leave(path, host="elsewhere", boot_id="another", pid=4711)
    before = path.read_bytes()
    with pytest.raises(BusyError, match=f"pid 4711 on host elsewhere.*remove {path}"):
        lock.acquire(path)
    assert path.read_bytes() == before
    path.unlink()
    lock.acquire(path).release()


def test_living_holder_whose_flock_is_not_seen_is_busy(path):
    """A file system without working flock: the content decides."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        leave(path, pid=process.pid, started=lock._start_of(process.pid))
        with pytest.raises(BusyError, match=f"pid {process.pid} "):
            lock.acquire(path)
        process.kill()
    lock.acquire(path).release()


def test_zombie_is_dead(path):
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    leave(path, pid=process.pid, started=lock._start_of(process.pid))
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, not yet reaped
    lock.acquire(path).release()
    process.communicate()


def test_flock_on_a_removed_file_does_not_count(path, monkeypatch):
    """Between open and flock, the holder releases and somebody else starts."""
    real, states = lock.disk.flock, []

    def late(fd: int, flags: int) -> None:
        if not states:
            states.append(path.stat().st_ino)
            path.rename(path.with_name("gone"))
            path.write_bytes(b"")
        real(fd, flags)

    monkeypatch.setattr(lock.disk, "flock", late)
    held = lock.acquire(path)
    held.check()
    assert path.stat().st_ino != states[0]
    held.release()


def test_a_lock_taken_away_is_noticed_and_not_released_twice(path):
    held = lock.acquire(path)
    path.unlink()
    with pytest.raises(BusyError, match="was removed while"):
        held.check()
    other = lock.acquire(path)
    held.release()
    other.check()
    other.release()


@pytest.mark.parametrize("at", range(4))
def test_failed_acquire_leaves_nothing(path, seam, at):
    seam(Fail(at, code=errno.ENOSPC))
    with pytest.raises(OutputError, match=f"cannot lock {path}.*ENOSPC"):
        lock.acquire(path)
    if at > 1:
        assert not path.exists()
    lock.acquire(path).release()

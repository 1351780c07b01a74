"""The worker and other processes: it works wherever Python runs, and never outlives its parent."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from lightgbm_cases import train
from test_worker import REPOSITORY, alive, until

from engine.score.worker.frames import length

PARSE = f"""
import sys
sys.path.insert(0, {str(REPOSITORY)!r})
import os, pathlib, threading, time
from engine.score.loading import read_parts
from engine.score.worker.shared import WORKER
DATA = pathlib.Path(sys.argv[1]).read_bytes()
def parse():
    return read_parts("lightgbm", DATA).trees.root.size
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("worker") / "model.txt"
    path.write_text(train("binary", "nan", categorical=True, rounds=2))
    return path


def python(*arguments: object, script: str, cwd: Path) -> str:
    """What a script on standard input prints; it must say nothing on standard error."""
    done = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-", *map(str, arguments)],
        input=script,
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_from_standard_input_in_a_folder_that_is_not_ours(model: Path, tmp_path: Path) -> None:
    """``multiprocessing`` would import the caller's main, and "" on the path the current folder."""
    for name in ("treelite", "resource"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong module')")
    script = f"import sys; sys.path.remove('')\n{PARSE}\nsys.path.insert(0, '')\nprint(parse())"
    tmp_path.chmod(0o555)
    assert python(model, script=script, cwd=tmp_path) == "2\n"


def test_from_a_script_without_a_main_guard(model: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(f"{PARSE}\nprint(parse())")
    done = subprocess.run([sys.executable, script, model], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("2\n", "")


def test_the_loader_imports_nothing_heavy_before_the_worker_starts(
    model: Path, tmp_path: Path
) -> None:
    heavy = ("polars", "pyarrow", "numba", "treelite", "pydantic", "numpy")
    script = f"{PARSE}\nprint([name for name in {heavy} if name in sys.modules])"
    assert python(model, script=script, cwd=tmp_path) == "[]\n"


def test_from_a_thread_that_ends(model: Path, tmp_path: Path) -> None:
    script = """
thread = threading.Thread(target=lambda: print(parse()))
thread.start(); thread.join(); pid = WORKER.pid
time.sleep(0.2); print(parse(), WORKER.pid == pid)
"""
    assert python(model, script=PARSE + script, cwd=tmp_path) == "2\n2 True\n"


def test_a_fork_gets_a_worker_of_its_own(model: Path, tmp_path: Path) -> None:
    """Also while another thread holds the lock, which nobody would release in the fork."""
    script = """
parse(); pid = WORKER.pid
WORKER._lock.acquire()
child = os.fork()
if not child:
    print(parse(), WORKER.pid == pid, flush=True)
    WORKER.close()
    os._exit(0)
os.waitpid(child, 0)
WORKER._lock.release()
print(parse(), WORKER.pid == pid)
"""
    assert python(model, script=PARSE + script, cwd=tmp_path) == "2 False\n2 True\n"


def test_it_ends_with_its_parent(model: Path, tmp_path: Path) -> None:
    pid = int(python(model, script=f"{PARSE}\nparse(); print(WORKER.pid)", cwd=tmp_path))
    until(lambda: not alive(pid))


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "in the middle of a file"])
def test_it_ends_when_its_parent_is_killed(model: Path, tmp_path: Path, busy: bool) -> None:
    script = f"""{PARSE}
parse(); print(WORKER.pid, flush=True)
sys.stdin.read(1); print("going", flush=True); parse()
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", script, model], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdin is not None
    assert parent.stdout is not None
    with parent:
        pid = int(parent.stdout.readline())
        if busy:  # it sleeps over a request that has come
            os.kill(pid, signal.SIGSTOP)
            parent.stdin.write(b"go")
            parent.stdin.flush()
            assert parent.stdout.readline() == b"going\n"
            until(lambda: _sleeps(parent.pid))
        parent.kill()
        parent.wait()
        os.kill(pid, signal.SIGCONT)
        until(lambda: not alive(pid))


def _sleeps(pid: int) -> bool:
    """For a tenth of a second: it has sent its request and waits."""
    states = set()
    for _ in range(10):
        states.add(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0])
        time.sleep(0.01)
    return states == {"S"}


def test_one_that_hangs_ends_itself_when_nobody_is_there_to_kill_it() -> None:
    """Its own alarm, for a parser that never comes back and a parent that has gone."""
    script = """
from engine.score.worker import child
def hang(data):
    while True: pass
child._import_readers = lambda: child._READERS.update(lightgbm=hang)
child.time_limit = lambda size: -0.9
child.main()
"""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = subprocess.Popen(
            [sys.executable, "-c", script], stdin=theirs.fileno(), cwd=REPOSITORY
        )
        for frame in (b"lightgbm", b"tree"):
            ours.sendall(length(frame) + frame)
        assert process.wait(60) == -signal.SIGALRM

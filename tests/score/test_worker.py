"""The process that parses model files: it may crash, hang or be killed, and we go on."""

from __future__ import annotations

import os
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import treelite
from lightgbm_cases import train, with_sizes

import engine
from engine.errors import ModelError
from engine.score.unpacking import unpack
from engine.score.worker.client import Worker, WorkerGoneError
from engine.score.worker.frames import READY, answer_limit
from engine.score.worker.shared import SharedWorker

REPOSITORY = Path(engine.__file__).parents[1]


@pytest.fixture(scope="module")
def text() -> bytes:
    return train("binary", "nan", categorical=True, rounds=2).encode()


@pytest.fixture
def shared() -> Iterator[SharedWorker]:
    worker = SharedWorker()
    yield worker
    worker.close()


@pytest.fixture
def worker(text: bytes) -> Iterator[Worker]:
    """One that has answered, so that it is ready."""
    worker = Worker()
    assert worker.ask("lightgbm", text)[:1] == b"P"
    yield worker
    worker.close()


def n_trees(answer: memoryview) -> int:
    return unpack(answer)[0].trees.root.size


def until(condition: Callable[[], bool]) -> None:
    """Wait for what another process does; fail after half a minute."""
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("it did not happen")


def alive(pid: int) -> bool:
    """Not gone, and not a zombie that nobody has waited for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def edited(checkpoint: bytes, place: int, value: int) -> bytes:
    return checkpoint[:place] + value.to_bytes(4, "little") + checkpoint[place + 4 :]


def test_one_worker_serves_many_files_and_refusals(text: bytes, shared: SharedWorker) -> None:
    assert n_trees(shared.parse("lightgbm", text)) == 2
    pid = shared.pid
    with pytest.raises(ModelError, match="no trees: it is cut short"):
        shared.parse("lightgbm", text[:100])
    assert n_trees(shared.parse("lightgbm", text)) == 2
    assert shared.pid == pid


def test_files_that_make_treelite_crash_and_hang(
    text: bytes, shared: SharedWorker, tmp_path: Path
) -> None:
    """A count of optional fields that are not there, somewhere in the header of a checkpoint."""
    path = tmp_path / "model.txt"
    path.write_bytes(text)
    checkpoint = treelite.frontend.load_lightgbm_model(path).serialize_bytes()
    crashing = []
    for place in range(100, 130):
        try:
            shared.parse("checkpoint", edited(checkpoint, place, 0x7F7F7F7F))
        except ModelError as exc:
            if "its parser ended (SIG" in str(exc):
                crashing.append(place)
    assert crashing
    with pytest.raises(ModelError, match="does not come to an end within 2.0 s"):
        shared.parse("checkpoint", edited(checkpoint, crashing[0], 0xFFFFFFFF))
    assert n_trees(shared.parse("checkpoint", checkpoint)) == 2


def test_it_is_replaced_when_somebody_kills_it(text: bytes, shared: SharedWorker) -> None:
    shared.parse("lightgbm", text)
    first = shared.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    until(lambda: not alive(first))
    assert n_trees(shared.parse("lightgbm", text)) == 2
    assert shared.pid != first


def test_it_is_replaced_after_a_time_out_and_nothing_is_left(
    text: bytes, shared: SharedWorker
) -> None:
    shared.parse("lightgbm", text)
    first = shared.pid
    assert first is not None
    os.kill(first, signal.SIGSTOP)
    with pytest.raises(ModelError, match="does not come to an end within 2.0 s"):
        shared.parse("lightgbm", text)
    assert not alive(first)
    assert n_trees(shared.parse("lightgbm", text)) == 2


def test_an_end_in_the_middle_of_a_file_names_the_signal(text: bytes, worker: Worker) -> None:
    os.kill(worker.pid, signal.SIGSTOP)
    timer = threading.Timer(0.2, os.kill, (worker.pid, signal.SIGKILL))
    timer.start()
    with pytest.raises(ModelError, match=r"its parser ended \(SIGKILL\)"):
        worker.ask("lightgbm", text)
    timer.join()


def test_one_that_had_left_is_not_the_fault_of_the_file(text: bytes, worker: Worker) -> None:
    worker._socket.shutdown(socket.SHUT_WR)  # it leaves as it does after a while without requests
    until(worker.has_ended)
    with pytest.raises(WorkerGoneError):
        worker.ask("lightgbm", text)


def test_it_leaves_when_nothing_is_asked() -> None:
    ours, theirs = socket.socketpair()
    code = "from engine.score.worker import child; child.IDLE_SECONDS = 0.1; child.main()"
    process = subprocess.Popen([sys.executable, "-c", code], stdin=theirs.fileno(), cwd=REPOSITORY)
    assert process.wait(60) == 0
    assert ours.recv(100).endswith(READY)


def test_an_interrupt_leaves_no_half_answer_behind(
    text: bytes, shared: SharedWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared.parse("lightgbm", text)
    first = shared.pid
    with monkeypatch.context() as patch:
        patch.setattr(Worker, "_receive", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            shared.parse("lightgbm", text)
    assert shared.pid is None
    assert first is not None
    assert not alive(first)
    assert n_trees(shared.parse("lightgbm", text)) == 2


def test_an_answer_that_is_too_long_is_not_read(text: bytes, worker: Worker) -> None:
    real, (worker._socket, other) = worker._socket, socket.socketpair()
    with real, other:
        other.sendall((answer_limit(len(text)) + 1).to_bytes(8, "little"))
        with pytest.raises(ModelError, match="makes 6.* bytes of it"):
            worker.ask("lightgbm", text)


def test_it_writes_nowhere_and_leaves_no_core(text: bytes) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))  # a child inherits it
    try:
        worker = Worker()
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))
    worker.ask("lightgbm", text)
    for stream in (1, 2):
        assert Path(f"/proc/{worker.pid}/fd/{stream}").readlink() == Path(os.devnull)
    limits = Path(f"/proc/{worker.pid}/limits").read_text().splitlines()
    worker.close()
    limit = {line[:25].strip(): line[25:].split()[0] for line in limits}
    assert limit["Max core file size"] == "0"
    assert 2**29 < int(limit["Max address space"]) < 2**32


def test_threads_share_it_and_it_outlives_them(text: bytes, shared: SharedWorker) -> None:
    other = train("multiclass", "zero", categorical=False, rounds=3).encode()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda data: shared.parse("lightgbm", data), [text, other] * 6))
    assert [n_trees(answer) for answer in answers] == [2, 9] * 6
    pid = shared.pid
    shared.parse("lightgbm", text)
    assert shared.pid == pid


@pytest.mark.slow
def test_a_large_model_is_read_in_time(shared: SharedWorker) -> None:
    """Of 20,000 trees: the time limit grows with the file."""
    text = train("binary", "nan", categorical=True, rounds=50)
    head, *trees, tail = re.split(r"(?m)^(?=Tree=\d+$|end of trees$)", text)
    many = [re.sub(r"^Tree=\d+", f"Tree={i}", trees[i % 50]) for i in range(20_000)]
    data = with_sizes(head + "".join(many) + tail).encode()
    assert n_trees(shared.parse("lightgbm", data)) == 20_000


def test_it_imports_only_what_it_needs(worker: Worker) -> None:
    """Its start is on the way from a model's text to the first score."""
    maps = Path(f"/proc/{worker.pid}/maps").read_text()
    assert "treelite" in maps
    assert not re.search("/(_?polars[^/]*|pyarrow|numba|scipy|pydantic_core)/", maps)


def test_it_does_not_start(monkeypatch: pytest.MonkeyPatch, text: bytes) -> None:
    for command in (["/nowhere/python"], [sys.executable, "-c", "import no_such_module"]):
        monkeypatch.setattr("engine.score.worker.client._COMMAND", command)
        with pytest.raises(ModelError, match="the process that reads model files does not start"):
            SharedWorker().parse("lightgbm", text)

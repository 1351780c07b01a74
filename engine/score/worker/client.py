"""Our end of one worker process: start it, ask it, end it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import kernels
from engine.errors import ModelError
from engine.score.worker.frames import (
    LENGTH_BYTES,
    READY,
    answer_limit,
    length,
    time_limit,
)

_COMMAND = (sys.executable or "", "-P", "-m", "engine.score.worker.child")
_START_SECONDS = 60.0
"""For a cold disk: the child imports NumPy and treelite."""
_NO_START = "the process that reads model files does not start"
_ROOTS = [
    str(Path(__file__).absolute().parents[3]),
    str(Path(str(kernels.__file__)).absolute().parents[1]),
]
"""Of ``engine`` and ``kernels``: ``""`` on our path may have found them in a folder that is current
no more."""


class WorkerGoneError(Exception):
    """The child had left before the request came."""


class Worker:
    """One child; not for two threads at once."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = subprocess.Popen(
                    _COMMAND,
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=_environment(),
                )
            except OSError as exc:
                ours.close()
                raise ModelError(f"{_NO_START}: {exc}") from exc
        self._socket = ours
        self._ready = False
        self.pid = self._process.pid

    def has_ended(self) -> bool:
        """It has left, or somebody has killed it."""
        return self._process.poll() is not None

    def ask(self, kind: str, data: bytes) -> bytes:
        """Its answer to one file, as it came.

        After an exception the worker is of no use: close it.

        Raises
        ------
        ModelError
            It crashed, hung, or does not start.
        WorkerGoneError
            It had left before; another one may be asked.
        """
        self._await_ready()
        limit = time_limit(len(data))
        deadline = time.monotonic() + limit
        try:
            for frame in (kind.encode(), data):
                self._send(length(frame), deadline)
                self._send(frame, deadline)
            return self._receive(answer_limit(len(data)), deadline)
        except TimeoutError as exc:
            raise ModelError(
                f"its parser does not come to an end within {limit:.1f} s: the file is damaged or "
                "edited"
            ) from exc
        except (EOFError, OSError) as exc:
            raise self._ended() from exc

    def _await_ready(self) -> None:
        if self._ready:
            return
        try:
            word = self._receive(len(READY), time.monotonic() + _START_SECONDS)
        except (EOFError, OSError) as exc:
            raise ModelError(f"{_NO_START}; `{' '.join(_COMMAND)}` says why") from exc
        self._ready = word == READY

    def _ended(self) -> Exception:
        """What its end says about the file."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)
        code = self._process.returncode
        if code == 0:
            return WorkerGoneError()
        how = f"({signal.Signals(-code).name})" if code and code < 0 else "unexpectedly"
        return ModelError(f"its parser ended {how}: the file is damaged or edited")

    def _send(self, data: bytes, deadline: float) -> None:
        self._socket.settimeout(max(deadline - time.monotonic(), 1e-3))
        self._socket.sendall(data, socket.MSG_NOSIGNAL)

    def _receive(self, most: int, deadline: float) -> bytes:
        size = int.from_bytes(self._read(LENGTH_BYTES, deadline), "little")
        if size > most:
            raise ModelError(f"its parser makes {size:,} bytes of it: the file is damaged")
        return self._read(size, deadline)

    def _read(self, size: int, deadline: float) -> bytes:
        data = bytearray(size)
        rest = memoryview(data)
        while rest:
            self._socket.settimeout(max(deadline - time.monotonic(), 1e-3))
            count = self._socket.recv_into(rest)
            if not count:
                raise EOFError
            rest = rest[count:]
        return bytes(data)

    def close(self) -> None:
        """End it now."""
        self._socket.close()
        self._process.kill()
        self._process.wait()

    def forget(self) -> None:
        """Close our copy of the socket; the child belongs to the process we were forked from."""
        self._socket.close()
        self._process.returncode = 0  # else subprocess warns that it still runs


def _environment() -> dict[str, str]:
    """Ours, and ``sys.path`` as it is here, so that the child finds what we found."""
    path = [str(entry) for entry in sys.path if entry] + _ROOTS
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    return os.environ | one_thread | {"PYTHONPATH": os.pathsep.join(dict.fromkeys(path))}

"""The worker process: ``python -m engine.score.worker.child`` with a socket as standard input."""

from __future__ import annotations

import os
import resource
import select
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType

from engine.errors import ModelError
from engine.score.formats import WORKER_FORMATS
from engine.score.packing import pack
from engine.score.parts import Parts
from engine.score.worker.frames import (
    IDLE_SECONDS,
    LENGTH_BYTES,
    PARTS,
    READY,
    REFUSED,
    length,
    memory_limit,
    time_limit,
)

_SOCKET = 0
_READERS: dict[str, Callable[[bytes], Parts]] = {}


def main() -> None:
    """Answer requests until there are none."""
    _keep_to_itself()
    _import_readers()
    _send(READY)
    while select.select([_SOCKET], [], [], IDLE_SECONDS)[0]:
        kind = _receive()
        if kind is None:
            return
        data = _receive()
        if data is None:
            return
        _send(_answer(kind.decode(), data))


def _keep_to_itself() -> None:
    """No core, no part in the terminal's Ctrl-C, and an alarm that ends it even if it hangs."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})


def _import_readers() -> None:
    """Before "ready", so that no file pays for it."""
    # Treelite's own scorer imports SciPy, 0.3 of 0.5 s, and nothing is scored here.
    sys.modules["treelite.gtil"] = ModuleType("treelite.gtil")
    for name in WORKER_FORMATS:
        _READERS[name] = import_module(f"engine.score.readers.{name}").read


def _answer(kind: str, data: bytes) -> bytes:
    _limit_memory(len(data))
    signal.setitimer(signal.ITIMER_REAL, time_limit(len(data)) + 1.0)  # ours is the second clock
    try:
        return PARTS + pack(_READERS[kind](data), {})
    except ModelError as exc:
        return REFUSED + str(exc).encode()
    except MemoryError:
        return REFUSED + b"it asks for more memory than a model of its size needs: it is damaged"
    except Exception as exc:
        # A reader that did not foresee this kind of damage; an answer, so that the worker goes on.
        return REFUSED + f"it is damaged or edited ({type(exc).__name__}: {exc})"[:300].encode()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)


def _limit_memory(size: int) -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    wanted = pages * resource.getpagesize() + memory_limit(size)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def _receive() -> bytes | None:
    """One frame; None at the end of the stream."""
    head = _read(LENGTH_BYTES)
    return None if head is None else _read(int.from_bytes(head, "little"))


def _read(size: int) -> bytes | None:
    data = bytearray()
    while len(data) < size:
        part = os.read(_SOCKET, min(size - len(data), 2**20))
        if not part:
            return None
        data += part
    return bytes(data)


def _send(data: bytes) -> None:
    rest = memoryview(length(data) + data)
    while rest:
        rest = rest[os.write(_SOCKET, rest) :]


if __name__ == "__main__":
    try:
        main()
    except (BrokenPipeError, ConnectionResetError):
        os._exit(1)
    os._exit(0)  # no tear-down of libraries that may be in a bad state

"""The one worker of this process: started when it is needed, replaced when it is of no use."""

from __future__ import annotations

import atexit
import os
import threading

from engine.errors import ModelError
from engine.resident import peak_rss_bytes
from engine.score.worker.client import Worker, WorkerGoneError
from engine.score.worker.frames import PARTS


class SharedWorker:
    """A worker for all threads, one file at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._worker: Worker | None = None
        self._owner = os.getpid()
        self.peak_bytes = 0
        """The most resident memory that a worker had after a file."""

    def start(self) -> None:
        """Start the process, if there is none, and do not wait for it."""
        with self._lock:
            self._running()

    def parse(self, kind: str, data: bytes) -> memoryview:
        """``data``, a file of format ``kind``, as packed parts that nobody has checked yet.

        Raises
        ------
        ModelError
            The reader refuses it, or its parser crashes, hangs, or does not start.
        """
        with self._lock:
            answer = self._answer(kind, data)
            self.peak_bytes = max(self.peak_bytes, peak_rss_bytes(self.pid))
        if answer[:1] != PARTS:
            raise ModelError(answer[1:].decode("utf-8", "replace"))
        return memoryview(answer)[1:]

    @property
    def pid(self) -> int | None:
        """Process id of the worker, None if there is none."""
        return None if self._worker is None else self._worker.pid

    def close(self) -> None:
        """End the process; the next file starts another."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()

    def forget(self) -> None:
        """After a fork: the worker, and a lock that another thread may hold, are the parent's."""
        self._lock = threading.Lock()
        self._owner = os.getpid()
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.forget()

    def _answer(self, kind: str, data: bytes) -> bytes:
        while True:
            fresh = self._worker is None
            try:
                return self._running().ask(kind, data)
            except WorkerGoneError as exc:
                self.close()
                if fresh:
                    raise ModelError("its parser ended without an answer: it is damaged") from exc
            except BaseException:  # also an interrupt: half an answer may be on its way
                self.close()
                raise

    def _running(self) -> Worker:
        if self._owner != os.getpid():  # a fork that Python did not see
            self.forget()
        if self._worker is not None and self._worker.has_ended():
            self.close()
        if self._worker is None:
            self._worker = Worker()
        return self._worker


WORKER = SharedWorker()
os.register_at_fork(after_in_child=WORKER.forget)
atexit.register(WORKER.close)

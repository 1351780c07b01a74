"""The parent's side of a contender: start its process, ask it, give up on it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import IO, Any, cast

from benchmarks.forest.environments import ROOT, python_of
from benchmarks.forest.peers import Peer

PREPARE_SECONDS = 600.0
"""A contender that is not ready by then is reported so."""
_ANSWER_SECONDS = 300.0


class Contender:
    """A contender's process, waited for until it is ready.

    ``facts`` is what preparing took; ``failure``, if it is not None, why the contender is out.
    """

    def __init__(self, peer: Peer, model: Path, rows: Path, limit: float = PREPARE_SECONDS) -> None:
        self.peer = peer
        self.failure: str | None = None
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        command = [python_of(peer.environment), "-m", "benchmarks.forest.worker"]
        self._process = subprocess.Popen(
            [*command, peer.name, str(model), str(rows)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            cwd=ROOT,
            start_new_session=True,  # so that a compiler it started ends with it
        )
        self._questions = cast(IO[bytes], self._process.stdin)
        self._answers = cast(IO[bytes], self._process.stdout)
        self.facts = self._answer(limit)
        if "failed" in self.facts:
            self._fall_out(str(self.facts.pop("failed")))

    def ask(self, verb: str, argument: object) -> dict[str, Any]:
        """An answer of ``benchmarks.forest.worker``; empty where the contender is out, or falls."""
        if self.failure:
            return {}
        with contextlib.suppress(BrokenPipeError):  # it is gone; what follows finds out how
            self._questions.write(f"{verb} {argument}\n".encode())
            self._questions.flush()
        return self._answer(_ANSWER_SECONDS)

    def close(self) -> None:
        """End the process and what it started."""
        if self._process.returncode is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        for file in (self._errors, self._answers):
            file.close()
        with contextlib.suppress(BrokenPipeError):
            self._questions.close()

    def _answer(self, limit: float) -> dict[str, Any]:
        ready, _, _ = select.select([self._answers], [], [], limit)
        line = self._answers.readline() if ready else b""
        if line:
            answer: dict[str, Any] = json.loads(line)
            return answer
        self._fall_out(self._last_words() if ready else f"not done in {limit / 60:.0f} minutes")
        return {}

    def _fall_out(self, why: str) -> None:
        self.failure = why
        self.close()

    def _last_words(self) -> str:
        code = self._process.wait()
        if code < 0:
            return f"its process died of {signal.Signals(-code).name}"
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return f"its process ended: {lines[-1] if lines else f'exit code {code}'}"

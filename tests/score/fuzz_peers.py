"""Our end of ``fuzz_peer``: asked for scores, started again when it has died."""

from __future__ import annotations

import select
import subprocess
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_LIMIT = 120.0
"""Seconds; it starts in that time on a busy machine, and notices by itself what hangs."""


class PeerDiedError(Exception):
    """It crashed or hung: there is nothing to compare with."""


class PeerRefusedError(Exception):
    """It does not load or score the file, and says why."""


class Peer:
    """One process for one library."""

    def __init__(self, library: str, folder: Path) -> None:
        self._library = library
        self._rows, self._scores = folder / f"{library}-rows.npy", folder / f"{library}.npy"
        self._process: subprocess.Popen[str] | None = None

    def scores(
        self, model: Path, X: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Raw scores and predictions, float64."""
        np.save(self._rows, X)
        self._ask(f"{model}\t{self._rows}\t{self._scores}\n")
        raw, score = np.load(self._scores)
        return raw, score

    def _ask(self, request: str) -> None:
        process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(request)
        process.stdin.flush()
        ready = select.select([process.stdout], [], [], _LIMIT)[0]
        reply = process.stdout.readline() if ready else "nothing"
        if reply == "died\n":
            raise PeerDiedError
        if reply != "ok\n":
            raise PeerRefusedError(reply)

    def _start(self) -> subprocess.Popen[str]:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("fuzz_peer.py")), self._library],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self._process

    def close(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

"""One contender in a process of its own: ``python -m benchmarks.forest.worker PEER MODEL ROWS``.

It prepares the model, answers one JSON line, then one line to each line it is sent: ``save FILE``,
``compare FILE``, ``memory THREADS``, ``time THREADS``. So every contender stays ready while others
have their turn, and thread pools, memory and crashes do not mix. Only NumPy and the peer's library
are imported. Set-up is never timed: every kind of call is made before it is timed.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import resource
import sys
import time
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.forest import resident
from benchmarks.forest.peers import Peer, Predict, in_layout, peer_named
from benchmarks.timing import LEAST_SECONDS, seconds_per_call

AGREEMENT_ROWS = 20_000
_FIRST_ROWS = 512


class Worker:
    """A prepared contender and the rows it scores, in the layout that suits it best."""

    def __init__(self, peer: Peer, predict: Predict, rows: NDArray[np.float32]) -> None:
        self._predict = predict
        self._rows = rows
        self._layout = self._fastest(peer.layouts)
        self._inputs: dict[int, NDArray[Any]] = {}

    def save(self, file: str) -> dict[str, Any]:
        """Write the predictions that others are compared with."""
        np.save(file, self._predict(in_layout(self._rows[:AGREEMENT_ROWS], self._layout), 1))
        return {}

    def compare(self, file: str) -> dict[str, Any]:
        """Largest difference from saved predictions, and how many are not equal to the bit."""
        rows = self._rows[:AGREEMENT_ROWS]
        wanted, found = np.load(file), self._predict(in_layout(rows, self._layout), 1)
        return {
            "largest_difference": float(np.abs(found - wanted).max()),
            "different": int((found != wanted).sum()),
            "compared": len(rows),
        }

    def memory(self, threads: str) -> dict[str, Any]:
        """Bytes that predicting takes beyond what was there before, and beyond its result."""
        X = self._input(int(threads))
        before = resident.forget_peak()
        made = self._predict(X, int(threads))
        return {"working_bytes": max(0, resident.peak() - before - made.nbytes), "rows": len(X)}

    def time(self, threads: str) -> dict[str, Any]:
        """Rows per second over one repeat."""
        X = self._input(int(threads))
        seconds = seconds_per_call(lambda: self._predict(X, int(threads)))
        return {"rows_per_second": len(X) / seconds, "rows": len(X), "layout": self._layout}

    def _input(self, threads: int) -> NDArray[Any]:
        if threads not in self._inputs:
            self._inputs[threads] = self._enough(self._layout, threads)
        return self._inputs[threads]

    def _enough(self, layout: str, threads: int) -> NDArray[Any]:
        """As many rows as one call needs to fill a repeat, or all; nothing is cold afterwards."""
        size = _FIRST_ROWS
        while True:
            X = in_layout(self._rows[:size], layout)
            seconds = min(self._seconds(X, threads) for _ in range(2))
            if seconds >= LEAST_SECONDS or size >= len(self._rows):
                return X
            size = min(len(self._rows), size * math.ceil(min(8.0, LEAST_SECONDS / seconds)))

    def _fastest(self, layouts: tuple[str, ...]) -> str:
        """The layout in which one thread scores a row soonest: best of three passes over them."""
        if len(layouts) == 1:
            return layouts[0]
        inputs = {layout: self._enough(layout, 1) for layout in layouts}
        seconds = {
            layout: min(self._seconds(X, 1) for _ in range(3)) / len(X)
            for layout, X in inputs.items()
        }
        return min(seconds, key=lambda layout: seconds[layout])

    def _seconds(self, X: NDArray[Any], threads: int) -> float:
        begun = time.perf_counter()
        self._predict(X, threads)
        return time.perf_counter() - begun


def prepared(peer: Peer, model: str, row: NDArray[np.float32]) -> tuple[Predict, dict[str, Any]]:
    """A contender, ready, and what it took from the model file to the first prediction.

    Raises
    ------
    ImportError
        Its library is not installed.
    ValueError
        The library refuses the model: the library's own words.
    """
    begun = time.perf_counter()
    module = importlib.import_module(f"benchmarks.forest.peers.{peer.module}")
    imported = time.perf_counter()
    before = resident.forget_peak()
    try:
        predict: Predict = module.prepare(model)
        predict(in_layout(row, peer.layouts[0]), 1)
    except Exception as exc:  # libraries raise what they like
        raise ValueError(str(exc).strip().splitlines()[0]) from exc
    done = time.perf_counter()
    compilers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    return predict, {
        "version": version(peer.distribution),
        "import_seconds": imported - begun,
        "prepare_seconds": done - imported,
        "prepare_bytes": max(resident.peak() - before, compilers),
        "model_bytes": resident.now() - before,
    }


def main(name: str, model: str, rows: str) -> None:
    """Answer on the standard output, which libraries cannot write to meanwhile."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    peer, X = peer_named(name), np.load(rows)
    try:
        predict, facts = prepared(peer, model, X[:1])
    except ImportError as exc:
        print(json.dumps({"failed": f"not installed: {exc}"}), file=answers)
        return
    except ValueError as exc:
        print(json.dumps({"failed": f"refuses the model: {exc}"}), file=answers)
        return
    worker = Worker(peer, predict, X)
    print(json.dumps(facts), file=answers)
    for line in sys.stdin:
        verb, argument = line.split(maxsplit=1)
        print(json.dumps(getattr(worker, verb)(argument.strip())), file=answers)


if __name__ == "__main__":
    main(*sys.argv[1:])

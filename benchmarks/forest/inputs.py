"""Ours alone: arrays of each layout, Polars and Arrow, on one thread and two, in a new process."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.forest import resident
from benchmarks.forest.environments import ROOT
from benchmarks.forest.peers import LAYOUTS, in_layout
from benchmarks.forest.store import Store
from benchmarks.timing import seconds_per_call
from engine import load_model
from engine.score import Model

THREADS = (1, 2)
KINDS = ("float32", "float64")

Figures = dict[str, float]


def compare_inputs(store: Store, rounds: int) -> dict[str, Figures]:
    """By kind of input and threads: rows per second, ratio to the first kind, working bytes.

    Working bytes are beyond model, input and result. Inputs take turns; a ratio is between timings
    of the same round; speeds and ratios are medians over the rounds.
    """
    command = [sys.executable, "-m", "benchmarks.forest.inputs"]
    command += [str(store.model("lightgbm")), str(store.rows()), str(rounds)]
    done = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE)
    found: dict[str, Figures] = json.loads(done.stdout)
    return found


def inputs_of(X: NDArray[np.float32], names: tuple[str, ...]) -> dict[str, Any]:
    """The same rows as every kind of input."""
    arrays: dict[str, Any] = {layout: in_layout(X, layout) for layout in LAYOUTS}
    frames = {f"Polars {kind}": _frame(arrays[f"{kind} F"], names) for kind in KINDS}
    tables = {f"Arrow {kind}": frames[f"Polars {kind}"].to_arrow() for kind in KINDS}
    return arrays | frames | tables


def _frame(X: NDArray[Any], names: tuple[str, ...]) -> pl.DataFrame:
    return pl.DataFrame({name: X[:, j] for j, name in enumerate(names)})


def measure(model: Model, inputs: dict[str, Any], rounds: int) -> dict[str, Figures]:
    """What ``compare_inputs`` says, in this process."""
    found: dict[str, Figures] = {kind: {} for kind in inputs}
    first = next(iter(inputs))
    for threads in THREADS:
        for kind, X in inputs.items():
            found[kind][f"working_bytes_{threads}"] = _working_bytes(model, X, threads)
        turns = [{k: _speed(model, X, threads) for k, X in inputs.items()} for _ in range(rounds)]
        for kind in inputs:
            median = statistics.median(turn[kind] for turn in turns)
            found[kind][f"rows_per_second_{threads}"] = median
            ratio = statistics.median(turn[kind] / turn[first] for turn in turns)
            found[kind][f"ratio_{threads}"] = ratio
    return found


def _working_bytes(model: Model, X: Any, threads: int) -> int:
    model.predict(X, threads=threads)  # kernels are compiled, threads have been there
    before = resident.forget_peak()
    made = model.predict(X, threads=threads)
    return max(0, resident.peak() - before - made.nbytes)


def _speed(model: Model, X: Any, threads: int) -> float:
    return len(X) / seconds_per_call(lambda: model.predict(X, threads=threads))


if __name__ == "__main__":
    loaded = load_model(sys.argv[1])
    wanted = inputs_of(np.load(sys.argv[2]), loaded.feature_names)
    print(json.dumps(measure(loaded, wanted, int(sys.argv[3]))))

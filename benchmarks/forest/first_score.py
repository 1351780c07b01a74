"""Ours alone: from a file to the first score, and compiling the kernels, each in a new process."""

from __future__ import annotations

import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.forest.environments import ROOT
from benchmarks.forest.peers import LAYOUTS, in_layout
from benchmarks.forest.store import Store

ROUNDS = 5
MODULES = ("engine.score.loading", "engine.score.forest_scorer", "engine.score.rows")
"""What loading and scoring import when they are called, so that it can be told apart."""
ONE_LAYOUT = ("float64 C",)

Seconds = dict[str, float]


def time_to_first_score(store: Store) -> dict[str, Seconds]:
    """Median seconds from LightGBM text and from the compiled file, kernels warm.

    ``script`` is a whole process that loads a model and scores a row, with Python's own start.
    ``importing``, ``loading`` (``load_model``, with its child process) and ``scoring`` (one row)
    are the parts of a process that does one after the other.
    """
    with tempfile.TemporaryDirectory() as folder:
        compiled = Path(folder) / "model.nbm"
        files = {"text": store.model("lightgbm"), "compiled": compiled}
        command = [sys.executable, "-m", "engine.cli", "compile", str(files["text"])]
        subprocess.run([*command, "-o", str(compiled)], check=True, cwd=ROOT, capture_output=True)
        return {kind: _median((store.rows(), file)) for kind, file in files.items()}


def time_to_compile_kernels(stores: Sequence[Store]) -> Seconds:
    """Seconds to load every model and score a row of each layout: cache cold, warm, difference.

    Models of LightGBM and XGBoost, and a scorecard: all kernels that score.
    """
    kinds = ("lightgbm", "xgboost")
    files = [(store.rows(), store.file(kind)) for store in stores for kind in kinds]
    files = [(rows, model) for rows, model in files if model.exists()]
    with tempfile.TemporaryDirectory() as cache:
        card = Path(cache) / "card.json"
        card.write_text(json.dumps(_scorecard(stores[0].case.features)))
        files.append((stores[0].rows(), card))
        settings = os.environ | {"NIGHTBOOK_KERNELS": cache}
        timings = [_timed_child(files, LAYOUTS, settings, modules=()) for _ in range(2)]
    cold, warm = (timing["loading"] + timing["scoring"] for timing in timings)
    return {"cold": cold, "warm": warm, "compiling": cold - warm}


def _scorecard(features: int) -> dict[str, Any]:
    """Numbers, but the first feature in bins."""
    numbers = [{"name": f"x{j}", "coefficient": 0.1, "impute": 0.0} for j in range(1, features)]
    bins = {"edges": [0.0], "woe": [0.5, -0.5], "missing": 0.0}
    binned = {"name": "x0", "coefficient": 1.0, "bins": bins}
    return {"kind": "scorecard", "features": [binned, *numbers], "intercept": 0.0}


def _median(files: tuple[Path, Path]) -> Seconds:
    timings = []
    for _ in range(ROUNDS + 1):
        timing = _timed_child([files], ONE_LAYOUT, os.environ)
        script = _timed_child([files], ONE_LAYOUT, os.environ, modules=())
        timings.append(timing | {"script": script["process"]})
    warm = timings[1:]  # the first may have compiled kernels
    return {part: statistics.median(timing[part] for timing in warm) for part in warm[0]}


def _timed_child(
    files: Sequence[tuple[Path, Path]],
    layouts: Sequence[str],
    settings: Mapping[str, str],
    modules: Sequence[str] = MODULES,
) -> Seconds:
    paths = [[str(rows), str(model)] for rows, model in files]
    command = [sys.executable, "-m", "benchmarks.forest.first_score"]
    command += [json.dumps([paths, layouts, modules])]
    begun = time.perf_counter()
    done = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, env=settings)
    timing: Seconds = json.loads(done.stdout)
    return timing | {"process": time.perf_counter() - begun}


def main(request: str) -> None:
    """In the new process: load, score, print what it took."""
    files, layouts, modules = json.loads(request)
    rows = [np.load(file, mmap_mode="r")[:1] for file, _ in files]
    begun = time.perf_counter()
    for module in modules:
        importlib.import_module(module)
    from engine import load_model

    timing = {"importing": time.perf_counter() - begun, "loading": 0.0, "scoring": 0.0}
    for row, (_, file) in zip(rows, files, strict=True):
        begun = time.perf_counter()
        model = load_model(file)
        loaded = time.perf_counter()
        for layout in layouts:
            model.predict(in_layout(row, layout))
        timing["loading"] += loaded - begun
        timing["scoring"] += time.perf_counter() - loaded
    print(json.dumps(timing))


if __name__ == "__main__":
    main(*sys.argv[1:])

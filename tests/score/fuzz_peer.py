"""A process that scores files with the library they come from, which may crash or hang on them.

``fuzz_peer.py LIBRARY`` imports the library and forks; the fork scores, and when it dies there is
another at once. On standard input ``model<TAB>rows<TAB>scores``, three paths; ``rows`` is float64
``.npy``, ``scores`` is written: raw scores and predictions. On standard output ``ok``, ``died``, or
why not.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from io import FileIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pair = tuple[NDArray[Any], NDArray[Any]]
Scorer = Callable[[Path, NDArray[np.float64]], Pair]
_MEMORY = 2**33
_SECONDS = 5


def by_lightgbm(path: Path, X: NDArray[np.float64]) -> Pair:
    import lightgbm

    booster = lightgbm.Booster(model_file=path)
    raw, score = (np.asarray(booster.predict(X, raw_score=r, num_threads=1)) for r in (True, False))
    return raw, score


def by_xgboost(path: Path, X: NDArray[np.float64]) -> Pair:
    import xgboost

    booster = xgboost.Booster({"nthread": 1})
    booster.load_model(bytearray(path.read_bytes()))
    data = xgboost.DMatrix(X, nthread=1)
    raw, score = (
        booster.predict(data, output_margin=r, validate_features=False) for r in (True, False)
    )
    return raw, score


def by_gtil(path: Path, X: NDArray[np.float64]) -> Pair:
    import treelite

    model = treelite.Model.deserialize_bytes(path.read_bytes())
    rows = X.astype(model.input_type)
    raw, score = (
        treelite.gtil.predict(model, rows, nthread=1, pred_margin=r) for r in (True, False)
    )
    return raw, score


SCORERS = {"lightgbm": by_lightgbm, "xgboost": by_xgboost, "treelite": by_gtil}


def main() -> None:
    library = sys.argv[1]
    import_module(library)
    requests, replies = open(0, "rb", buffering=0), os.dup(1)  # noqa: SIM115
    for stream in (1, 2):  # the libraries write there
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    while True:
        child = os.fork()
        if not child:
            serve(SCORERS[library], requests, replies)
            os._exit(0)
        if os.waitpid(child, 0)[1] == 0:
            return
        os.write(replies, b"died\n")


def serve(scorer: Scorer, requests: FileIO, replies: int) -> None:
    """Answer until there are no more requests."""
    while request := requests.readline().decode():
        signal.alarm(_SECONDS)
        reply = answer(scorer, request)
        signal.alarm(0)
        os.write(replies, f"{reply}\n".encode())


def answer(scorer: Scorer, request: str) -> str:
    model, rows, scores = map(Path, request.rstrip("\n").split("\t"))
    try:
        with np.errstate(over="ignore"):
            pair = scorer(model, np.load(rows))
        np.save(scores, np.stack(pair).astype(np.float64))
    except Exception as exc:
        return f"{type(exc).__name__}: {exc}".replace("\n", " ")[:300]
    return "ok"


if __name__ == "__main__":
    main()

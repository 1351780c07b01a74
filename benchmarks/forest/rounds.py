"""One case: every contender in turn, round after round, LightGBM beside each of them.

A machine's speed drifts within a run. So a ratio is taken between two timings that follow each
other, and the median of the rounds' ratios is what is reported.
"""

from __future__ import annotations

import contextlib
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.forest.contender import Contender
from benchmarks.forest.peers import PEERS, Peer
from benchmarks.forest.store import Store, shape_of

OURS = "nightbook"
THREADS = (1, 2)
_PAUSE_SECONDS = 0.3
"""The thread pool of the contender before has stopped spinning by then."""


def compare(store: Store, rounds: int, peers: Sequence[Peer] = PEERS) -> dict[str, Any]:
    """The figures of one case, by contender; ratios are to the first of ``peers``."""
    contenders = []
    try:
        for peer in peers:
            contenders.append(_ready(peer, store))
            state = contenders[-1].failure or "ready"
            print(f"{store.case.name}: {peer.name}: {state}", flush=True)
        found = {c.peer.name: dict(c.facts) for c in contenders}
        _add_agreement(found, contenders)
        for contender in contenders:
            for threads in THREADS:
                answer = contender.ask("memory", threads)
                found[contender.peer.name][f"memory_{threads}"] = answer.get("working_bytes")
        _add_timings(found, contenders, rounds)
        for contender in contenders:
            found[contender.peer.name]["failure"] = contender.failure
    finally:
        for contender in contenders:
            contender.close()
    return {"shape": shape_of(store.file("lightgbm").read_text()), "contenders": found}


def _ready(peer: Peer, store: Store) -> Contender:
    with contextlib.suppress(subprocess.CalledProcessError):
        store.model(peer.model)  # where it fails, the contender says what is missing
    model, rows = store.file(peer.model), store.rows()
    if peer.module == OURS:
        Contender(peer, model, rows).close()  # kernels are compiled once per machine, not per model
    return Contender(peer, model, rows)


def _add_agreement(found: dict[str, dict[str, Any]], contenders: Sequence[Contender]) -> None:
    """Each against the first of those that score the same model."""
    with tempfile.TemporaryDirectory() as folder:
        for contender in contenders:
            saved = Path(folder) / f"{contender.peer.model}.npy"
            answer = contender.ask("compare" if saved.exists() else "save", saved)
            found[contender.peer.name].update(answer)


def _add_timings(
    found: dict[str, dict[str, Any]], contenders: Sequence[Contender], rounds: int
) -> None:
    turns: dict[str, list[dict[str, Any]]] = {c.peer.name: [] for c in contenders}
    for _ in range(rounds):
        for contender in contenders:
            turn = _turn(contenders[0], contender)
            if turn:
                turns[contender.peer.name].append(turn)
    for name, timings in turns.items():
        for figure in timings[0] if timings else ():
            values = [timing[figure] for timing in timings]
            if figure == "layout":
                found[name][figure] = values[0]
                continue
            found[name][figure] = statistics.median(values)
            found[name][f"{figure}_all"] = values


def _turn(reference: Contender, contender: Contender) -> dict[str, Any]:
    """Both on one thread, then both on two; empty where the contender is out."""
    figures: dict[str, Any] = {}
    for threads in THREADS:
        answers = []
        for who in (reference, contender):
            time.sleep(_PAUSE_SECONDS)
            answers.append(who.ask("time", threads))
            if not answers[-1]:
                return {}
        speed = answers[1]["rows_per_second"]
        figures["layout"] = answers[1]["layout"]
        figures[f"rows_per_second_{threads}"] = speed
        figures[f"ratio_{threads}"] = speed / answers[0]["rows_per_second"]
    figures["scaling"] = figures["rows_per_second_2"] / figures["rows_per_second_1"]
    return figures

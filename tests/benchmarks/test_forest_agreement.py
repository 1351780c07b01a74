"""The contenders of the forest benchmark score alike; who is not installed is skipped.

Each in a process of its own, as when it is timed, on a tiny model with and without categories.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks.forest.cases import Case
from benchmarks.forest.contender import Contender
from benchmarks.forest.peers import PEERS, Peer, peer_named
from benchmarks.forest.store import Store

pytestmark = pytest.mark.slow

ROWS = 1001
REFERENCES = {"lightgbm": "LightGBM", "xgboost": "XGBoost, own model"}
EXACT = ("Nightbook", "treelite GTIL", "tl2cgen", "Nightbook, XGBoost's model")
CLOSE = {"ONNX Runtime": 1e-6, "oneDAL": 1e-6, "lleaves": 1e-15}
REFUSED = {("oneDAL", "5x7x6-2cat")}


class Contest:
    """The contenders of one tiny case, each started when it is first asked for."""

    def __init__(self, store: Store) -> None:
        self.name = store.case.name
        self._store = store
        self._rows = store.folder / "few.npy"
        np.save(self._rows, np.load(store.rows())[:ROWS])
        self._started: dict[str, Contender] = {}

    def contender(self, peer: Peer) -> Contender:
        if peer.name not in self._started:
            try:
                model = self._store.model(peer.model)
            except subprocess.CalledProcessError:
                pytest.skip(f"no model to score: {peer.model} is not installed")
            self._started[peer.name] = Contender(peer, model, self._rows)
        contender = self._started[peer.name]
        if (contender.failure or "").startswith("not installed"):
            pytest.skip(f"{peer.name}: {contender.failure}")
        return contender

    def saved(self, library: str) -> Path:
        """Predictions of the library that trained the model."""
        file = self._store.folder / f"{library}.npy"
        if not file.exists():
            self.contender(peer_named(REFERENCES[library])).ask("save", file)
        return file

    def close(self) -> None:
        for contender in self._started.values():
            contender.close()


@pytest.fixture(scope="module", params=[Case(5, 7, 6), Case(5, 7, 6, 2)], ids=lambda c: c.name)
def contest(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Contest]:
    made = Contest(Store(request.param, tmp_path_factory.mktemp("cache")))
    yield made
    made.close()


@pytest.mark.parametrize("library", list(REFERENCES))
def test_the_reference_is_a_model_and_not_a_constant(library: str, contest: Contest) -> None:
    found = np.load(contest.saved(library))
    assert found.shape == (ROWS,)
    assert len(np.unique(found)) > 100


@pytest.mark.parametrize("name", [*EXACT, *CLOSE])
def test_scores_agree_with_the_library_that_trained(name: str, contest: Contest) -> None:
    contender = contest.contender(peer_named(name))
    if (name, contest.name) in REFUSED:
        assert (contender.failure or "").startswith("refuses the model: ")
        return
    answer = contender.ask("compare", contest.saved(contender.peer.model))
    assert contender.failure is None
    assert answer["compared"] == ROWS
    if name in EXACT:
        assert answer["different"] == 0
    else:
        assert answer["largest_difference"] <= CLOSE[name]


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_every_contender_is_timed_on_one_thread_and_two(peer: Peer, contest: Contest) -> None:
    contender = contest.contender(peer)
    if (peer.name, contest.name) in REFUSED:
        return
    assert contender.facts["prepare_seconds"] > 0
    for threads in (1, 2):
        assert contender.ask("memory", threads)["working_bytes"] >= 0
        answer = contender.ask("time", threads)
        assert answer["rows_per_second"] > 0
        assert answer["layout"] in peer.layouts

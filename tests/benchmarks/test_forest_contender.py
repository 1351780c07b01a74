"""A contender that refuses, hangs or dies is reported so, and the run goes on."""

from __future__ import annotations

import os
import signal
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from benchmarks.forest import contender, environments
from benchmarks.forest.cases import Case
from benchmarks.forest.contender import Contender
from benchmarks.forest.data import rows_of
from benchmarks.forest.peers import Peer, peer_named
from benchmarks.forest.training import train_lightgbm

CASE = Case(3, 7, 4)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A tiny model and rows to score."""
    folder = tmp_path_factory.mktemp("tiny")
    X, y = rows_of(CASE, 2000, 1)
    train_lightgbm(CASE, X, y, folder / "model.txt")
    np.save(folder / "rows.npy", X[:700])
    return folder / "model.txt", folder / "rows.npy"


@pytest.fixture(autouse=True)
def _this_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contender, "python_of", lambda environment: sys.executable)


def test_a_model_it_cannot_read_is_refused_in_the_library_s_words(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.txt"
    broken.write_text("no model\n")
    peer = Contender(peer_named("treelite GTIL"), broken, files[1])
    assert peer.failure is not None
    assert peer.failure.startswith("refuses the model: ")
    assert peer.ask("time", 1) == {}


def test_a_library_that_is_not_there(files: tuple[Path, Path]) -> None:
    if find_spec("lleaves"):
        pytest.skip("lleaves is installed beside the tests")
    peer = Contender(peer_named("lleaves"), *files)
    assert peer.failure == "not installed: No module named 'lleaves'"


def test_who_takes_too_long_to_prepare_is_ended(files: tuple[Path, Path]) -> None:
    peer = Contender(peer_named("LightGBM"), *files, limit=0.01)
    assert peer.failure == "not done in 0 minutes"
    assert peer.facts == {}


def test_who_dies_falls_out_and_answers_nothing_more(files: tuple[Path, Path]) -> None:
    peer = Contender(peer_named("LightGBM"), *files)
    assert peer.failure is None
    os.kill(peer._process.pid, signal.SIGKILL)
    assert peer.ask("time", 1) == {}
    assert peer.failure == "its process died of SIGKILL"
    assert peer.ask("time", 2) == {}


def test_an_error_while_predicting_is_the_contender_s(files: tuple[Path, Path]) -> None:
    peer = Contender(peer_named("LightGBM"), *files)
    assert peer.ask("compare", "/nowhere/saved.npy") == {}
    assert peer.failure is not None
    assert "No such file" in peer.failure


def test_an_environment_that_was_not_made_is_this_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(environments, "ROOT", tmp_path)
    assert environments.python_of("lleaves") == sys.executable
    python = tmp_path / ".venv-lleaves" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    assert environments.python_of("lleaves") == str(python)


def test_every_peer_has_its_file() -> None:
    from benchmarks.forest.peers import PEERS

    def file(peer: Peer) -> Path:
        return Path(contender.__file__).parent / "peers" / f"{peer.module}.py"

    assert all(file(peer).exists() for peer in PEERS)
    assert len({peer.name for peer in PEERS}) == len(PEERS)

"""What happens to a file that nobody vouches for, and whether that is right."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from fuzz_peers import Peer, PeerDiedError, PeerRefusedError
from fuzz_rows import rows_for
from fuzz_scorecard import card_faults
from fuzz_structure import faults
from numpy.typing import NDArray

from engine.errors import NightbookError
from engine.score import forest_scorer, load_model
from engine.score.model import Model
from engine.score.parts import Parts
from engine.score.worker.shared import WORKER
from kernels.kernel import Kernel
from kernels.reference_forest import forest_sums

finish_block = Kernel("outputs", "finish_block")

LIBRARIES = {"lightgbm": "lightgbm", "json": "xgboost", "ubj": "xgboost", "checkpoint": "treelite"}
"""What the files of a kind are compared with."""

SECONDS = 20.0
"""The worker has 2; the rest is for a new one to start, on a machine that does other things too."""

Pair = tuple[NDArray[np.float64], NDArray[np.float64]]


class Judge:
    """Loads files of one kind; ``met`` counts what happened, ``wrong`` lists what should not."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.met: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.notes: list[str] = []
        self._kind, self._path, self._name = kind, folder / "model", ""
        self._peer = Peer(LIBRARIES[kind], folder) if kind in LIBRARIES else None
        self._parts: Parts | None = None
        self._make_scorer = forest_scorer.forest_scorer

    def scorer(self, parts: Parts) -> Any:
        """In the place of ``forest_scorer``: remembers the parts of what is loaded."""
        self._parts = parts
        return self._make_scorer(parts)

    def judge(self, name: str, data: bytes) -> bool:
        """Whether it is accepted."""
        self._name = name
        self._path.write_bytes(data)
        before, start = WORKER.pid, time.monotonic()
        model = self._load(name)
        if time.monotonic() - start > SECONDS:
            self.wrong.append(f"{name}: took {time.monotonic() - start:.1f} s")
        self.met["worker replaced"] += before is not None and WORKER.pid != before
        self.met["accepted" if model else "refused"] += 1
        if model:
            found = self._trees(model) if self._parts else self._card(model, data)
            self.wrong += [f"{name}: {what}" for what in found]
        return model is not None

    def _load(self, name: str) -> Model | None:
        self._parts = None
        try:
            return load_model(self._path)
        except NightbookError as exc:
            message = str(exc)
            if not (message.startswith(f"model file {self._path}: ") and message.isprintable()):
                self.wrong.append(f"{name}: says {message!r}")
            return None
        except Exception as exc:
            self.wrong.append(f"{name}: {type(exc).__name__}: {exc}")
            return None

    def _trees(self, model: Model) -> list[str]:
        assert self._parts is not None
        found = faults(self._parts)
        if found:
            return found
        X = rows_for(self._parts, beyond=LIBRARIES.get(self._kind) != "xgboost")
        ours = (model.predict(X, raw_score=True), model.predict(X))
        theirs = self._by_twin(self._parts, X) if self._peer is None else self._by_peer(X)
        if theirs is None:
            return []
        self.met["compared"] += 1
        ulps = (False, self._kind != "lightgbm" and self._peer is not None)
        rows = [
            differ(a, b.reshape(a.shape), u) for a, b, u in zip(ours, theirs, ulps, strict=True)
        ]
        return [f"raw scores differ in {rows[0]} rows, predictions in {rows[1]}"] * any(rows)

    def _card(self, model: Model, data: bytes) -> list[str]:
        self.met["compared"] += 1
        return card_faults(model, data)

    def _by_peer(self, X: NDArray[np.float64]) -> Pair | None:
        assert self._peer is not None
        try:
            return self._peer.scores(self._path, X)
        except PeerDiedError:
            self.met["peer died"] += 1
            self.notes.append(f"{self._name}: died")
        except PeerRefusedError as exc:
            self.met["peer refused"] += 1
            self.notes.append(f"{self._name}: {exc}"[:120])
        return None

    def _by_twin(self, parts: Parts, X: NDArray[np.float64]) -> Pair:
        columns = parts.trees.used_features().astype(np.uint32)
        found = []
        for output in (parts.raw, parts.output):
            sums = forest_sums(parts.trees, X, columns, output.start)
            finish_block(sums, output)
            found.append(sums)
        return found[0], found[1]

    def close(self) -> None:
        if self._peer is not None:
            self._peer.close()


def differ(a: NDArray[np.float64], b: NDArray[np.float64], ulp: bool) -> int:
    """Rows that are not equal to the bit, or within one ulp of float32; NaN equals NaN."""
    same = (a.view(np.int64) == b.view(np.int64)) | (np.isnan(a) & np.isnan(b))
    if ulp:
        with np.errstate(over="ignore", invalid="ignore"):
            same |= np.abs(a - b) <= np.spacing(np.abs(a).astype(np.float32))
    return int((~same.reshape(len(a), -1).all(axis=1)).sum())

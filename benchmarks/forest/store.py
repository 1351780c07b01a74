"""Where trained models and scoring rows are kept: made once, in a folder outside of git.

A folder is named by its case and by a hash of what its models are trained on and how: a changed
recipe or generator never meets an old model.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.forest.cases import Case
from benchmarks.forest.data import rows_of
from benchmarks.forest.environments import ROOT, python_of
from benchmarks.forest.recipes import RECIPES, ROWS, SEED

CACHE = Path(__file__).parent.parent / ".cache"
SCORED_ROWS = 100_000
SCORED_SEED = 2
FILES = {"lightgbm": "lightgbm.txt", "xgboost": "xgboost.json", "catboost": "catboost.cbm"}


@dataclass(frozen=True)
class Store:
    """The files of one case."""

    case: Case
    cache: Path = CACHE

    @property
    def folder(self) -> Path:
        """Named by content; made if absent."""
        sample = b"".join(part.tobytes() for part in rows_of(self.case, 256, SEED))
        recipes = {name: recipe(self.case) for name, recipe in RECIPES.items()}
        words = json.dumps([self.case, recipes, ROWS, SEED]).encode()
        digest = hashlib.sha256(words + sample).hexdigest()[:8]
        folder = self.cache / f"{self.case.name}-{digest}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def model(self, library: str) -> Path:
        """The model of that library, trained if it is not there: minutes, on one thread.

        Raises
        ------
        subprocess.CalledProcessError
            Training failed, as it does where the library is not installed.
        """
        file = self.file(library)
        if not file.exists():
            command = [python_of("peers"), "-m", "benchmarks.forest.training", library]
            command += [json.dumps(self.case), str(file)]
            subprocess.run(command, check=True, cwd=ROOT)
        return file

    def file(self, library: str) -> Path:
        """Where the model of that library is, or would be."""
        return self.folder / FILES[library]

    def rows(self) -> Path:
        """``.npy`` of ``SCORED_ROWS`` rows to score, float32 in C order, unseen in training."""
        file = self.folder / "rows.npy"
        if not file.exists():
            unfinished = file.with_name("unfinished-rows.npy")
            np.save(unfinished, rows_of(self.case, SCORED_ROWS, SCORED_SEED)[0])
            unfinished.replace(file)
        return file


def shape_of(lightgbm_text: str) -> dict[str, Any]:
    """What the trees of a LightGBM model really are; ``thresholds`` are the distinct numbers."""
    leaves, features, thresholds, decisions = (
        _numbers(re.findall(rf"^{key}=(.*)", lightgbm_text, re.MULTILINE))
        for key in ("num_leaves", "split_feature", "threshold", "decision_type")
    )
    numerical = decisions % 2 == 0
    splits = np.column_stack([features, thresholds])[numerical]
    owners = np.unique(splits, axis=0)[:, 0]
    return {
        "trees": len(leaves),
        "mean_leaves": float(leaves.mean()),
        "features_read": len(np.unique(features)),
        "thresholds": len(owners),
        "most_thresholds": int(np.unique(owners, return_counts=True)[1].max()),
        "categorical_share": 1.0 - float(numerical.mean()),
    }


def _numbers(lines: Sequence[str]) -> NDArray[np.float64]:
    return np.array(" ".join(lines).split(), np.float64)

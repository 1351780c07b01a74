"""Ours, as a user calls it."""

from __future__ import annotations

from benchmarks.forest.peers import Predict
from engine import load_model


def prepare(path: str) -> Predict:
    """A model of any format that ``load_model`` reads."""
    model = load_model(path)
    return lambda X, threads: model.predict(X, threads=threads)

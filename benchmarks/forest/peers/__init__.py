"""Who is compared: one line here and one file beside it for each contender.

A file has ``prepare(path)``, which makes a model file ready and returns ``predict(X, threads)``:
probabilities ``(n,)`` of the rows of a NumPy array ``(n, features)``. What a library has to convert
is part of its time: an array goes in and an array comes out. Its imports stand at the top of its
file, so that a library that is missing fails there and importing is not timed as preparing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Predict = Callable[[NDArray[Any], int], NDArray[Any]]

LAYOUTS = ("float32 C", "float64 C", "float32 F", "float64 F")


class Peer(NamedTuple):
    """One contender.

    ``module`` is its file, ``distribution`` what its version is read from, ``model`` the library
    whose model it scores. It is timed in the fastest of ``layouts``. ``environment`` is a key of
    ``benchmarks.forest.environments``.
    """

    name: str
    module: str
    distribution: str
    layouts: tuple[str, ...]
    model: str = "lightgbm"
    environment: str = "peers"


_ROWS_FIRST = LAYOUTS[:2]
PEERS = (
    Peer("LightGBM", "lightgbm", "lightgbm", _ROWS_FIRST),  # the reference of all ratios
    Peer("Nightbook", "nightbook", "nightbook", LAYOUTS),
    Peer("treelite GTIL", "gtil", "treelite", _ROWS_FIRST),
    Peer("tl2cgen", "tl2cgen", "tl2cgen", _ROWS_FIRST),
    Peer("ONNX Runtime", "onnx", "onnxruntime", ("float32 C",)),
    Peer("oneDAL", "onedal", "scikit-learn-intelex", LAYOUTS),
    Peer("lleaves", "lleaves", "lleaves", _ROWS_FIRST, environment="lleaves"),
    Peer("XGBoost, own model", "xgboost", "xgboost-cpu", LAYOUTS, "xgboost"),
    Peer("Nightbook, XGBoost's model", "nightbook", "nightbook", LAYOUTS, "xgboost"),
    Peer("CatBoost, own model", "catboost", "catboost", LAYOUTS, "catboost"),
)


def peer_named(name: str) -> Peer:
    """The peer of that name."""
    return next(peer for peer in PEERS if peer.name == name)


def in_layout(X: NDArray[Any], layout: str) -> NDArray[Any]:
    """``X`` in a layout of ``LAYOUTS``, contiguous; a view where it is so already."""
    dtype, order = layout.split()
    contiguous = np.asfortranarray if order == "F" else np.ascontiguousarray
    return contiguous(X, dtype)

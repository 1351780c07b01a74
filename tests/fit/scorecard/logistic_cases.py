"""Data that a logistic fit and statsmodels' are held equal on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bench_data.kz.data import read_kz
from bench_data.real_data import real_file
from engine.fit.scorecard.rows import Outcome

Vector = NDArray[np.float64]


class Data(NamedTuple):
    X: Vector
    outcome: Outcome


def outcome_of(event: Any, weight: Any = None, offset: Any = None) -> Outcome:
    """Weights 1 and offsets 0 unless given."""
    n = len(event)
    return Outcome(
        np.asarray(event, np.float64),
        np.ones(n) if weight is None else np.asarray(weight, np.float64),
        np.zeros(n) if offset is None else np.asarray(offset, np.float64),
    )


def drawn(
    n: int,
    p: int,
    *,
    seed: int = 0,
    rate: float = 0.4,
    correlation: float = 0.0,
    scales: float = 0.0,
    away: float = 0.0,
    whole: bool = False,
    weights: str = "",
    offset: float = 0.0,
    signal: float = 1.0,
) -> Data:
    """Normal columns, events by a logistic truth at about ``rate``.

    ``correlation`` of neighbouring columns, ``scales``: standard deviations from 10**-scales to
    10**scales, ``away``: means in standard deviations, ``whole``: counts, ``offset``: the standard
    deviation of offsets, ``weights``: "counts" (0 to 4) or "shares".
    """
    rng = np.random.default_rng(seed)
    Z = rng.normal(size=(n, p))
    for j in range(1, p):
        Z[:, j] = correlation * Z[:, j - 1] + np.sqrt(1.0 - correlation**2) * Z[:, j]
    if whole:
        Z = np.floor(np.exp(Z))
    offsets = rng.normal(size=n) * offset
    z = np.log(rate / (1 - rate)) + signal * Z @ rng.normal(size=p) / np.sqrt(max(p, 1)) + offsets
    event = rng.random(n) < 1 / (1 + np.exp(-z))
    weight = {
        "": np.ones(n),
        "counts": rng.integers(0, 5, n).astype(float),
        "shares": rng.uniform(0.1, 2.0, n),
    }[weights]
    scale = 10.0 ** np.linspace(-scales, scales, p)
    return Data((Z + away) * scale, outcome_of(event, weight, offsets))


def _spector() -> Data:
    from statsmodels.datasets import spector

    data = spector.load_pandas().data
    return Data(data[["GPA", "TUCE", "PSI"]].to_numpy(float), outcome_of(data["GRADE"]))


def _fair() -> Data:
    from statsmodels.datasets import fair

    data = fair.load_pandas().data
    return Data(data.drop(columns="affairs").to_numpy(float), outcome_of(data["affairs"] > 0))


def _star() -> Data:
    """Counts of pupils above and below the median, by district: two rows each, weighted."""
    from statsmodels.datasets import star98

    data = star98.load_pandas()
    X, counts = data.exog.iloc[:, :12].to_numpy(float), data.endog.to_numpy(float)
    event = np.repeat([1.0, 0.0], len(X))
    return Data(np.vstack([X, X]), outcome_of(event, counts.T.reshape(-1)))


def _anes() -> Data:
    from statsmodels.datasets import anes96

    data = anes96.load_pandas().data
    X = data[["logpopul", "selfLR", "age", "educ", "income", "PID"]].to_numpy(float)
    return Data(X, outcome_of(data["vote"]))


def _taiwan() -> Data:
    data = pl.read_csv(real_file("taiwan/taiwan.csv"), infer_schema_length=None)
    X = data.drop("ID", "default.payment.next.month").cast(pl.Float64).to_numpy()
    return Data(np.ascontiguousarray(X), outcome_of(data["default.payment.next.month"].to_numpy()))


def _lightgbm() -> Data:
    data = np.loadtxt(real_file("lightgbm_binary/binary.train"))
    weight = np.loadtxt(real_file("lightgbm_binary/binary.train.weight"))
    return Data(np.ascontiguousarray(data[:, 1:]), outcome_of(data[:, 0], weight))


def _kz() -> Data:
    offers = read_kz().filter(pl.col("normrate_less") == 1)
    X = offers.select("offer4", "low", "med", "waved2", "waved3").cast(pl.Float64).to_numpy()
    return Data(np.ascontiguousarray(X), outcome_of(offers["applied"].to_numpy()))


MADE: dict[str, Callable[[], Data]] = {
    "one column": lambda: drawn(200, 1),
    "small": lambda: drawn(60, 4, signal=0.5),
    "a block and a row": lambda: drawn(16_385, 3, seed=2),
    "wide": lambda: drawn(4_000, 60, seed=3),
    "strong": lambda: drawn(3_000, 5, seed=4, signal=6.0),
    "no signal": lambda: drawn(1_000, 5, seed=5, signal=0.0),
    "correlated 0.9": lambda: drawn(2_000, 8, seed=6, correlation=0.9),
    "correlated 0.9999": lambda: drawn(2_000, 4, seed=7, correlation=0.9999),
    "badly scaled": lambda: drawn(2_000, 7, seed=8, scales=6.0),
    "far from zero": lambda: drawn(2_000, 3, seed=9, away=1_000.0),
    "rare": lambda: drawn(20_000, 5, seed=10, rate=0.005),
    "frequent": lambda: drawn(20_000, 5, seed=11, rate=0.995),
    "counts": lambda: drawn(5_000, 6, seed=12, whole=True),
    "weights 0 to 4": lambda: drawn(3_000, 5, seed=13, weights="counts"),
    "weights of any size": lambda: drawn(3_000, 5, seed=14, weights="shares"),
    "offset": lambda: drawn(3_000, 5, seed=15, offset=1.0),
    "far offset": lambda: drawn(3_000, 5, seed=16, offset=20.0),
    "weights and offset": lambda: drawn(3_000, 5, seed=17, weights="counts", offset=0.5),
    "everything": lambda: drawn(
        *(6_000, 10),
        **{"seed": 18, "rate": 0.02, "correlation": 0.95, "scales": 3.0, "away": 2.0},
        **{"weights": "shares", "offset": 0.7},
    ),
    "spector": _spector,
    "fair": _fair,
    "star98": _star,
    "anes96": _anes,
}
NEARLY_COLLINEAR = drawn(2_000, 3, seed=7, correlation=1 - 1e-8)
REAL: dict[str, Callable[[], Data]] = {
    "taiwan": _taiwan,
    "lightgbm_binary": _lightgbm,
    "kz": _kz,
}

"""The logistic fit against scikit-learn's and statsmodels': seconds, and memory beyond the input.

Each fit is a process of its own, ``python -m benchmarks.scorecards.fit CASE CONTENDER THREADS``,
which makes the rows, notes what memory it has, resets the kernel's high-water mark and fits once
before it is timed on as few rows as are needed to have all libraries and machine code loaded.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from benchmarks.markdown import table, times
from engine.fit.scorecard.rows import Outcome

Vector = NDArray[np.float64]
Fit = Callable[[Vector, Outcome, int], Vector]
Figures = dict[str, Any]

WARM = 2_000
"""Rows of the fit before."""


class Case(NamedTuple):
    """Normal columns, one row in three with the event by a logistic truth; who fits it."""

    rows: int
    features: int
    contenders: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.rows:,} x {self.features}"


CASES = (
    Case(1_000_000, 30, ("ours", "newton-cholesky", "lbfgs", "statsmodels")),
    Case(10_000_000, 10, ("ours", "newton-cholesky", "lbfgs")),
)
THREADS = (1, 2)
SHOWN = {
    "ours": "Nightbook",
    "newton-cholesky": "scikit-learn, newton-cholesky",
    "lbfgs": "scikit-learn, lbfgs",
    "statsmodels": "statsmodels Logit, newton",
}


def compare(case: Case, rounds: int) -> dict[str, Figures]:
    """By contender: median seconds by threads, how many times ours that is, the largest peak beyond
    the input, and the largest difference of a coefficient from ours."""
    turns = [
        {
            (who, threads): _child(case, who, threads)
            for threads in THREADS
            for who in case.contenders
        }
        for _ in range(rounds)
    ]
    ours = np.array(turns[0]["ours", 1]["coefficients"])
    return {who: _figures(who, turns, ours) for who in case.contenders}


def _figures(who: str, turns: Sequence[dict[tuple[str, int], Figures]], ours: Vector) -> Figures:
    def median(of: Callable[[dict[tuple[str, int], Figures]], float]) -> float:
        return statistics.median(map(of, turns))

    figures: Figures = {
        "peak_bytes": max(
            turn[who, threads]["peak_bytes"] for turn in turns for threads in THREADS
        ),
        "difference": float(np.max(np.abs(turns[0][who, 1]["coefficients"] - ours))),
    }
    for threads in THREADS:
        key, own = (who, threads), ("ours", threads)
        figures[f"seconds_{threads}"] = median(lambda turn, key=key: turn[key]["seconds"])
        figures[f"ratio_{threads}"] = median(
            lambda turn, key=key, own=own: turn[key]["seconds"] / turn[own]["seconds"]
        )
    return figures


def _child(case: Case, who: str, threads: int) -> Figures:
    command = [sys.executable, "-m", "benchmarks.scorecards.fit", case.name, who, str(threads)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    found: Figures = json.loads(done.stdout)
    return found


def rows_of(rows: int, features: int) -> tuple[Vector, Outcome]:
    """Weights are 1, offsets 0."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((rows, features))
    z = X @ rng.normal(size=features) / np.sqrt(features) - 0.8
    event = (rng.random(rows) < 1.0 / (1.0 + np.exp(-z))).astype(np.float64)
    return X, Outcome(event, np.ones(rows), np.zeros(rows))


def by_us(X: Vector, outcome: Outcome, threads: int) -> Vector:
    from engine.fit.scorecard.logistic import fit_logistic

    return fit_logistic(X, outcome, threads=threads).coefficients


def by_sklearn(solver: str) -> Fit:
    """Without a penalty, to its own tolerance."""

    def fit(X: Vector, outcome: Outcome, threads: int) -> Vector:
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(C=np.inf, solver=solver).fit(X, outcome.event)
        return np.concatenate([model.intercept_, model.coef_[0]])

    return fit


def by_statsmodels(X: Vector, outcome: Outcome, threads: int) -> Vector:
    import statsmodels.api as sm

    found = sm.Logit(outcome.event, sm.add_constant(X)).fit(method="newton", disp=0)
    return np.asarray(found.params, np.float64)


FITS: dict[str, Fit] = {
    "ours": by_us,
    "newton-cholesky": by_sklearn("newton-cholesky"),
    "lbfgs": by_sklearn("lbfgs"),
    "statsmodels": by_statsmodels,
}


def table_of(cases: dict[str, dict[str, Figures]]) -> str:
    """As markdown."""
    head = ["rows x columns", "fitted by"]
    for threads in ("1 thread", "2 threads"):
        head += [f"s, {threads}", "times ours"]
    head += ["peak MiB beyond the input", "largest difference from ours"]
    lines = (_line(name, who, f) for name, found in cases.items() for who, f in found.items())
    return table(head, lines)


def _line(name: str, who: str, figures: Figures) -> list[str]:
    cells = [name, SHOWN[who]]
    for threads in THREADS:
        ratio = None if who == "ours" else figures[f"ratio_{threads}"]
        cells += [f"{figures[f'seconds_{threads}']:.2f}", times(ratio)]
    difference = "" if who == "ours" else f"{figures['difference']:.0e}"
    return [*cells, f"{figures['peak_bytes'] / 2**20:,.0f}", difference]


def _status(key: str) -> int:
    """Bytes, as the kernel counts them for this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{key}:")).split()[1]) * 1024


def _main(name: str, who: str, threads: int) -> None:
    case = next(case for case in CASES if case.name == name)
    fit = FITS[who]
    with threadpool_limits(threads):
        fit(*rows_of(WARM, case.features), threads)
        X, outcome = rows_of(case.rows, case.features)
        Path("/proc/self/clear_refs").write_text("5")  # resets the kernel's high-water mark
        before, begun = _status("VmRSS"), time.perf_counter()
        coefficients = fit(X, outcome, threads)
        seconds, peak = time.perf_counter() - begun, _status("VmHWM") - before
    found = {"seconds": seconds, "peak_bytes": peak, "coefficients": coefficients.tolist()}
    print(json.dumps(found))


if __name__ == "__main__":
    _main(sys.argv[1], sys.argv[2], int(sys.argv[3]))

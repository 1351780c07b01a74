"""What a second thread brings on this machine to code that shares nothing: a bound of all scaling.

Cores of a virtual machine may be two threads of one core. Code that waits loses nothing by that,
code that keeps the vector units busy does.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit
from numpy.typing import NDArray

_WAITING_STEPS, _WORKING_PASSES = 60_000_000, 200_000


@njit(nogil=True)
def _wait(following: NDArray[np.int64], steps: int) -> int:
    """Loads that depend on one another."""
    at = 0
    for _ in range(steps):
        at = following[at]
    return at


@njit(nogil=True)
def _work(values: NDArray[np.float32], passes: int) -> None:
    """Vector arithmetic in the first-level cache."""
    for _ in range(passes):
        for i in range(values.size):
            values[i] = values[i] * (np.float32(0.5) - np.float32(0.5) * values[i])


def compare_threads(rounds: int) -> dict[str, float]:
    """Work done by two threads over that of one, median of the rounds: ``waiting``, ``working``."""
    following = [np.random.default_rng(seed).permutation(1000) for seed in range(2)]
    values = [np.full(2048, 0.5, np.float32) for _ in range(2)]
    kinds: dict[str, Callable[[int], object]] = {
        "waiting": lambda k: _wait(following[k], _WAITING_STEPS),
        "working": lambda k: _work(values[k], _WORKING_PASSES),
    }
    found = {}
    with ThreadPoolExecutor(2) as pool:
        for kind, job in kinds.items():
            _seconds(pool, job, 2)  # compiled, and both threads are there
            turns = [2 * _seconds(pool, job, 1) / _seconds(pool, job, 2) for _ in range(rounds)]
            found[kind] = statistics.median(turns)
    return found


def _seconds(pool: ThreadPoolExecutor, job: Callable[[int], object], threads: int) -> float:
    begun = time.perf_counter()
    list(pool.map(job, range(threads)))
    return time.perf_counter() - begun

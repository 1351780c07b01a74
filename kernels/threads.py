"""Threads that take the same work until none is left."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

MOST_THREADS = 256
"""More are not begun: each costs time and memory, and few machines have so many cores."""


def at_once(work: Callable[[], None], threads: int) -> None:
    """Calls ``work`` in ``threads`` threads, this one among them; raises what one of them does."""
    threads = min(threads, MOST_THREADS)
    with ThreadPoolExecutor(max(1, threads - 1)) as pool:
        begun = [pool.submit(work) for _ in range(threads - 1)]
        work()
    for helper in begun:
        helper.result()

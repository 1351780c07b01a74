"""Threads that take the same work until none is left."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


def at_once(work: Callable[[], None], threads: int) -> None:
    """Calls ``work`` in ``threads`` threads, this one among them; raises what one of them does."""
    with ThreadPoolExecutor(max(1, threads - 1)) as pool:
        begun = [pool.submit(work) for _ in range(threads - 1)]
        work()
    for helper in begun:
        helper.result()

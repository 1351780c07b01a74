"""How long a call takes, over enough calls to say so."""

from __future__ import annotations

import time
from collections.abc import Callable

LEAST_SECONDS = 0.3
"""A timing covers at least that long."""


def seconds_per_call(call: Callable[[], object]) -> float:
    """Mean over as many calls as fill ``LEAST_SECONDS``."""
    calls, begun = 0, time.perf_counter()
    while (seconds := time.perf_counter() - begun) < LEAST_SECONDS:
        call()
        calls += 1
    return seconds / calls

"""Mutant number ``i`` of a kind of file; the same number gives the same bytes."""

from __future__ import annotations

import random
from typing import NamedTuple

from fuzz_bytes import Mutator
from fuzz_checkpoint import CHECKPOINT
from fuzz_compiled import COMPILED
from fuzz_json import JSON
from fuzz_originals import originals
from fuzz_text import TEXT
from fuzz_ubjson import UBJSON, UBJSON_BY_JSON

_MUTATORS: dict[str, tuple[Mutator, ...]] = {
    "lightgbm": TEXT,
    "json": JSON,
    "ubj": UBJSON,
    "checkpoint": CHECKPOINT,
    "compiled": COMPILED,
    "scorecard": JSON,
}


class Mutant(NamedTuple):
    """``name`` says how it was made."""

    name: str
    data: bytes


def mutant(kind: str, i: int) -> Mutant:
    rng = random.Random(f"{kind} {i}")
    for _ in range(100):
        by_json = kind == "ubj" and rng.random() < 0.6
        sources = originals("json" if by_json else kind)
        mutator = rng.choice(UBJSON_BY_JSON if by_json else _MUTATORS[kind])
        data = mutator(rng, rng.choice(sources), rng.choice(sources))
        if data not in originals(kind):
            return Mutant(f"{kind} {i} ({mutator.__module__}.{mutator.__qualname__})", data)
    raise AssertionError(f"mutant {i} of {kind} is no other than its original a hundred times")

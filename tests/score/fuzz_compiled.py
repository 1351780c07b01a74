"""Mutators of compiled files; most have the right hash, so that validation has the last word."""

from __future__ import annotations

import hashlib
import json
import random
from functools import wraps
from typing import Any

import numpy as np
from fuzz_arrays import edited_array
from fuzz_bytes import BYTES, Mutator
from fuzz_json import edited_document
from numpy.typing import NDArray

from engine.score.compiled_file import make_compiled, read_compiled
from engine.score.formats import COMPILED_MAGIC
from engine.score.parts import Parts
from kernels.trees import Trees

_CONTENT = len(COMPILED_MAGIC) + 4 + 32
_SOURCE = {"source_format": "lightgbm", "source_sha256": "ab" * 32}
_TREE_ARRAYS = tuple(name for name in Trees._fields if name != "dialect")


def _with_content(data: bytes, content: bytes) -> bytes:
    return data[: len(COMPILED_MAGIC) + 4] + hashlib.sha256(content).digest() + content


def number(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """One number of an array of the trees, now and then a few."""
    parts = read_compiled(data)
    for name in rng.choices(_TREE_ARRAYS, k=rng.choice((1, 1, 1, 2, 3))):
        parts = _with_array(parts, name, edited_array(rng, getattr(parts.trees, name)))
    return _compiled(parts)


def size(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """An array is longer, shorter, or another model's."""
    parts, others = read_compiled(data), read_compiled(other)
    name = rng.choice(_TREE_ARRAYS)
    array = getattr(parts.trees, name)
    choices: list[NDArray[Any]] = [array[:-1], array[1:], array[:0], getattr(others.trees, name)]
    choices.append(np.concatenate([array, array[:1]]))
    return _compiled(_with_array(parts, name, rng.choice(choices)))


def _with_array(parts: Parts, name: str, array: Any) -> Parts:
    return parts._replace(trees=parts.trees._replace(**{name: array}))


def scalar(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """Dialect, classes, names, or how sums become predictions."""
    parts = read_compiled(data)
    kind = rng.randrange(5)
    if kind == 0:
        parts = parts._replace(trees=parts.trees._replace(dialect=rng.randrange(5)))
    elif kind == 1:
        parts = parts._replace(classes=rng.choice((0, 1, 2, 3, 7, parts.classes * 2)))
    elif kind == 2:
        names = parts.feature_names
        choices = (names[:-1], (*names, "x"), (*names[:-1], names[0]), (*names[:-1], ""))
        parts = parts._replace(feature_names=rng.choice(choices))
    else:
        which = rng.choice(("raw", "output"))
        output = getattr(parts, which)
        start = edited_array(rng, output.start)
        changes: list[dict[str, Any]] = [
            {"start": start},
            {"base": start},
            {"divisor": rng.choice((0, 1, 2, 1000, 2**62))},
            {"transform": rng.randrange(13)},
            {"sigmoid": rng.choice((0.0, -1.0, 1e-300, 5e-324, 1e308, 0.5))},
            {"ratio": rng.choice((0.0, -1.0, 1e-300, 5e-324, 1e308, 0.5))},
            {"single": not output.single},
        ]
        parts = parts._replace(**{which: output._replace(**rng.choice(changes))})
    return _compiled(parts)


def _compiled(parts: Parts) -> bytes:
    return make_compiled(parts, **_SOURCE).data


def header(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """A value of the header."""
    content = data[_CONTENT:]
    end = 8 + int.from_bytes(content[:8], "little")
    text = json.dumps(edited_document(rng, json.loads(content[8:end]))).encode()
    return _with_content(data, len(text).to_bytes(8, "little") + text + content[end:])


def _hashed(mutator: Mutator) -> Mutator:
    """The mutator on the content, with a hash that fits."""

    @wraps(mutator)
    def both(rng: random.Random, data: bytes, other: bytes) -> bytes:
        return _with_content(data, mutator(rng, data[_CONTENT:], other[_CONTENT:]))

    return both


COMPILED: tuple[Mutator, ...] = (
    *[number] * 24,
    *[scalar] * 6,
    *[size] * 2,
    *[header] * 4,
    *map(_hashed, BYTES),
    *BYTES[:4],
)

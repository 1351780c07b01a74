"""Mutators that know nothing of a format: bytes flipped, cut, doubled, moved, put together.

A mutator takes a random generator, a file and another file of the same format, and makes a third.
"""

from __future__ import annotations

import random
from collections.abc import Callable

Mutator = Callable[[random.Random, bytes, bytes], bytes]

_FILL = (0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF, ord("-"), ord("9"), ord("\n"), ord(" "))


def _slice(rng: random.Random, data: bytes) -> tuple[int, int]:
    """Mostly short, sometimes anything."""
    first = rng.randrange(len(data) + 1)
    last = first + rng.choice((1, 1, 2, 4, 8, rng.randrange(len(data) + 1)))
    return first, min(last, len(data))


def flipped(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """One bit, or some."""
    found = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 8))):
        found[rng.randrange(len(found))] ^= 1 << rng.randrange(8)
    return bytes(found)


def filled(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """Up to eight bytes become one and the same."""
    first = rng.randrange(len(data))
    count = min(rng.choice((1, 1, 2, 4, 8)), len(data) - first)
    return data[:first] + bytes([rng.choice(_FILL)]) * count + data[first + count :]


def cut(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """The end is missing."""
    return data[: rng.randrange(len(data))]


def removed(rng: random.Random, data: bytes, other: bytes) -> bytes:
    first, last = _slice(rng, data)
    return data[:first] + data[last:]


def doubled(rng: random.Random, data: bytes, other: bytes) -> bytes:
    first, last = _slice(rng, data)
    return data[:last] + data[first:last] + data[last:]


def moved(rng: random.Random, data: bytes, other: bytes) -> bytes:
    first, last = _slice(rng, data)
    rest = data[:first] + data[last:]
    to = rng.randrange(len(rest) + 1)
    return rest[:to] + data[first:last] + rest[to:]


def spliced(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """The beginning of one file, the end of another."""
    return data[: rng.randrange(len(data))] + other[rng.randrange(len(other)) :]


def followed(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """Something comes after the end."""
    return data + rng.choice((b"\x00", b"\n", b"x", b"}", rng.randbytes(9), other))


BYTES: tuple[Mutator, ...] = (flipped, filled, cut, removed, doubled, moved, spliced, followed)

"""Mutators of LightGBM text: numbers, lines and blocks of lines."""

from __future__ import annotations

import random
import re
from functools import wraps

from fuzz_bytes import BYTES, Mutator
from lightgbm_cases import with_sizes

WORDS = (
    *("0", "-0", "00", "+0", "-1", "1", "+1", "01", "2", "3", "7", "31", "99999", "-99999"),
    *("2147483647", "2147483648", "-2147483648", "-2147483649", "4294967295", "4294967296"),
    *("9223372036854775807", "9223372036854775808", "18446744073709551616", "9" * 400),
    *("0.1", ".5", "1.", "1.5", "1e5", "1E5", "1e-5", "1e+5", "1e38", "1e39", "1e308", "1e309"),
    *("-1e309", "1e-35", "1e-300", "1e-310", "5e-324", "1e-400", "0.1" + "0" * 400 + "1"),
    *("nan", "NaN", "-nan", "na", "inf", "-inf", "INF", "infinity", "1inf"),
    *("", " ", "x", "1x", "x1", "1e", "1e+", "e5", "--1", "-+1", "-", "+", ".", "1-2", "1.2.3"),
    *(
        "0x10",
        "0x1p3",
        "1_0",
        "1,0",
        "1;0",
        "1d0",
        "1f",
        "1L",
        "1\t",
        "\t1",
        "1\x0b",
        "1\r",
        "1\x00",
    ),
    *("\u0661", "\u00a01", "\uff11", "1 1", "1  ", "null", "true", "0 0 0 0 0 0 0 0 0 0 0 0"),
)
"""In place of a number: wrong ones, huge ones, and what only some parsers take for one."""

_NUMBER = re.compile(r"(?<=[ =:])-?[\d.][\d.e+-]*(?=[ \n])")
_BLOCKS = re.compile(r"(?m)^(?=Tree=\d+$|end of trees$)")


def _text(data: bytes) -> str:
    return data.decode()


def number(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """One number, now and then a few."""
    text = _text(data)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        found = rng.choice(list(_NUMBER.finditer(text)))
        text = text[: found.start()] + rng.choice(WORDS) + text[found.end() :]
    return text.encode()


def neighbour(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """One whole number becomes the next one, or its negative."""
    text = _text(data)
    whole = [m for m in _NUMBER.finditer(text) if re.fullmatch(r"-?\d{1,9}", m[0])]
    found = rng.choice(whole)
    value = int(found[0])
    changed = rng.choice((value - 1, value + 1, -value, ~value))
    return f"{text[: found.start()]}{changed}{text[found.end() :]}".encode()


def swapped_numbers(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """Two numbers, mostly of one line."""
    text = _text(data)
    numbers = list(_NUMBER.finditer(text))
    k = rng.randrange(len(numbers))
    near = numbers[max(k - 8, 0) : k + 9] if rng.random() < 0.8 else numbers
    a, b = sorted((numbers[k], rng.choice(near)), key=lambda found: found.start())
    if a.start() == b.start():
        return data
    return (text[: a.start()] + b[0] + text[a.end() : b.start()] + a[0] + text[b.end() :]).encode()


def dropped_number(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """A line has a number less, or one more."""
    text = _text(data)
    found = rng.choice(list(_NUMBER.finditer(text)))
    instead = rng.choice(("", f"{found[0]} {found[0]}"))
    return (text[: found.start()] + instead + text[found.end() :]).encode()


def lines(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """A line is removed, doubled, moved, swapped with another or taken from another file."""
    found = _text(data).split("\n")
    a, b = rng.randrange(len(found)), rng.randrange(len(found))
    kind = rng.randrange(6)
    if kind == 0:
        del found[a]
    elif kind == 1:
        found.insert(a, found[a])
    elif kind == 2:
        found.insert(b, found.pop(a))
    elif kind == 3:
        found[a], found[b] = found[b], found[a]
    elif kind == 4:
        key = found[a].partition("=")[0] + "="
        same = [line for line in _text(other).split("\n") + found if line.startswith(key)]
        found[a] = rng.choice(same) if same else rng.choice(found)
    else:
        found[a] = rng.choice(("", found[a] + "=", found[a] + " ", " " + found[a], "x=1", found[b]))
    return "\n".join(found).encode()


def blocks(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """A tree is removed, doubled, swapped with another or taken from another file."""
    found, theirs = _BLOCKS.split(_text(data)), _BLOCKS.split(_text(other))
    a, b = rng.randrange(len(found)), rng.randrange(len(found))
    kind = rng.randrange(5)
    if kind == 0:
        del found[a]
    elif kind == 1:
        found.insert(a, found[a])
    elif kind == 2:
        found[a], found[b] = found[b], found[a]
    elif kind == 3:
        found[a] = rng.choice(theirs)
    else:
        found.insert(a, rng.choice(theirs))
    if rng.random() < 0.7:  # numbered anew, so that only the trees are other ones
        numbers = iter(range(len(found)))
        joined = re.sub(r"(?m)^Tree=\d+$", lambda _: f"Tree={next(numbers)}", "".join(found))
        return joined.encode()
    return "".join(found).encode()


def _refitted(mutator: Mutator) -> Mutator:
    """The same, and ``tree_sizes`` fit again, so that only the edit is wrong."""

    @wraps(mutator)
    def both(rng: random.Random, data: bytes, other: bytes) -> bytes:
        return with_sizes(mutator(rng, data, other).decode()).encode()

    return both


_OWN: tuple[Mutator, ...] = (number, neighbour, swapped_numbers, dropped_number, lines, blocks)

TEXT: tuple[Mutator, ...] = (
    *map(_refitted, (*_OWN, number, neighbour, swapped_numbers) * 3),
    *_OWN,
    *BYTES,
)

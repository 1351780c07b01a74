"""Mutators of JSON: by value, so that the rest still parses, and of its text."""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from fuzz_bytes import BYTES, Mutator
from fuzz_text import WORDS

VALUES: tuple[Any, ...] = (
    *(0, -1, 1, 2, 3, 7, 99999, -99999, 2**31 - 1, 2**31, -(2**31) - 1, 2**63, 2**64, 10**400),
    *(0.5, -0.0, 1.5, 1e-45, 1e-35, 1e38, 1e39, 1e308, 1e-320, math.nan, math.inf, -math.inf),
    *(True, False, None, "", "0", "1", "-1", "2", "7", "0.5", "1e99", "nan", "x", "\x00", "1" * 30),
    *([], [0], [0, 1], [[]], {}, {"a": 1}),
)

NUMBER = re.compile(r"-?\d[\d.eE+-]*")

Place = tuple[Any, Any]
"""A list or dict, and where in it."""
Edit = Callable[[random.Random, Place], None]


def value(rng: random.Random, place: Place) -> None:
    """Anything else."""
    container, key = place
    container[key] = deepcopy(rng.choice(VALUES))


def number(rng: random.Random, place: Place) -> None:
    """A number near it; text of a number stays text."""
    container, key = place
    old = container[key]
    as_text = isinstance(old, str)
    try:
        old = float(old) if as_text else old
        new = rng.choice((old - 1, old + 1, -old, old * 2, old / 2, old * 1e30))
        whole = isinstance(new, float) and new.is_integer() and abs(new) < 1e15
        new = int(new) if whole and (as_text or isinstance(old, int)) else new
        container[key] = str(new) if as_text else new
    except (TypeError, ValueError):
        value(rng, place)


def word(rng: random.Random, place: Place) -> None:
    """A number in a text, such as ``[5E-1]``."""
    container, key = place
    text = container[key]
    numbers = list(NUMBER.finditer(text)) if isinstance(text, str) else []
    if numbers:
        found = rng.choice(numbers)
        container[key] = text[: found.start()] + rng.choice(WORDS) + text[found.end() :]
    else:
        value(rng, place)


def swapped(rng: random.Random, place: Place) -> None:
    """With a neighbour."""
    container, key = place
    keys = list(container) if isinstance(container, dict) else range(len(container))
    other = rng.choice(keys)
    container[key], container[other] = container[other], container[key]


def dropped(rng: random.Random, place: Place) -> None:
    container, key = place
    del container[key]


def doubled(rng: random.Random, place: Place) -> None:
    container, key = place
    if isinstance(container, dict):
        container[f"{key}2"] = deepcopy(container[key])
    else:
        container.insert(key, deepcopy(container[key]))


def renamed(rng: random.Random, place: Place) -> None:
    container, key = place
    if isinstance(container, dict):
        container[rng.choice((f"{key}x", key[:-1], *container))] = container.pop(key)
    else:
        rng.shuffle(container)


_EDITS: tuple[Edit, ...] = (
    value,
    value,
    number,
    number,
    number,
    swapped,
    dropped,
    doubled,
    renamed,
)


def edited_document(rng: random.Random, document: Any) -> Any:
    """One value is edited, now and then a few."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        place = _leaf(rng, document) if rng.random() < 0.5 else _level(rng, document)
        if place is not None:
            rng.choice(_EDITS)(rng, place)
    return document


def _leaf(rng: random.Random, document: Any) -> Place | None:
    """Any number or text: most are in the arrays of the trees."""
    found: list[Place] = []
    stack = [document]
    while stack:
        container = stack.pop()
        items = container.items() if isinstance(container, dict) else enumerate(container)
        for key, item in items:
            if isinstance(item, dict | list):
                stack.append(item)
            else:
                found.append((container, key))
    return rng.choice(found) if found else None


def _level(rng: random.Random, document: Any) -> Place | None:
    """Down by chance: most are in the header."""
    place, item = None, document
    while isinstance(item, dict | list) and item and (place is None or rng.random() < 0.85):
        key = rng.choice(list(item)) if isinstance(item, dict) else rng.randrange(len(item))
        place, item = (item, key), item[key]
    return place


def by_value(rng: random.Random, data: bytes, other: bytes) -> bytes:
    document = edited_document(rng, json.loads(data))
    return json.dumps(document, separators=(",", ":")).encode()


def by_branch(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """A branch of another file in the place of one's own."""
    root, theirs = json.loads(data), json.loads(other)
    mine = root
    while isinstance(mine, dict) and isinstance(theirs, dict):
        key = rng.choice(sorted(mine.keys() & theirs.keys()) or [""])
        if key and (rng.random() < 0.3 or not isinstance(mine[key], dict)):
            mine[key] = theirs[key]
            break
        mine, theirs = mine.get(key), theirs.get(key)
    return json.dumps(root, separators=(",", ":")).encode()


def by_word(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """A number of the text."""
    text = data.decode()
    found = rng.choice(list(NUMBER.finditer(text)))
    return (text[: found.start()] + rng.choice(WORDS) + text[found.end() :]).encode()


JSON: tuple[Mutator, ...] = (*[by_value] * 9, by_branch, by_branch, by_word, by_word, *BYTES)

"""Mutators of UBJSON: lengths and types, and values by way of JSON, which holds the same."""

from __future__ import annotations

import json
import math
import random
import re
import struct
from typing import Any

from fuzz_bytes import BYTES, Mutator
from fuzz_json import by_branch, edited_document

_LENGTHS = (0, 1, 2, 127, 128, 255, 2**15, 2**31 - 1, 2**31, 2**32, 2**48, 2**63 - 1, -1, -(2**63))
_TYPES = b"iUIlLdDSTFZCHN[]{}$#x\x00"


_TYPED = {
    **dict.fromkeys(("base_weights", "loss_changes", "split_conditions", "sum_hessian"), "d"),
    **dict.fromkeys(("left_children", "right_children", "parents", "split_indices"), "l"),
    **dict.fromkeys(("categories", "categories_nodes", "feature_segments", "sorted_idx"), "l"),
    **dict.fromkeys(("categories_segments", "categories_sizes"), "L"),
    **dict.fromkeys(("default_left", "split_type"), "U"),
}
"""Arrays that XGBoost writes with one type for all, as ``struct`` knows it by ``_FORMATS``."""
_FORMATS = {"d": "f", "l": "i", "L": "q", "U": "B"}


def encode(item: Any) -> bytes:
    """As XGBoost writes it, but that whole numbers have 32 bits or 64."""
    if isinstance(item, dict):
        return b"{" + b"".join(_text(key) + _field(key, item[key]) for key in item) + b"}"
    if isinstance(item, list):
        return b"[#" + _length(item) + b"".join(map(encode, item))
    if isinstance(item, str):
        return b"S" + _text(item)
    if item is None or isinstance(item, bool):
        return {None: b"Z", True: b"T", False: b"F"}[item]
    if isinstance(item, int) and -(2**63) <= item < 2**63:
        small = -(2**31) <= item < 2**31
        return struct.pack(">ci" if small else ">cq", b"l" if small else b"L", item)
    return _real(item)


def _field(key: str, item: Any) -> bytes:
    """A typed array, if all of it is of that type."""
    kind = _TYPED.get(key)
    if kind and isinstance(item, list):
        try:
            numbers = struct.pack(f">{len(item)}{_FORMATS[kind]}", *item)
            return b"[$" + kind.encode() + b"#" + _length(item) + numbers
        except (struct.error, OverflowError):
            pass
    return encode(item)


def _text(text: str) -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    return _length(data) + data


def _length(item: Any) -> bytes:
    return struct.pack(">cq", b"L", len(item))


def _real(number: Any) -> bytes:
    """float32 if it can be; what is beyond float64 becomes infinite."""
    number = float(number) if abs(number) < 1e308 or number != number else math.inf
    try:
        return struct.pack(">cf", b"d", number)
    except OverflowError:
        return struct.pack(">cd", b"D", number)


def by_value(rng: random.Random, document: bytes, other: bytes) -> bytes:
    """``document`` is JSON."""
    return encode(edited_document(rng, json.loads(document)))


def by_json_branch(rng: random.Random, document: bytes, other: bytes) -> bytes:
    return encode(json.loads(by_branch(rng, document, other)))


def length(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """A length of a text or of an array."""
    found = rng.choice(list(re.finditer(rb"L\x00\x00(?=\x00{3})", data, re.DOTALL)))
    old = int.from_bytes(data[found.start() + 1 : found.start() + 9], "big")
    new = rng.choice((*_LENGTHS, old - 1, old + 1, old * 2))
    packed = (new % 2**64).to_bytes(8, "big")
    return data[: found.start() + 1] + packed + data[found.start() + 9 :]


def kind(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """A type marker, where most are."""
    found = rng.choice(list(re.finditer(rb"(?<=\[\$)[a-zA-Z]|[SlLdDTFZ\[\]{}]", data)))
    return data[: found.start()] + bytes([rng.choice(_TYPES)]) + data[found.end() :]


UBJSON: tuple[Mutator, ...] = (*[length] * 5, *[kind] * 4, *BYTES)
"""Of UBJSON itself."""
UBJSON_BY_JSON: tuple[Mutator, ...] = (*[by_value] * 8, by_json_branch)
"""Of the same document as JSON."""

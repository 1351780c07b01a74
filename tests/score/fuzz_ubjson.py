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


def encode(item: Any) -> bytes:
    """As XGBoost writes it: 64-bit lengths, arrays of numbers typed, int32 and float32."""
    if isinstance(item, dict):
        return b"{" + b"".join(_text(key) + encode(item[key]) for key in item) + b"}"
    if isinstance(item, list):
        return _list(item)
    if isinstance(item, str):
        return b"S" + _text(item)
    if item is None or isinstance(item, bool):
        return {None: b"Z", True: b"T", False: b"F"}[item]
    if isinstance(item, int) and -(2**63) <= item < 2**63:
        small = -(2**31) <= item < 2**31
        return struct.pack(">ci" if small else ">cq", b"l" if small else b"L", item)
    return struct.pack(">cd", b"D", _double(item))


def _text(text: str) -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    return struct.pack(">cq", b"L", len(data)) + data


def _list(items: list[Any]) -> bytes:
    kinds = {type(item) for item in items}
    length = struct.pack(">cq", b"L", len(items))
    if kinds == {int} and all(-(2**31) <= item < 2**31 for item in items):
        return b"[$l#" + length + struct.pack(f">{len(items)}i", *items)
    if kinds and kinds <= {int, float}:
        return b"[$d#" + length + struct.pack(f">{len(items)}f", *map(_single, items))
    return b"[#" + length + b"".join(map(encode, items))


def _double(number: Any) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf


def _single(number: Any) -> float:
    try:
        return float(struct.unpack("f", struct.pack("f", _double(number)))[0])
    except OverflowError:
        return math.copysign(math.inf, number)


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

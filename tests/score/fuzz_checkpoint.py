"""Mutators of treelite checkpoints: numbers in their arrays, lengths of those, the header."""

from __future__ import annotations

import random
import struct
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import treelite
from fuzz_arrays import edited_array
from fuzz_bytes import BYTES, Mutator, filled, flipped

_FIELDS = (
    *("node_type", "cleft", "cright", "split_index", "default_left", "leaf_value", "threshold"),
    *("cmp", "category_list_right_child", "leaf_vector", "leaf_vector_begin", "leaf_vector_end"),
    *("category_list", "category_list_begin", "category_list_end"),
)
_HEADER = 150
"""Bytes of the header, about: sizes, types, targets, the postprocessor's name."""
_COUNTS = (0, 1, 2, 1000, 2**31, 2**32, 2**62, 2**64 - 1)


class _Span(NamedTuple):
    """Where an array lies: its length as 64 bits at ``start``, then its numbers."""

    start: int
    dtype: Any
    size: int


@cache
def _spans(data: bytes) -> tuple[_Span, ...]:
    """The arrays of a sound checkpoint, found by what treelite says is in them."""
    model = treelite.Model.deserialize_bytes(data)
    found, at = [], 0
    for i in range(model.num_tree):
        tree = model.get_tree_accessor(i)
        for name in _FIELDS:  # in the order in which they are written
            array = np.asarray(tree.get_field(name))
            lies = struct.pack("<Q", array.size) + array.tobytes()
            at = data.index(lies, at)
            if array.size > 1:
                found.append(_Span(at, array.dtype, array.size))
            at += len(lies)
    return tuple(found)


def number(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """One number of an array, now and then a few."""
    for span in rng.choices(_spans(data), k=rng.choice((1, 1, 1, 2, 3))):
        first = span.start + 8
        array = np.frombuffer(data, span.dtype, span.size, first)
        edited = edited_array(rng, array).tobytes()
        data = data[:first] + edited + data[first + len(edited) :]
        if rng.random() < 0.5:
            break
    return data


def count(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """The length of an array; its numbers stay."""
    span = rng.choice(_spans(data))
    new = rng.choice((span.size - 1, span.size + 1, *_COUNTS))
    return data[: span.start] + struct.pack("<Q", new) + data[span.start + 8 :]


def header(rng: random.Random, data: bytes, other: bytes) -> bytes:
    mutator = rng.choice((filled, flipped))
    return mutator(rng, data[:_HEADER], other) + data[_HEADER:]


def _first_of(spans: tuple[_Span, ...]) -> int:
    return spans[0].start


def transplanted(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """The header of one, the trees of another."""
    return data[: _first_of(_spans(data))] + other[_first_of(_spans(other)) :]


CHECKPOINT: tuple[Mutator, ...] = (*[number] * 24, transplanted, header, header, count, *BYTES)
"""Few bytes and lengths: most of these make treelite crash or hang, which costs seconds."""

"""Arguments of a kernel as 64-bit words, so that machine code needs nothing of Python.

An array is its address, then its shape; a number is one word; a ``NamedTuple`` is its fields.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

import numpy as np


class Scalar(Enum):
    """The kinds of numbers."""

    INTEGER = "int"
    FLOAT = "float"
    BOOLEAN = "bool"


class Array(NamedTuple):
    """An array in C order: the name of its dtype, how many dimensions."""

    dtype: str
    dimensions: int


class Fields(NamedTuple):
    """A ``NamedTuple`` class, and the kinds of its fields."""

    type: type
    fields: tuple[Kind, ...]


Kind: TypeAlias = Scalar | Array | Fields
"""What machine code is made for: it is made anew for other kinds of arguments."""


_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Bound(Generic[_Value]):
    """A value that a kernel is given again and again: its words are made once.

    Words hold addresses, so a copy, in this process or another, makes its own.
    """

    value: _Value
    words: list[int] = field(default_factory=list, repr=False)
    kinds: list[Any] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        add_words(self.value, self.words, self.kinds)

    def __reduce__(self) -> tuple[Any, ...]:
        return Bound, (self.value,)


def add_words(value: Any, words: list[int], kinds: list[Any]) -> None:
    """Append the words of ``value``, and what its ``kind_of`` depends on, flat and fast to compare.

    Whoever calls keeps ``value`` alive.

    Raises
    ------
    TypeError
        Not a number, an array, a ``NamedTuple`` or one of these ``Bound``.
    ValueError
        An array that is not in C order.
    """
    if isinstance(value, Bound):
        words += value.words
        kinds += value.kinds
        return
    kinds.append(type(value))
    if isinstance(value, np.ndarray):
        if not value.flags.c_contiguous:
            raise ValueError(f"a kernel needs arrays in C order, not of strides {value.strides}")
        kinds += (value.dtype.char, value.ndim)
        words.append(value.__array_interface__["data"][0])
        words += value.shape
    elif isinstance(value, tuple):
        for field in value:
            add_words(field, words, kinds)
    elif isinstance(value, float):
        words.append(struct.unpack("q", struct.pack("d", value))[0])
    elif isinstance(value, int | np.integer | np.bool_):
        words.append(int(value))
    else:
        raise TypeError(f"a kernel takes arrays, numbers and named tuples, not {type(value)}")


def kind_of(value: Any) -> Kind:
    """The kind of what ``add_words`` takes."""
    if isinstance(value, Bound):
        return kind_of(value.value)
    if isinstance(value, np.ndarray):
        return Array(value.dtype.name, value.ndim)
    if isinstance(value, tuple):
        return Fields(type(value), tuple(map(kind_of, value)))
    if isinstance(value, bool | np.bool_):
        return Scalar.BOOLEAN
    return Scalar.FLOAT if isinstance(value, float) else Scalar.INTEGER


def spelled(kind: Kind) -> str:
    """A kind, spelled out: equal for equal kinds in all processes."""
    if isinstance(kind, Scalar):
        return kind.value
    if isinstance(kind, Array):
        return f"{kind.dtype}[{kind.dimensions}]"
    return f"{kind.type.__name__}({', '.join(map(spelled, kind.fields))})"

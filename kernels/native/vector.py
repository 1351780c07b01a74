"""Vector instructions that numba cannot find by itself, as typed LLVM operations.

64 rows are one vector of bytes, and one bit each of an unsigned 64-bit word. LLVM turns the
operations into what the machine has: with AVX-512 a comparison of 64 bytes is one instruction and
its mask is the word, with AVX2 it is two and a move of the mask each. Loops over bytes that say the
same were vectorised by numba only up to the mask, which is what makes them eight times as long.

All arrays are 1-D and contiguous; an index is unsigned and not checked.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

from llvmlite import ir
from numba import extending, types

from kernels.scratch import ROWS

WORDS = 8
"""Words that are treated at once."""

_as_intrinsic: Any = extending.intrinsic  # its own type asks callers for the first argument too

_BYTES = ir.VectorType(ir.IntType(8), ROWS)
_BITS = ir.VectorType(ir.IntType(1), ROWS)
_LINE = ir.VectorType(ir.IntType(64), WORDS)
_INDEX = ir.IntType(32)


class _Code:
    """LLVM code of one intrinsic: what the functions below are written in."""

    def __init__(self, context: Any, builder: Any, signature: Any, values: Any) -> None:
        self.context, self.builder = context, builder
        self.types, self.values = signature.args, values

    def pointer(self, array: int, index: int, kind: Any, behind: int = 0) -> Any:
        """Where argument ``array`` has the element that argument ``index`` numbers, as a pointer to
        values of type ``kind``; or so many of these behind it."""
        made = self.context.make_array(self.types[array])
        data = made(self.context, self.builder, self.values[array]).data
        at = self.builder.gep(data, [self.values[index]])
        at = self.builder.bitcast(at, kind.as_pointer())
        return self.builder.gep(at, [ir.Constant(_INDEX, behind)]) if behind else at

    def load(self, array: int, index: int, kind: Any, behind: int = 0) -> Any:
        value = self.builder.load(self.pointer(array, index, kind, behind))
        value.align = 1
        return value

    def store(self, value: Any, array: int, index: int, behind: int = 0) -> Any:
        stored = self.builder.store(value, self.pointer(array, index, value.type, behind))
        stored.align = 1
        return self.context.get_dummy_value()

    def all_bytes(self, argument: int) -> Any:
        """A vector of 64 times argument ``argument``, a byte."""
        none = ir.Constant(_BYTES, ir.Undefined)
        first = self.builder.insert_element(none, self.values[argument], ir.Constant(_INDEX, 0))
        zeros = ir.Constant(ir.VectorType(_INDEX, ROWS), [0] * ROWS)
        return self.builder.shuffle_vector(first, none, zeros)


def _intrinsic(generate: Callable[[_Code], Any], arguments: tuple[Any, ...]) -> Any:
    signature = types.void(*arguments)

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return generate(_Code(context, builder, signature, values))

    return signature, code


def _compared(operator: str, arguments: tuple[Any, ...]) -> Any:
    def generate(code: _Code) -> Any:
        most = code.all_bytes(2)
        for word in range(WORDS):
            mask = code.builder.icmp_unsigned(operator, code.load(0, 1, _BYTES, word), most)
            done = code.store(code.builder.bitcast(mask, ir.IntType(ROWS)), 3, 4, word)
        return done

    return _intrinsic(generate, arguments)


@_as_intrinsic
def mark_up_to(_: Any, codes: Any, at: Any, most: Any, words: Any, to: Any) -> Any:
    """Eight words from ``to``: which of the 512 uint8 from ``codes[at]`` are ``<= most``."""
    return _compared("<=", (codes, at, most, words, to))


@_as_intrinsic
def mark_above(_: Any, codes: Any, at: Any, most: Any, words: Any, to: Any) -> Any:
    """Eight words from ``to``: which of the 512 uint8 from ``codes[at]`` are ``> most``."""
    return _compared(">", (codes, at, most, words, to))


def _selected(lines: int, arguments: tuple[Any, ...]) -> Any:
    kind = ir.VectorType(ir.IntType(64), lines * WORDS)

    def generate(code: _Code) -> Any:
        mask, one, other = (code.load(0, k, kind) for k in (2, 3, 4))
        b = code.builder
        return code.store(b.xor(other, b.and_(mask, b.xor(one, other))), 0, 1)

    return _intrinsic(generate, arguments)


@_as_intrinsic
def select_words(_: Any, words: Any, to: Any, where: Any, one: Any, other: Any) -> Any:
    """Eight words from ``to``: bit by bit of ``one`` where ``where`` has a bit, else ``other``."""
    return _selected(1, (words, to, where, one, other))


@_as_intrinsic
def select_twice(_: Any, words: Any, to: Any, where: Any, one: Any, other: Any) -> Any:
    """As ``select_words``, sixteen words: finding where they are takes longer than selecting."""
    return _selected(2, (words, to, where, one, other))


@_as_intrinsic
def join_words(_: Any, words: Any, to: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
    """Add to the eight words from ``to`` the bits of those from ``a``, ``b``, ``c`` and ``d``.

    Four at a time: each step waits until the one before it has stored its result.
    """

    def generate(code: _Code) -> Any:
        found = [code.load(0, k, _LINE) for k in (1, 2, 3, 4, 5)]
        return code.store(reduce(code.builder.or_, found), 0, 1)

    return _intrinsic(generate, (words, to, a, b, c, d))


@_as_intrinsic
def bits_to_bytes(_: Any, words: Any, at: Any, bit: Any, out: Any, to: Any) -> Any:
    """Add ``bit`` to those of the 64 uint8 from ``out[to]`` whose bit ``words[at]`` has."""

    def generate(code: _Code) -> Any:
        mask = code.builder.bitcast(code.load(0, 1, ir.IntType(ROWS)), _BITS)
        none = ir.Constant(_BYTES, [0] * ROWS)
        added = code.builder.select(mask, code.all_bytes(2), none)
        return code.store(code.builder.or_(code.load(3, 4, _BYTES), added), 3, 4)

    return _intrinsic(generate, (words, at, bit, out, to))


@_as_intrinsic
def float_bits(_: Any, x: Any) -> Any:
    """The bits of a float32 or float64 as a signed integer of its size."""
    kind: Any = types.int32 if x is types.float32 else types.int64

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.bitcast(values[0], ir.IntType(kind.bitwidth))

    return kind(x), code


def _read(kind: Any, address: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        pointer = builder.inttoptr(values[0], context.get_value_type(kind).as_pointer())
        value = builder.load(pointer)
        value.align = 1
        return value

    return kind(address), code


@_as_intrinsic
def read_float32(_: Any, address: Any) -> Any:
    """The float32 at an address."""
    return _read(types.float32, address)


@_as_intrinsic
def read_float64(_: Any, address: Any) -> Any:
    """The float64 at an address."""
    return _read(types.float64, address)


@_as_intrinsic
def write_float64(_: Any, address: Any, value: Any) -> Any:
    """Put a float64 at an address."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        kind = context.get_value_type(types.float64)
        builder.store(values[1], builder.inttoptr(values[0], kind.as_pointer())).align = 1
        return context.get_dummy_value()

    return types.void(address, types.float64), code

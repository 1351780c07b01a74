"""Trees as straight programs over bits: no branch, no walk, 64 rows to a word.

A block of rows is held as **lanes**: one bit per row, ``words`` words of 64 rows. For each tree:

1. *Conditions.* One lane per split: which rows go left there. A numerical split compares 64 codes
   at a time; a categorical one joins the lanes of its categories.
2. *Selections.* The leaf a row reaches is a number, and each bit of that number is a lane, made
   from below: at a split, ``left`` child's bit where the condition holds, else ``right`` child's.
   Leaves are numbered from left to right in Gray code, where neighbours differ in one bit, so that
   most selections have nothing to do: both children say the same, or the condition is the bit
   itself. (A split whose bit would be the opposite of its condition has its condition turned.)
3. *Leaves.* The lanes become a byte per row, the leaf's number, and its value is added.

Every split is evaluated for every row, but one instruction does that for 64 rows, and a selection
for 512. Compared with masks of one byte per row that go down from the root (the scheme of
RapidScorer and its kin), a selection is eight times as dense and nothing is done at leaves.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.categories import JOINED_AT_ONCE
from kernels.native import part
from kernels.native.vector import (
    WORDS,
    bits_to_bytes,
    join_words,
    mark_above,
    mark_up_to,
    select_twice,
    select_words,
)
from kernels.programs import BIT, CONDITION, FIRST, JOINED, LEAF, SELECTION, TURNED, Programs
from kernels.scratch import GROUP, ROWS, Scratch

_BYTE, _CODE = np.uint32(8), np.uint32(255)


class Lanes(NamedTuple):
    """The lanes of a block: ``bits`` uint64, ``words`` words a lane (8 or 16), of which the first
    ``used`` have rows. The first lane is zeros, the second ones; those of categories begin at lane
    ``categories``.
    """

    bits: NDArray[np.uint64]
    words: int
    used: int
    categories: int


@part
def _join(programs: Programs, condition: int, lanes: Lanes, to: Any) -> None:
    """Block: a categorical condition, into the words from ``to`` on."""
    bits, lane = lanes.bits, programs.lane
    words, used, first = np.uint64(lanes.words), np.uint64(lanes.used), np.uint64(lanes.categories)
    for word in range(words):
        bits[to + word] = np.uint64(0)
    for k in range(programs.joined[condition], programs.joined[condition + 1], JOINED_AT_ONCE):
        a, b = (first + lane[k]) * words, (first + lane[k + 1]) * words
        c, d = (first + lane[k + 2]) * words, (first + lane[k + 3]) * words
        for word in range(np.uint64(0), used, np.uint64(WORDS)):
            join_words(bits, to + word, a + word, b + word, c + word, d + word)
    if programs.opposite[condition]:
        for word in range(words):
            bits[to + word] = ~bits[to + word]


@part
def _conditions(
    programs: Programs, i: int, codes: NDArray[np.uint8], stride: int, lanes: Lanes
) -> None:
    """Block: the conditions of a tree.

    What does not change in the inner loops is read before them: numba must assume that storing a
    word may change it, and did so at every step (1.4x).
    """
    asked, place, bits = programs.asked, programs.place, lanes.bits
    words, used, rows = np.uint64(lanes.words), np.uint64(lanes.used), np.uint64(ROWS)
    to = np.uint64(FIRST) * words
    for k in range(place[i, CONDITION], place[i, TURNED]):
        at, most = np.uint64(asked[k] >> _BYTE) * np.uint64(stride), np.uint8(asked[k] & _CODE)
        for word in range(np.uint64(0), used, np.uint64(WORDS)):
            mark_up_to(codes, at + rows * word, most, bits, to + word)
        to += words
    for k in range(place[i, TURNED], place[i + 1, CONDITION]):
        at, most = np.uint64(asked[k] >> _BYTE) * np.uint64(stride), np.uint8(asked[k] & _CODE)
        for word in range(np.uint64(0), used, np.uint64(WORDS)):
            mark_above(codes, at + rows * word, most, bits, to + word)
        to += words
    for k in range(place[i, JOINED], place[i + 1, JOINED]):
        _join(programs, k, lanes, to)
        to += words


@part
def _selections(programs: Programs, i: int, lanes: Lanes) -> None:
    """Block: the bits of a tree, from below."""
    select, bits, words = programs.select, lanes.bits, np.uint64(lanes.words)
    more = lanes.used > WORDS
    for k in range(programs.place[i, SELECTION], programs.place[i + 1, SELECTION]):
        asked, one = np.uint64(select[k, 0]) * words, np.uint64(select[k, 1]) * words
        other = np.uint64(select[k, 2]) * words
        to = one if select[k, 1] >= FIRST else other
        if more:
            select_twice(bits, to, asked, one, other)
        else:
            select_words(bits, to, asked, one, other)


@part
def _numbers(programs: Programs, i: int, lanes: Lanes, number: NDArray[np.uint8]) -> None:
    """Block: the leaf each row reaches; upper bytes of ``number`` follow the lower ones."""
    number[:] = 0
    first, end = programs.place[i, BIT], programs.place[i + 1, BIT]
    for bit in range(first, end):
        lane = np.uint64(programs.bit[bit]) * np.uint64(lanes.words)
        value, at = np.uint8(1 << ((bit - first) & 7)), np.uint64(0)
        if bit - first >= 8:
            at = np.uint64(number.size // 2)
        for word in range(np.uint64(lanes.used)):
            bits_to_bytes(lanes.bits, lane + word, value, number, at + np.uint64(ROWS) * word)


@part
def _plus(total: float, leaf: float, single: bool) -> float:
    """Point: a sum, of float64 or of float32 numbers."""
    added = total + leaf
    return np.float64(np.float32(added)) if single else added


@part
def _add_leaves(
    leaf: NDArray[np.float64],
    number: NDArray[np.uint8],
    single: bool,
    total: NDArray[np.float64],
) -> None:
    """Block: the value of each row's leaf, added to ``total``."""
    upper = np.uint64(number.size // 2)
    for row in range(np.uint64(total.size)):
        at = np.uint64(number[row]) | np.uint64(number[upper + row]) << np.uint64(8)
        total[row] = _plus(total[row], leaf[at], single)


@part
def _add_group(
    programs: Programs,
    i: int,
    number: NDArray[np.uint8],
    single: bool,
    total: NDArray[np.float64],
) -> None:
    """Block: ``GROUP`` trees in their order, so that sums are read and written once for all.

    Numbers are of one byte.
    """
    a, b = programs.place[i, LEAF], programs.place[i + 1, LEAF]
    c, d = programs.place[i + 2, LEAF], programs.place[i + 3, LEAF]
    leaf, end = programs.leaf[:, 0], programs.place[i + 4, LEAF]
    la, lb, lc, ld = leaf[a:b], leaf[b:c], leaf[c:d], leaf[d:end]
    na, nb, nc, nd = number[0], number[1], number[2], number[3]
    for row in range(np.uint64(total.size)):
        added = _plus(total[row], la[np.uint64(na[row])], single)
        added = _plus(added, lb[np.uint64(nb[row])], single)
        added = _plus(added, lc[np.uint64(nc[row])], single)
        total[row] = _plus(added, ld[np.uint64(nd[row])], single)


@part
def _alike(programs: Programs, i: int, hi: int, target: NDArray[np.int32]) -> bool:
    """Whether a group begins here: of small trees that are added to the same sum."""
    if i + GROUP > hi or programs.leaf.shape[1] > 1:
        return False
    for k in range(i, i + GROUP):
        small = programs.place[k + 1, BIT] - programs.place[k, BIT] <= 8
        if not small or target[programs.tree[k]] != target[programs.tree[i]]:
            return False
    return True


@part
def add_programs(
    programs: Programs,
    lo: int,
    hi: int,
    target: NDArray[np.int32],
    scratch: Scratch,
    lanes: Lanes,
    single: bool,
    sums: NDArray[np.float64],
) -> None:
    """Block: add the trees of programs ``lo..hi`` to ``sums`` ``(classes, rows)``.

    ``single``: sums are rounded to float32 after each tree.
    """
    i = lo
    while i < hi:
        alike = _alike(programs, i, hi, target)
        size = GROUP if alike else 1
        for k in range(size):
            _conditions(programs, i + k, scratch.codes, scratch.stride, lanes)
            _selections(programs, i + k, lanes)
            _numbers(programs, i + k, lanes, scratch.number[k])
        first = target[programs.tree[i]]
        if alike:
            _add_group(programs, i, scratch.number, single, sums[first])
        else:
            for k in range(programs.leaf.shape[1]):
                leaf = programs.leaf[programs.place[i, LEAF] : programs.place[i + 1, LEAF], k]
                _add_leaves(leaf, scratch.number[0], single, sums[first + k])
        i += size

"""What a kernel can be given, and what is refused before machine code sees it."""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernels.kernel import Kernel
from kernels.native import part
from kernels.words import Bound, add_words, kind_of, spelled


class Pair(NamedTuple):
    """Anything, within anything."""

    one: Any
    other: Any


def words(value: Any) -> list[int]:
    found: list[int] = []
    add_words(value, found, [])
    return found


def kinds(value: Any) -> list[Any]:
    found: list[Any] = []
    add_words(value, [], found)
    return found


def test_words_of_everything() -> None:
    x = np.zeros((3, 2), np.float32)
    address = x.ctypes.data
    value = Pair(x, Pair(np.int32(-7), (True, 1.0, np.float64(-0.0), np.True_)))
    assert words(value) == [address, 3, 2, -7, 1, 0x3FF0000000000000, -(2**63), 1]


def test_kinds_are_spelled_alike_in_all_processes() -> None:
    value = Pair(np.zeros((1, 2), np.uint8), Pair(np.int32(1), 2.0))
    assert spelled(kind_of(value)) == "Pair(uint8[2], Pair(int, float))"
    assert spelled(kind_of(np.True_)) == spelled(kind_of(False)) == "bool"
    assert spelled(kind_of(np.float64(1.0))) == "float"


@given(st.data())
def test_equal_flat_kinds_are_of_equal_kinds(data: st.DataObject) -> None:
    """The flat form decides which machine code is called."""
    leaves = st.sampled_from([1, 2.0, True, *map(np.zeros, [(1,), (1, 1), (2, 2)])])
    values = st.recursive(leaves, lambda inner: st.builds(Pair, inner, inner), max_leaves=6)
    one, other = data.draw(values), data.draw(values)
    assert (kinds(one) == kinds(other)) <= (kind_of(one) == kind_of(other))
    assert kinds(one) == kinds(one)


@pytest.mark.parametrize("value", [None, "1", 1j, [1.0], {"a": 1}, np.float32(1.0)])
def test_other_things_are_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="takes arrays, numbers and named tuples"):
        words(Pair(1, value))


@pytest.mark.parametrize("x", [np.zeros((3, 2), order="F"), np.zeros(6)[::2]])
def test_arrays_in_another_order_are_refused(x: Any) -> None:
    with pytest.raises(ValueError, match="C order"):
        words(x)


def test_a_copy_of_what_is_bound_has_words_of_its_own() -> None:
    bound = Bound(Pair(np.arange(3.0), 1))
    assert words(bound) == words(bound.value)
    other = copy.deepcopy(bound)
    assert words(other) == words(other.value) != words(bound)


def test_threads_may_meet_a_kernel_for_the_first_time() -> None:
    kernel = Kernel("exact_sum", "add_rows")

    def add(_: int) -> int:
        limbs = np.zeros((1, 66), np.int64)
        kernel(np.ones(10).view(np.int64), np.zeros(10, np.int64), limbs)
        return int(limbs.sum())

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(add, range(8)))) == 1
    assert len(kernel._linked) == 1


def test_parts_run_as_python() -> None:
    @part
    def half(x: float) -> float:
        return x / 2.0

    assert half(3.0) == 1.5

"""Numbering of distinct values against its twin."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels import reference_numbering
from kernels.numbering import Numbering, number_words

ALL = np.zeros(0, np.uint8)
edges = st.sampled_from([0, 1, 2**32, 2**63, 2**64 - 1])


def same(found: Numbering, expected: Numbering) -> bool:
    return all(
        one.dtype == other.dtype and one.tolist() == other.tolist()
        for one, other in zip(found, expected, strict=True)
    )


@settings(deadline=None)
@given(st.data())
def test_numbers_equal_the_twin(data: st.DataObject) -> None:
    each, rows = data.draw(st.integers(1, 2)), data.draw(st.integers(0, 70))
    word = edges | st.integers(0, data.draw(st.sampled_from([1, 5, 2**64 - 1])))
    drawn = data.draw(st.lists(word, min_size=rows * each, max_size=rows * each))
    words = np.array(drawn, np.uint64).reshape(rows, each)
    offset = data.draw(st.integers(0, 11))
    size = -(-(offset + rows) // 8)
    valid = np.frombuffer(data.draw(st.binary(min_size=size, max_size=size)), np.uint8)
    for bits in (valid, ALL):
        expected = reference_numbering.number_words(words, bits, offset)
        assert same(number_words(words, bits, offset), expected)


def test_many_values_in_runs() -> None:
    values = np.repeat(np.random.default_rng(0).integers(0, 9_000, 30_000), 3)
    found = number_words(values.astype(np.uint64)[:, None], ALL, 0)
    distinct, first = np.unique(values, return_index=True)
    assert found.first.tolist() == sorted(first)
    assert values[found.first][found.numbers].tolist() == values.tolist()
    assert len(found.first) == len(distinct)


def test_by_hand() -> None:
    words = np.array([[7, 1], [7, 2], [7, 1], [9, 9], [7, 2]], np.uint64)
    found = number_words(words, np.array([0b10111], np.uint8), 0)
    assert found.numbers.tolist() == [0, 1, 0, 0, 1]
    assert found.first.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"words": np.zeros(9, np.uint64)}, r"uint64 \(rows, 1 or 2\), not uint64 \(9,\)"),
        ({"words": np.zeros((3, 3), np.uint64)}, "not uint64 .3, 3."),
        ({"words": np.zeros((3, 1), np.int64)}, "not int64"),
        ({"words": np.zeros((6, 1), np.uint64)[::2]}, "C order"),
        ({"valid": np.zeros(1, np.uint8)}, "9 rows, but valid is uint8 of 8 bits from 0 on"),
        ({"valid": np.zeros(2, np.int8)}, "valid is int8"),
        ({"offset": -1}, "from -1 on"),
    ],
)
def test_what_is_refused(changes: dict[str, Any], match: str) -> None:
    given = {"words": np.zeros((9, 1), np.uint64), "valid": ALL, "offset": 0} | changes
    with pytest.raises(ValueError, match=match):
        number_words(**given)

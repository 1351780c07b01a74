"""The UBJSON decoder: XGBoost's files, and bytes that are none."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import numpy as np
import pytest
from xgboost_cases import train

from engine.errors import ModelError
from engine.score.readers.ubjson import read_ubjson


def plain(value: Any) -> Any:
    """Arrays as lists."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value.tolist() if isinstance(value, np.ndarray) else value


def text(value: str) -> bytes:
    return b"i" + bytes([len(value)]) + value.encode()


@pytest.mark.parametrize("objective", ["binary:logistic", "quantiles"])
def test_it_is_the_document_that_json_holds(objective: str) -> None:
    booster = train(objective, categorical=True)
    found = plain(read_ubjson(bytes(booster.save_raw("ubj"))))
    expected = json.loads(booster.save_raw("json"))
    assert_equal(found, expected)


def assert_equal(found: Any, expected: Any) -> None:
    """Numbers as float32: JSON has fewer digits."""
    assert type(found) is type(expected) or isinstance(expected, int | float)
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for key in expected:
            assert_equal(found[key], expected[key])
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_equal(one, other)
    elif isinstance(expected, str):
        assert found == expected
    else:
        assert np.float32(found) == np.float32(expected)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"{}", {}),
        (b"[]", []),
        (b"[TFZ]", [True, False, None]),
        (b"[i\xffU\xffI\xff\xfel\xff\xff\xff\xfdL\xff\xff\xff\xff\xff\xff\xff\xfc]", None),
        (b"[d\x3f\xc0\x00\x00D\x3f\xf8\x00\x00\x00\x00\x00\x00]", [1.5, 1.5]),
        (b"{" + text("a") + b"S" + text("\u00e9"[:0]) + b"}", {"a": ""}),
        (b"[#U\x02i\x01i\x02", [1, 2]),
        (b"[$I#i\x02\x00\x01\xff\xff", [1, -1]),
    ],
)
def test_values(data: bytes, expected: Any) -> None:
    wanted = [-1, 255, -2, -3, -4] if expected is None else expected
    assert plain(read_ubjson(data)) == wanted


def test_cut_anywhere_it_is_refused() -> None:
    data = bytes(train("reg:squarederror", rounds=1, depth=1).save_raw("ubj"))
    for length in range(len(data)):
        with pytest.raises(ModelError, match="not UBJSON"):
            read_ubjson(data[:length])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{}{", "1 bytes follow the end"),
        (b"N", "is no type"),
        (b"[H", "is no type"),
        (b"[" * 5_000, "nested more than 32 deep"),
        ((b"{" + text("a")) * 5_000, "nested more than 32 deep"),
        (b"{" + text("a") + b"T" + text("a") + b"T}", "'a' is there twice"),
        (b"[$Z#L" + (2**40).to_bytes(8, "big"), "cut, or edited"),
        (b"[$Z#i\x01Z", "an array of type b'Z'"),
        (b"[$[#i\x01[", "an array of type"),
        (b"[$d]", "no length"),
        (b"[#d\x00\x00\x00\x00", "no length"),
        (b"[#i\xff", "cut, or edited"),
        (b"[#L" + (2**62).to_bytes(8, "big") + b"T", "cut, or edited"),
        (b"S" + b"i\x02\xff\xff", "not UTF-8"),
    ],
)
def test_what_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        read_ubjson(data)


def test_a_count_takes_no_memory_before_it_is_checked() -> None:
    tracemalloc.start()
    with pytest.raises(ModelError):
        read_ubjson(b"[$D#l\x00\xff\xff\xff" + bytes(1_000))
    assert tracemalloc.get_traced_memory()[1] < 1e6
    tracemalloc.stop()

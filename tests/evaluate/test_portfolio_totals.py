"""Totals are exact: no chunk, order or way through JSON changes a bit of them."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from evaluate_cases import features, rows
from hypothesis import given
from hypothesis import strategies as st

from engine.evaluate import as_text, exact_totals, from_text, merge, rounded_totals

MONEY = ("expected_profit", "expected_loss", "exposure")
AMOUNTS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False, width=64).map(lambda x: x / 1024),
    st.sampled_from([0.1, -0.1, 1e16, -1e16, 5e-324, -0.0]),
)
PUBLISHED = st.lists(
    st.tuples(st.sampled_from(["a", "é", "(none)"]), st.booleans(), AMOUNTS, AMOUNTS, AMOUNTS),
    max_size=12,
)


def frame(published: list[tuple[Any, ...]]) -> pl.DataFrame:
    schema = {"segment": pl.String, "approve": pl.Boolean} | dict.fromkeys(MONEY, pl.Float64)
    return pl.DataFrame(published, schema=schema, orient="row")


def expected(published: list[tuple[Any, ...]]) -> dict[str, Any]:
    """By fractions: nothing of the code under test."""
    sums = [sum((Fraction(row[2 + i]) for row in published), Fraction()) for i in range(3)]
    counts = {"customers": len(published), "approved": sum(row[1] for row in published)}
    return counts | {name: float(value) for name, value in zip(MONEY, sums, strict=True)}


@given(published=PUBLISHED, seed=st.integers(0, 99), pieces=st.integers(1, 4))
def test_exact_whatever_the_order_and_the_chunks(
    published: list[tuple[Any, ...]], seed: int, pieces: int
) -> None:
    shuffled = random.Random(seed).sample(published, len(published))
    parts = [exact_totals(frame(shuffled[i::pieces])) for i in range(pieces)]
    travelled = [from_text(json.loads(json.dumps(as_text(part)))) for part in parts]
    assert travelled == parts
    found = rounded_totals(merge(travelled))
    assert found["portfolio"] == expected(published)
    segments = {row[0] for row in published}
    assert found["segments"] == {
        name: expected([row for row in published if row[0] == name]) for name in segments
    }
    assert list(found["segments"]) == sorted(segments)


def test_a_float_sum_would_lose_it() -> None:
    published = [("a", True, amount, 0.0, 0.0) for amount in (1e16, 1.0, -1e16, 0.1)]
    assert sum(row[2] for row in published) != 1.1
    assert rounded_totals(exact_totals(frame(published)))["portfolio"]["expected_profit"] == 1.1


def test_nothing() -> None:
    nothing = {"customers": 0, "approved": 0} | dict.fromkeys(MONEY, 0.0)
    for found in (merge([]), exact_totals(frame([])), merge([exact_totals(frame([]))])):
        assert rounded_totals(found) == {"portfolio": nothing, "segments": {}}


def test_of_published_rows() -> None:
    published = rows(
        features(4, segment=["b", "a", "b", None]), [0.01, 0.05, 0.5, None], segment="segment"
    )
    totals = rounded_totals(exact_totals(published))
    assert totals["portfolio"]["customers"] == 4
    assert totals["portfolio"]["approved"] == 2
    assert {name: part["customers"] for name, part in totals["segments"].items()} == {
        "(none)": 1,
        "a": 1,
        "b": 2,
    }
    for name in MONEY:
        assert totals["portfolio"][name] == pytest.approx(published[name].sum(), rel=1e-14)


def test_amount_that_cannot_be_added() -> None:
    with pytest.raises(ValueError, match="cannot be added"):
        exact_totals(frame([("a", True, float("nan"), 0.0, 0.0)]))

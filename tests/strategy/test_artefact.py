"""A strategy that is written reads back equal, whatever its names are like."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from artefact_cases import strategy_files
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BookError, InputMissingError
from engine.evaluate.strategy_file import CellOffer, GradeBound, StrategyFile, read_strategy
from engine.strategy.file.toml import strategy_toml

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    [
        "",
        " ",
        ".",
        "a.b",
        '"',
        "'",
        "\\",
        "\\u0041",
        "\n",
        "\r\n",
        "\t",
        "\0",
        "\x7f",
        "é",
        "#",
        "]",
    ]
)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    TEXT | st.booleans() | st.integers(-(2**63), 2**63 - 1) | FLOATS | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
FREE = st.dictionaries(TEXT, VALUES, max_size=3)
UP = st.floats(min_value=0, allow_infinity=False)


@st.composite
def odd_files(draw: st.DrawFn) -> StrategyFile:
    bound = st.floats(0, 1, exclude_min=True)
    bounds = sorted(draw(st.sets(bound, max_size=3)))
    size = len(bounds) + 1
    grades = draw(st.lists(TEXT, min_size=size, max_size=size, unique=True))
    segments = draw(st.lists(TEXT, min_size=1, max_size=3, unique=True))
    return StrategyFile(
        kind="strategy",
        book=draw(TEXT),
        currency=draw(TEXT),
        effective_from=draw(st.none() | st.dates()),
        effective_until=draw(st.none() | st.dates()),
        grades=tuple(
            GradeBound(grade=grade, max_pd=bound)
            for grade, bound in zip(grades, [*bounds, None], strict=True)
        ),
        offers=tuple(
            CellOffer(segment=s, grade=g, approve=True, rate=draw(UP), limit=draw(UP))
            for s in segments
            for g in grades
        ),
        **{name: draw(FREE) for name in ("made_from", "menu", "certificate", "models")},
    )


def as_text(strategy: StrategyFile) -> str:
    """Equal as text: 1 is not 1.0, nor is 0.0 the same as -0.0."""
    return json.dumps(strategy.model_dump(), sort_keys=True, default=str)


def read_back(strategy: StrategyFile, folder: Path) -> StrategyFile:
    path = folder / "s.toml"
    path.write_bytes(strategy_toml(strategy).encode())
    return read_strategy(path, "s.toml")[0]


@settings(max_examples=100)
@given(strategy=odd_files() | strategy_files())
def test_round_trip(strategy: StrategyFile, tmp_path_factory: pytest.TempPathFactory) -> None:
    found = read_back(strategy, tmp_path_factory.getbasetemp())
    assert found == strategy
    assert as_text(found) == as_text(strategy)


def one(**changes: Any) -> StrategyFile:
    offer = CellOffer(segment="all", grade="A", approve=True, rate=0.1, limit=900)
    return StrategyFile(
        kind="strategy",
        book="small",
        currency="EUR",
        grades=(GradeBound(grade="A"),),
        offers=(offer,),
        **changes,
    )


def test_what_is_none_is_left_out(tmp_path: Path) -> None:
    found = read_back(one(ordering={"step": None, "deep": [{"x": None, "y": 1}]}), tmp_path)
    assert found.ordering == {"deep": [{"y": 1}]}


@pytest.mark.parametrize("value", [np.float64(0.1), np.int64(1), np.bool_(True), b"x", [None]])
def test_no_word_for_it(value: object) -> None:
    with pytest.raises(TypeError, match="cannot be written in TOML"):
        strategy_toml(one(made_from={"x": value}))


def test_an_offer_is_a_line() -> None:
    lines = strategy_toml(one(effective_from=date(2026, 1, 2))).splitlines()
    assert lines[0].startswith("# ")
    assert "effective_from = 2026-01-02" in lines
    assert '  { segment = "all", grade = "A", approve = true, rate = 0.1, limit = 900.0 },' in lines


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("rate = 0.1", "rate = -0.1", "s.toml: offers.0.rate"),
        ("rate = 0.1, ", "", "approved without a rate and a limit"),
        ('kind = "strategy"', 'kind = "market"', "s.toml: kind"),
        ('kind = "strategy"', "", "s.toml: kind"),
        ('currency = "EUR"', 'currency = "EUR"\nfrobnicate = 1', "s.toml: frobnicate"),
        ('currency = "EUR"', "currency = EUR", "s.toml: not TOML"),
        ('{ grade = "A" }', '{ grade = "B" }', "no grade 'A'"),
        ('{ grade = "A" }', '{ grade = "A", max_pd = 0.5 }', "the last has none"),
        ('{ grade = "A" }', '{ grade = "A", max_pd = 0.5 }, { grade = "B" }', "lacks a grade"),
        ('{ grade = "A" }', '{ grade = "A", max_pd = 0.5 }, { grade = "A" }', "occurs twice"),
    ],
)
def test_files_that_are_wrong(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = strategy_toml(one())
    assert old in text
    (tmp_path / "s.toml").write_text(text.replace(old, new))
    with pytest.raises(BookError, match=message):
        read_strategy(tmp_path / "s.toml", "s.toml")


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputMissingError, match="cannot read the strategy s.toml"):
        read_strategy(tmp_path / "s.toml", "s.toml")

"""The user's keys over the preset's: which counts, and which keys stand in place of others."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.presets.merge import merge

VALUES = st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=2)
SECTIONS = st.recursive(
    st.dictionaries(st.sampled_from("abc"), VALUES, min_size=1, max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), VALUES | inner, min_size=1, max_size=3),
    max_leaves=12,
)
PRESET = {
    "book": {"key": "k", "as_of_column": "d"},
    "tables": {"t": {"files": ["t.csv"], "columns": {"k": {"type": "int64"}}}},
    "target": {"column": "bad"},
}


def paths(section: Any, at: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """Each value that is no section, by its keys from the top."""
    if not isinstance(section, dict):
        return {at: section}
    return {p: v for key, value in section.items() for p, v in paths(value, (*at, key)).items()}


@given(SECTIONS, SECTIONS)
def test_every_value_of_the_book_counts_and_what_it_leaves_open_is_the_presets(
    preset: dict[str, Any], book: dict[str, Any]
) -> None:
    before = deepcopy((preset, book))
    ours, theirs = paths(preset), paths(book)
    open_to_us = {path for path in ours if not any(on_one_way(path, other) for other in theirs)}
    assert paths(merge(preset, book)) == {path: ours[path] for path in open_to_us} | theirs
    assert (preset, book) == before


def on_one_way(path: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return path == other[: len(path)] or other == path[: len(other)]


def test_recipe_of_the_book_comes_last() -> None:
    assert merge({"recipe": [{"a": 1}]}, {"recipe": [{"b": 2}]}) == {"recipe": [{"a": 1}, {"b": 2}]}
    assert merge({"recipe": [{"a": 1}]}, {}) == {"recipe": [{"a": 1}]}


def test_one_as_of_one_source_one_form_of_target() -> None:
    book = {
        "book": {"as_of": "2026-01-01"},
        "tables": {"t": {"duckdb": "w.duckdb", "table": "t"}, "u": {"files": "u.csv"}},
        "target": {"table": "u", "date": "day"},
    }
    merged = merge(PRESET, book)
    assert merged["book"] == {"key": "k", "as_of": "2026-01-01"}
    columns = PRESET["tables"]["t"]["columns"]
    assert merged["tables"]["t"] == {"columns": columns, "duckdb": "w.duckdb", "table": "t"}
    assert merged["target"] == {"table": "u", "date": "day"}


def test_an_exclusion_alone_keeps_the_target() -> None:
    merged = merge(PRESET, {"target": {"exclude": [{"reason": "staff", "when": "staff = 1"}]}})
    assert merged["target"]["column"] == "bad"

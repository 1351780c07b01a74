"""What the user's book says goes over what the preset says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_IN_PLACE_OF = {
    "as_of": ("as_of_column",),
    "as_of_column": ("as_of",),
    "duckdb": ("files",),
    "table": ("column",),
}
"""Keys of which a section has one: who gives the first does without the preset's others."""


def merge(preset: Mapping[str, Any], book: Mapping[str, Any]) -> dict[str, Any]:
    """The sections of both, key by key; where both have a value, the book's counts.

    The book's recipe comes after the preset's. A value that is no section where the preset has one
    is kept as the book has it, for the check of the whole to find.
    """
    merged = _over(preset, book)
    ours, theirs = preset.get("recipe"), book.get("recipe")
    if isinstance(ours, list) and isinstance(theirs, list):
        merged["recipe"] = [*ours, *theirs]
    return merged


def _over(preset: Mapping[str, Any], book: Mapping[str, Any]) -> dict[str, Any]:
    dropped = {other for key in book for other in _IN_PLACE_OF.get(key, ()) if other not in book}
    merged = {key: value for key, value in preset.items() if key not in dropped}
    for key, value in book.items():
        ours = merged.get(key)
        both = isinstance(ours, Mapping) and isinstance(value, Mapping)
        merged[key] = _over(ours, value) if both else value  # type: ignore[arg-type]  # both are
    return merged

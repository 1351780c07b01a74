"""A book with a table of every kind, and ways to spoil it."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from builders import KEY, columns, load, minimal_book

from engine.errors import BookError

Change = Callable[[dict[str, Any]], object]

TARIFFS = {
    "files": "tariffs.csv",
    "lookup": True,
    "columns": columns({"code": "string", "tariff": "float64", "label": "string"}),
}
JOIN = {"table": "tariffs", "on": "code", "columns": ["tariff"]}
PERFORMANCE = {
    "files": "performance.parquet",
    "order": "month",
    "columns": columns({KEY: "int64", "month": "date", "dpd": "int64"}),
}
TARGET = {
    "table": "performance",
    "date": "month",
    "days_past_due": "dpd",
    "bad_over": 90,
    "indeterminate_over": 30,
    "window_days": 365,
    "observed_until": date(2027, 6, 30),
}
SIDE = {"files": "side.parquet", "columns": columns({KEY: "int64", "score": "float64"})}


def book() -> dict[str, Any]:
    """The minimal book with a lookup, a side table and a target's table."""
    made = minimal_book()
    others = {"tariffs": TARIFFS, "side": SIDE, "performance": PERFORMANCE}
    made["tables"] |= deepcopy(others)
    made["tables"]["statements"]["columns"] |= columns({"code": "string"})
    made["tables"]["statements"]["join"] = [dict(JOIN)]
    return made


def refused(folder: Path, change: Change) -> str:
    changed = book()
    change(changed)
    with pytest.raises(BookError) as error:
        load(folder, changed)
    assert str(error.value).startswith(f"{folder / 'book.toml'}:")
    return str(error.value)


def customers(changed: dict[str, Any]) -> dict[str, Any]:
    table: dict[str, Any] = changed["tables"]["customers"]
    return table


def statements(changed: dict[str, Any]) -> dict[str, Any]:
    table: dict[str, Any] = changed["tables"]["statements"]
    return table


def recipe(changed: dict[str, Any], **entry: Any) -> None:
    """Adds an entry to the recipe."""
    usual = {"table": "statements", "columns": ["balance"], "statistics": ["sum"]}
    changed["recipe"].append(usual | entry)


def events_only(changed: dict[str, Any]) -> None:
    changed["tables"] = {"statements": changed["tables"]["statements"] | {"join": []}}
    changed["book"]["customers"] = "statements"


def with_sections(**sections: Any) -> dict[str, Any]:
    """The minimal book with keys added to its sections, or with whole sections in their place."""
    book = minimal_book()
    for name, value in sections.items():
        old = book.get(name)
        book[name] = old | value if isinstance(old, dict) and isinstance(value, dict) else value
    return book


def with_table(name: str, **changes: Any) -> dict[str, Any]:
    book = minimal_book()
    book["tables"][name] |= changes
    return book


def with_column(name: str, **changes: Any) -> dict[str, Any]:
    """With changes to a column of the customers table."""
    book = minimal_book()
    old = book["tables"]["customers"]["columns"].get(name, {})
    book["tables"]["customers"]["columns"][name] = old | changes
    return book

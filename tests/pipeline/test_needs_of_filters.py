"""Columns that a run needs for row filters, for columns made anew and for what was known when."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from builders import KEY, columns, load
from needs_cases import rich_book

from engine.needs import needs_of


def book_with(**statements: Any) -> dict[str, Any]:
    book = rich_book()
    book["tables"]["statements"] |= statements
    book["recipe"].append(
        {
            "table": "statements",
            "columns": ["a"],
            "statistics": ["mean"],
            "windows": list(statements.get("windows", ["all"])),
        }
    )
    return book


def test_a_row_filter_reads_columns_too(tmp_path: Path) -> None:
    windows = {"dear": "fee > 2 AND ab > 0", "cheap": "c < 9"}
    needs = needs_of(load(tmp_path, book_with(windows=windows)), {"pd": ["s_a__dear__mean"]})
    statements = needs.tables["statements"]
    assert set(statements.columns) == {KEY, "day", "number", "a", "b", "tariff"}
    assert statements.windows == {"dear": windows["dear"]}
    assert list(statements.derive) == ["ab"]
    assert set(needs.lookups["tariffs"].columns) == {"tariff", "fee"}


def test_a_column_made_anew(tmp_path: Path) -> None:
    """What is derived before sees the column as it was, what comes after as it is made."""
    derive = {"ab": "a + b", "b": "floor(b)", "paid": "ab - fee", "cc": "b * 2"}
    book = load(tmp_path, book_with(derive=derive))
    found = {
        name: list(needs_of(book, {"pd": [f"s_{name}__max"]}).tables["statements"].derive)
        for name in ("ab", "b", "cc")
    }
    assert found == {"ab": ["ab"], "b": ["b"], "cc": ["b", "cc"]}
    assert "b" in needs_of(book, {"pd": ["s_cc__max"]}).tables["statements"].columns


def test_when_a_row_was_known_is_always_read(tmp_path: Path) -> None:
    book = rich_book()
    book["tables"]["visits"] |= {"known_at": "booked"}
    book["tables"]["visits"]["columns"] |= columns({"booked": "date?"})
    needs = needs_of(load(tmp_path, book), {"pd": ["v_minutes__max"]})
    assert set(needs.tables["visits"].columns) == {KEY, "day", "booked", "minutes"}

"""The strategy as a file to read, to keep and to apply: TOML of a ``StrategyFile``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from engine.evaluate.strategy_file import StrategyFile


def strategy_toml(strategy: StrategyFile) -> str:
    """What ``read_strategy`` reads back equal; two lines of comment say what it is.

    TOML has no null: a key whose value is None is left out, at any depth.

    Raises
    ------
    TypeError
        A value that TOML has no word for, such as a number of NumPy's.
    """
    document = strategy.model_dump(exclude_none=True)
    lines = [
        "# Made by `nightbook optimise`. The certificate speaks of this menu and these models,",
        '# nothing more. To apply it: [strategy] file = "..." in the book.',
        "",
        *_table(document, ()),
    ]
    return "\n".join(lines) + "\n"


def _table(values: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    """A table's own values, among them lists with a row a line, then the tables in it."""
    for name, value in values.items():
        if _is_rows(value):
            yield f"{_key(name)} = ["
            yield from (f"  {_inline(row)}," for row in value)
            yield "]"
        elif value is not None and not isinstance(value, Mapping):
            yield f"{_key(name)} = {_value(value)}"
    for name, value in values.items():
        if isinstance(value, Mapping):
            here = (*path, name)
            yield ""
            if not value or not all(isinstance(inner, Mapping) for inner in value.values()):
                yield f"[{'.'.join(map(_key, here))}]"  # else the tables in it say its name
            yield from _table(value, here)


def _is_rows(value: Any) -> bool:
    return (
        isinstance(value, list | tuple)
        and bool(value)
        and all(isinstance(row, Mapping) for row in value)
    )


def _inline(row: Mapping[str, Any]) -> str:
    known = [f"{_key(name)} = {_value(value)}" for name, value in row.items() if value is not None]
    return "{ " + ", ".join(known) + " }"


def _key(name: str) -> str:
    plain = name.replace("_", "a").replace("-", "a")
    return name if plain.isalnum() and plain.isascii() else _text(name)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if type(value) in (int, float):  # a float64 of NumPy is a float with another repr
        return repr(value)
    if isinstance(value, Mapping):
        return _inline(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    raise TypeError(f"{value!r} ({type(value).__name__}) cannot be written in TOML")


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return (
        '"' + "".join(c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}" for c in escaped) + '"'
    )

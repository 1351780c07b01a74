"""The strategy as a file to read, to keep and to apply: TOML of a ``StrategyFile``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from engine.evaluate.strategy_file import StrategyFile


def strategy_toml(strategy: StrategyFile) -> str:
    """What ``read_strategy`` reads back equal; a line of comment says what it is."""
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
        elif not isinstance(value, Mapping):
            yield f"{_key(name)} = {_value(value)}"
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            here = (*path, name)
            yield ""
            yield f"[{'.'.join(map(_key, here))}]"
            yield from _table(value, here)


def _is_rows(value: Any) -> bool:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and bool(value)
        and all(isinstance(row, Mapping) for row in value)
    )


def _inline(row: Mapping[str, Any]) -> str:
    return "{ " + ", ".join(f"{_key(name)} = {_value(value)}" for name, value in row.items()) + " }"


def _key(name: str) -> str:
    plain = name.replace("_", "a").replace("-", "a")
    return name if plain.isalnum() and plain.isascii() else _text(name)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        return _inline(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(_value, value)) + "]"
    return _text(str(value))


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return (
        '"' + "".join(c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}" for c in escaped) + '"'
    )

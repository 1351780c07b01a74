"""Turns what pydantic says of a TOML file into one BookError a person can act on."""

from __future__ import annotations

import typing
from collections.abc import Sequence
from types import UnionType
from typing import Any

from pydantic import BaseModel, ValidationError

from engine.errors import BookError, did_you_mean

_BRANCHES = frozenset(("int", "float", "date", "str", "bool"))
"""What pydantic adds to the place of a value that may be of several types, each in turn."""
_OF_KEYS = frozenset(("extra_forbidden", "missing", "model_type"))


def book_error(error: ValidationError, root: type[BaseModel], file: str) -> BookError:
    """All problems of one validation, a line each, with the dotted place in the file."""
    problems: dict[tuple[str | int, ...], list[str]] = {}
    found = error.errors()
    with_bad_items = {item["loc"][:-1] for item in found}
    for item in found:
        loc = item["loc"]
        if item["type"] == "too_short" and loc in with_bad_items:
            continue  # pydantic counts the good items only
        is_branch = loc and loc[-1] in _BRANCHES and item["type"] not in _OF_KEYS
        place = loc[:-1] if is_branch else loc
        problems.setdefault(place, []).append(_problem(loc, item["type"], item["msg"], root))
    head = f"{file}: {len(problems)} problem{'s' if len(problems) > 1 else ''}"
    lines = [
        f"{'.'.join(str(part) for part in place) or 'the book'}: {' or '.join(said)}"
        for place, said in problems.items()
    ]
    return BookError("\n  ".join([head, *lines]))


def _problem(loc: Sequence[str | int], kind: str, message: str, root: type[BaseModel]) -> str:
    if kind == "extra_forbidden":
        return f"unknown key{did_you_mean(str(loc[-1]), _known_keys(root, loc[:-1]))}"
    if kind == "missing":
        return "is required"
    return message.removeprefix("Value error, ")


def _known_keys(root: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """The keys that the section at ``loc`` may hold."""
    annotation: Any = root
    for part in loc:
        if typing.get_origin(annotation) in (dict, tuple):
            annotation = typing.get_args(annotation)[1 if isinstance(part, str) else 0]
            continue
        models = [model for model in _models_in(annotation) if part in model.model_fields]
        if models:
            annotation = models[0].model_fields[str(part)].annotation
    return [name for model in _models_in(annotation) for name in model.model_fields]


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    """The pydantic models inside an annotation such as ``dict[str, Table] | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if typing.get_origin(annotation) in (UnionType, typing.Union, dict, tuple, list):
        return [model for part in typing.get_args(annotation) for model in _models_in(part)]
    return []

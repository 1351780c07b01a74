"""Turns what pydantic says of a TOML file into one BookError a person can act on."""

from __future__ import annotations

import typing
from collections.abc import Sequence
from types import UnionType
from typing import Any

from pydantic import BaseModel, ValidationError

from engine.errors import BookError, did_you_mean


def book_error(error: ValidationError, root: type[BaseModel], file: str) -> BookError:
    """All problems of one validation, a line each, with the dotted place in the file."""
    problems = [_problem(item["loc"], item["type"], item["msg"], root) for item in error.errors()]
    head = f"{file}: {len(problems)} problem{'s' if len(problems) > 1 else ''}"
    return BookError("\n  ".join([head, *problems]))


def _problem(loc: Sequence[str | int], kind: str, message: str, root: type[BaseModel]) -> str:
    place = ".".join(str(part) for part in loc) or "the book"
    if kind == "extra_forbidden":
        hint = did_you_mean(str(loc[-1]), _known_keys(root, loc[:-1]))
        return f"{place}: unknown key{hint}"
    if kind == "missing":
        return f"{place}: is required"
    return f"{place}: {message.removeprefix('Value error, ')}"


def _known_keys(root: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """The keys that the section at ``loc`` may hold."""
    annotation: Any = root
    for part in loc:
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

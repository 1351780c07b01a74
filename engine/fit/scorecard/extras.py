"""Libraries that only some fits need: imported where used, missed with one clear error."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from engine.errors import BookError


def optional(module: str, *, extra: str, key: str) -> ModuleType:
    """The imported ``module``, which ``pip install nightbook[extra]`` brings.

    ``key``: what in the book asks for it.

    Raises
    ------
    BookError
        It is not installed.
    """
    try:
        return import_module(module)
    except ImportError as exc:
        library = module.partition(".")[0]
        raise BookError(
            f"fit.scorecard.{key} needs {library}, which is not installed: "
            f"pip install nightbook[{extra}], or leave it out of the book"
        ) from exc

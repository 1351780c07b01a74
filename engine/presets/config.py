"""What a book says of a preset, and what a preset is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from engine.presets.folder import Folder

Sections = dict[str, Any]
"""Sections of a book as TOML gives them: tables as dicts, arrays as lists."""


class PresetConfig(BaseModel):
    """``[preset]``: the book's tables are the files of a known layout, in ``folder``.

    ``recipe`` names one of the preset's recipes, ``none`` makes no aggregates; without it the
    preset's first is taken. ``window_days`` is for presets that aggregate over days.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    folder: str = Field(default=".", min_length=1)
    split: Literal["train", "test"] = "train"
    recipe: str | None = None
    window_days: int | None = Field(default=None, gt=0)


class Preset(NamedTuple):
    """A file layout: ``sections`` makes the sections of a book of the files in a folder.

    ``recipes`` has the default first. ``window_days`` is the default of a preset that aggregates
    over days, None for others.
    """

    sections: Callable[[PresetConfig, Folder], Sections]
    recipes: tuple[str, ...]
    splits: tuple[str, ...] = ("train", "test")
    window_days: int | None = None

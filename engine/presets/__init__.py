"""Presets: ``[preset]`` of a book stands for the tables, recipe and features of a known layout.

A preset is a file here that makes ordinary sections of a book, and a line in ``PRESETS``. Nothing
later knows that a section came from one.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from engine.errors import BookError, did_you_mean
from engine.presets import amex, card_fees, home_credit
from engine.presets.config import Preset, PresetConfig
from engine.presets.folder import Folder
from engine.presets.merge import merge
from engine.toml_errors import book_error

__all__ = ["NO_RECIPE", "PRESETS", "PresetConfig", "expand"]

PRESETS: Mapping[str, Preset] = {
    "amex": amex.PRESET,
    "home_credit": home_credit.PRESET,
    "card_fees": card_fees.PRESET,
}
NO_RECIPE = "none"


class _Book(BaseModel):
    preset: PresetConfig


def expand(raw: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The book ``raw`` (as TOML gives it) with its preset spelled out under the user's own keys.

    ``folder`` is the book's; the preset's is relative to it. A book without ``[preset]`` stays as
    it is. The result still holds ``[preset]``, with its defaults filled in.

    Raises
    ------
    BookError
        There is no such preset, split or recipe, or a key of ``[preset]`` is wrong.
    InputMissingError
        The preset's folder, or an expected file of it, is not there.
    """
    if "preset" not in raw:
        return dict(raw)
    try:
        config = _Book.model_validate(dict(raw)).preset
    except ValidationError as exc:
        raise book_error(exc, _Book, "[preset]") from exc
    preset = _find(config.name)
    config = _with_defaults(config, preset)
    sections = preset.sections(config, Folder.open(folder, config.folder))
    if config.recipe == NO_RECIPE:
        sections |= {"recipe": [], "features": {}}
    return merge(sections, raw) | {"preset": config.model_dump()}


def _find(name: str) -> Preset:
    try:
        return PRESETS[name]
    except KeyError:
        hint = did_you_mean(name, PRESETS) or f"; there are {', '.join(PRESETS)}"
        raise BookError(f"preset.name: no preset '{name}'{hint}") from None


def _with_defaults(config: PresetConfig, preset: Preset) -> PresetConfig:
    recipes = (*preset.recipes, NO_RECIPE)
    recipe = config.recipe or preset.recipes[0]
    if recipe not in recipes:
        hint = did_you_mean(recipe, recipes) or f"; there are {', '.join(recipes)}"
        raise BookError(f"preset.recipe: {config.name} has no recipe '{recipe}'{hint}")
    if config.split not in preset.splits:
        raise BookError(f"preset.split: {config.name} has no split '{config.split}'")
    if config.window_days is not None and preset.window_days is None:
        raise BookError(f"preset.window_days: {config.name} has no window in days")
    days = config.window_days or preset.window_days
    return config.model_copy(update={"recipe": recipe, "window_days": days})

"""A recipe spelled out: one ``Feature`` per column, statistic, window and kind."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import product
from typing import Literal, NamedTuple

from engine.aggregate.config import RecipeConfig, Window
from engine.aggregate.statistics import CROSS_SECTIONAL
from engine.errors import BookError, did_you_mean


class Feature(NamedTuple):
    """One aggregate: ``<prefix><column>[__diff][__<window>]__<statistic>``."""

    name: str
    table: str
    column: str
    of: Literal["value", "diff"]
    window: Window
    statistic: str


def cross_sectional(feature: Feature) -> bool:
    """Whether it needs the rows of all customers, not only of its own."""
    return feature.statistic in CROSS_SECTIONAL


def expand(recipes: Sequence[RecipeConfig], prefixes: Mapping[str, str]) -> tuple[Feature, ...]:
    """All features of ``recipes`` in order; ``prefixes`` maps a table to its name prefix.

    Raises
    ------
    BookError
        Two columns make a feature of the same name.
    """
    features: dict[str, Feature] = {}
    for recipe in recipes:
        for feature in _expand_one(recipe, prefixes.get(recipe.table, "")):
            known = features.setdefault(feature.name, feature)
            if known.table != feature.table:
                raise BookError(
                    f"recipe: tables '{known.table}' and '{feature.table}' both make the feature "
                    f"'{feature.name}'; give one of the tables a prefix"
                )
            if known != feature:
                raise BookError(
                    f"recipe: columns '{known.column}' and '{feature.column}' of table "
                    f"'{feature.table}' both make the feature '{feature.name}'; rename one"
                )
    return tuple(features.values())


def _expand_one(recipe: RecipeConfig, prefix: str) -> Iterator[Feature]:
    windows = [Window.parse(text) for text in recipe.windows]
    for column, of, window, statistic in product(
        recipe.columns, recipe.of, windows, recipe.statistics
    ):
        parts = [prefix + column]
        parts += ["diff"] if of == "diff" else []
        parts += [window.name] if window.name != "all" else []
        name = "__".join([*parts, statistic])
        yield Feature(name, recipe.table, column, of, window, statistic)


def check_columns(features: Sequence[Feature], columns: Mapping[str, Collection[str]]) -> None:
    """Raises BookError where a recipe names a table or column that is not there.

    ``columns`` maps each event table to its columns, derived and joined ones included.
    """
    for feature in features:
        if feature.table not in columns:
            hint = did_you_mean(feature.table, columns)
            raise BookError(f"recipe: no table '{feature.table}' with an order{hint}")
        if feature.column not in columns[feature.table]:
            hint = did_you_mean(feature.column, columns[feature.table])
            raise BookError(
                f"recipe: table '{feature.table}' has no column '{feature.column}'{hint}"
            )

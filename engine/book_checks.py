"""Contradictions between the sections of a book, found before anything is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from engine.aggregate.recipe import check_columns
from engine.errors import BookError, did_you_mean
from engine.expressions import AS_OF, columns_of

if TYPE_CHECKING:
    from engine.book import Book, Table

_PUBLISHED = (
    "segment",
    "grade",
    "take_up",
    "rate",
    "limit",
    "approve",
    "margin",
    "exposure",
    "expected_loss",
    "expected_profit",
    "knock_out",
    "economic_profit",
)
_NUMERIC_ONLY = ("sum", "mean", "std", "last_minus_mean")


def check_book(book: Book, path: Path) -> None:
    """Raises BookError, with ``path`` and a line for every problem."""
    problems = list(_contradictions(book))
    if problems:
        raise BookError("\n  ".join([f"{path}:", *problems]))
    try:
        events = {name: table.shaped_columns for name, table in book.tables.items() if table.order}
        check_columns(book.aggregates, events)
        _check_windows(book)
        _check_references(book)
    except BookError as exc:
        raise BookError(f"{path}: {exc}") from exc


def _contradictions(book: Book) -> Iterator[str]:
    base = book.tables.get(book.book.customers)
    if base is None or base.lookup:
        hint = did_you_mean(book.book.customers, book.tables)
        yield f"book.customers: '{book.book.customers}' is not a table with customers{hint}"
        return
    yield from _key_problems(book)
    yield from _as_of_problems(book, base)
    yield from _join_problems(book)
    yield from _model_problems(book)
    yield from _target_problems(book, base)


def _key_problems(book: Book) -> Iterator[str]:
    key = book.book.key
    types = {}
    for name, table in book.tables.items():
        if table.lookup:
            continue
        if key not in table.columns:
            hint = did_you_mean(key, table.columns)
            yield f"tables.{name}.columns: the key '{key}' is missing{hint}"
            continue
        types[name] = table.columns[key].type
        if table.columns[key].nullable:
            yield f"tables.{name}.columns.{key}: a key cannot be nullable"
        if types[name] not in ("int64", "string"):
            yield f"tables.{name}.columns.{key}: a key is int64 or string, not {types[name]}"
    if len(set(types.values())) > 1:
        listed = ", ".join(f"{name}: {kind}" for name, kind in types.items())
        yield f"book.key: '{key}' has different types ({listed})"


def _as_of_problems(book: Book, base: Table) -> Iterator[str]:
    column = book.book.as_of_column
    if column is not None:
        config = base.columns.get(column)
        if config is None or config.type not in ("date", "datetime") or config.nullable:
            hint = did_you_mean(column, base.columns)
            yield (
                f"book.as_of_column: '{column}' is not a date column of the customers table that "
                f"is never null{hint}"
            )
    for name, table in book.tables.items():
        reserved = [c for c in table.shaped_columns if c == AS_OF or c.startswith("__")]
        if reserved:
            yield f"tables.{name}: the column name '{reserved[0]}' is reserved"


def _join_problems(book: Book) -> Iterator[str]:
    for name, table in book.tables.items():
        for join in table.join:
            place = f"tables.{name}.join"
            lookup = book.tables.get(join.table)
            if lookup is None or not lookup.lookup:
                yield f"{place}: '{join.table}' is not a table with lookup = true"
                continue
            unknown = [c for c in (join.on, *join.columns) if c not in lookup.columns]
            if unknown:
                hint = did_you_mean(unknown[0], lookup.columns)
                yield f"{place}: table '{join.table}' has no column '{unknown[0]}'{hint}"
            if join.on not in table.columns:
                yield f"{place}: '{join.on}' is not a column{did_you_mean(join.on, table.columns)}"
        names = list(table.shaped_columns)
        twice = [c for c in dict.fromkeys(names) if names.count(c) > 1]
        if twice:
            yield f"tables.{name}: the column '{twice[0]}' is made twice"


def _model_problems(book: Book) -> Iterator[str]:
    predicted = [model.predicts for model in book.models.values()]
    if predicted.count("pd") != 1:
        yield f"models: exactly one model predicts 'pd', not {predicted.count('pd')}"
    taken = (*_PUBLISHED, book.book.key)
    for name in dict.fromkeys(predicted):
        if predicted.count(name) > 1 and name != "pd":
            yield f"models: {predicted.count(name)} models predict '{name}'"
        if name in taken:
            yield f"models: '{name}' is a published column of its own, no model can predict it"


def _target_problems(book: Book, base: Table) -> Iterator[str]:
    target = book.target
    if target is None:
        return
    if target.column is not None:
        if target.column not in base.columns:
            hint = did_you_mean(target.column, base.columns)
            yield f"target.column: the customers table has no column '{target.column}'{hint}"
        return
    name = str(target.table)
    table = book.tables.get(name)
    if table is None or table.lookup:
        yield f"target.table: no table '{name}' with customers{did_you_mean(name, book.tables)}"
        return
    if name in {recipe.table for recipe in book.recipe} or name == book.book.customers:
        yield f"target.table: '{name}' says what happened later, so no feature may come from it"
    for column in (target.date, target.days_past_due):
        if column not in table.columns:
            hint = did_you_mean(str(column), table.columns)
            yield f"target: table '{name}' has no column '{column}'{hint}"


def _check_windows(book: Book) -> None:
    for feature in book.aggregates:
        table = book.tables[feature.table]
        if feature.window.days and table.event_date is None:
            raise BookError(
                f"recipe: window '{feature.window.name}' counts days, but table "
                f"'{feature.table}' has no date"
            )
        kind = table.columns[feature.column].type if feature.column in table.columns else "float64"
        if kind in ("string", "date", "datetime") and feature.statistic in _NUMERIC_ONLY:
            raise BookError(
                f"recipe: {feature.statistic} of '{feature.table}.{feature.column}', which is a "
                f"{kind} column"
            )


def _check_references(book: Book) -> None:
    known = set(book.feature_columns)
    strategy = book.strategy
    named = [
        ("book.segment", book.book.segment),
        ("strategy.rate_column", strategy.rate_column),
        ("strategy.limit_column", strategy.limit_column),
        *(("strategy.caps", cap) for cap in strategy.caps),
    ]
    for rule in strategy.knock_outs:
        place = f"strategy.knock_outs '{rule.reason}'"
        named += [(place, column) for column in columns_of(rule.when, place)]
    for place, name in named:
        if name is not None and name not in known:
            raise BookError(f"{place}: no column or feature '{name}'{did_you_mean(name, known)}")


def features(book: Book) -> Iterator[str]:
    """Names in the order in which aggregation makes them; each once."""
    seen: set[str] = set()
    yield book.book.key
    for name in (book.book.customers, *book.side_tables):
        table = book.run_tables[name]
        if table.order is None:
            columns = [c for c in table.shaped_columns if c != book.book.key]
            prefix = "" if name == book.book.customers else table.prefix
            yield from _once((prefix + column for column in columns), seen, f"table '{name}'")
    yield from _once((feature.name for feature in book.aggregates), seen, "the recipe")
    yield from _once(book.features, seen, "[features]")


def _once(names: Iterable[str], seen: set[str], maker: str) -> Iterator[str]:
    for name in names:
        if name in seen:
            raise BookError(f"{maker} makes a feature '{name}' that is there already")
        seen.add(name)
        yield name


def check_models(book: Book, required: Mapping[str, Iterable[str]]) -> None:
    """Raises BookError where a model reads a feature that the book does not make.

    ``required`` maps a model's name in the book to the features it reads.
    """
    known = set(book.feature_columns)
    for name, features_read in required.items():
        missing = [feature for feature in features_read if feature not in known]
        if missing:
            raise BookError(
                f"models.{name}: {book.models[name].file} reads {len(missing)} features that the "
                f"book does not make, such as '{missing[0]}'{did_you_mean(missing[0], known)}"
            )

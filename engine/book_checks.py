"""Contradictions between the sections of a book, found before anything is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from engine.book import Book, Table
from engine.book_names import check_names
from engine.errors import BookError, did_you_mean
from engine.evaluate.config import PUBLISHED, PUBLISHED_LATER
from engine.exclusion import unknown_columns
from engine.expressions import AS_OF
from engine.fee_checks import fee_problems, fee_target_problems
from engine.fit import TargetConfig
from engine.ingest.contract import VIOLATIONS
from engine.scorecard_checks import check_scorecard_names, scorecard_problems

_PUBLISHED = (*PUBLISHED, *PUBLISHED_LATER)
_DAYS_A_MONTH = 365.25 / 12


def check_book(book: Book, path: Path) -> None:
    """Raises BookError, with ``path`` and a line for every problem."""
    try:
        problems = list(_contradictions(book))
        if not problems:
            check_names(book)
            check_scorecard_names(book)
    except BookError as exc:
        raise BookError(f"{path}: {exc}") from exc
    if problems:
        raise BookError("\n  ".join([f"{path}:", *problems]))


def _contradictions(book: Book) -> Iterator[str]:
    base = book.tables.get(book.book.customers)
    if base is None or base.lookup:
        hint = did_you_mean(book.book.customers, book.tables)
        yield f"book.customers: '{book.book.customers}' is not a table with customers{hint}"
        return
    yield from _key_problems(book)
    yield from _as_of_problems(book, base)
    yield from _table_problems(book, base)
    yield from _join_problems(book)
    yield from _model_problems(book)
    yield from fee_problems(book)
    if book.target is not None:
        yield from _target_problems(book, base, book.target, "target")
    if book.fit.scorecard is not None:
        yield from scorecard_problems(book, book.fit.scorecard)
        if (target := book.fit.scorecard.target) is not None:
            yield from _target_problems(book, base, target, "fit.scorecard.target")
    yield from _pricing_problems(book)


def _key_problems(book: Book) -> Iterator[str]:
    key = book.book.key
    if key in (*_PUBLISHED, *VIOLATIONS):
        yield f"book.key: '{key}' is the name of a published column"
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


def _table_problems(book: Book, base: Table) -> Iterator[str]:
    if base.order is None and base.prefix:
        yield f"tables.{book.book.customers}.prefix: the customers table takes none"
    if base.order is None and base.after_as_of == "drop":
        yield f"tables.{book.book.customers}.after_as_of: a customer cannot be dropped"
    if base.optional:
        yield f"tables.{book.book.customers}.optional: a run needs customers"
    for name, table in book.tables.items():
        if table.lookup and (table.join or table.derive or table.prefix):
            yield f"tables.{name}: a lookup table has no join, derive or prefix"
        if table.windows and table.order is None:
            yield f"tables.{name}.windows: row filters are of a table with an order"
        fixed = [c for c in table.derive if c in (book.book.key, *table.ordering)]
        if fixed:
            yield f"tables.{name}.derive: '{fixed[0]}' orders the rows and cannot be replaced"
        names = list(table.shaped_columns)
        twice = [c for c in dict.fromkeys(names) if names.count(c) > 1]
        if twice:
            yield f"tables.{name}: the column '{twice[0]}' is made twice"


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
            elif join.on in lookup.columns:
                ours, theirs = table.columns[join.on].type, lookup.columns[join.on].type
                if ours != theirs:
                    yield f"{place}: '{join.on}' is {ours} here and {theirs} in '{join.table}'"


def _model_problems(book: Book) -> Iterator[str]:
    predicted = [model.predicts for model in book.models.values()]
    if predicted.count("pd") != 1 and (book.strategy or predicted.count("pd")):
        yield f"models: exactly one model predicts 'pd', not {predicted.count('pd')}"
    fees = book.fee_income.columns if book.fee_income else ()
    taken = (*(name for name in _PUBLISHED if name != "pd"), *fees, book.book.key)
    for name in dict.fromkeys(predicted):
        if predicted.count(name) > 1 and name != "pd":
            yield f"models: {predicted.count(name)} models predict '{name}'"
        if name in taken:
            yield f"models: '{name}' is a published column of its own, no model can predict it"


def _target_problems(book: Book, base: Table, target: TargetConfig, place: str) -> Iterator[str]:
    known = [book.book.key, AS_OF] if base.order else [AS_OF, *base.columns]
    yield from unknown_columns(target.exclude, known, f"{place}.exclude")
    if target.by_fees:
        yield from fee_target_problems(book, target, place)
    else:
        yield from _outcome_problems(book, base, target, place)


def _outcome_problems(book: Book, base: Table, target: TargetConfig, place: str) -> Iterator[str]:
    if target.column is not None:
        if target.column not in base.columns:
            hint = did_you_mean(target.column, base.columns)
            yield f"{place}.column: the customers table has no column '{target.column}'{hint}"
        elif base.order is not None:
            problem = f"the customers table has many rows per customer; use {place}.table"
            yield f"{place}.column: {problem}"
        return
    name = str(target.table)
    table = book.tables.get(name)
    if table is None or table.lookup:
        yield f"{place}.table: no table '{name}' with customers{did_you_mean(name, book.tables)}"
        return
    if name in {recipe.table for recipe in book.recipe} or name == book.book.customers:
        yield f"{place}.table: '{name}' says what happened later, so no feature may come from it"
    for column in (target.date, target.days_past_due):
        if column not in table.columns:
            hint = did_you_mean(str(column), table.columns)
            yield f"{place}: table '{name}' has no column '{column}'{hint}"


def _pricing_problems(book: Book) -> Iterator[str]:
    if book.strategy is not None and book.economics is None:
        yield "economics: [strategy] prices customers, so [economics] must say what that costs"
    yield from _horizon_problems(book)
    if book.market is not None and book.market.file != (book.take_up.market or book.market.file):
        yield (
            f"take_up.market: '{book.take_up.market}' is not market.file '{book.market.file}', "
            "which nightbook fit market writes"
        )


def _horizon_problems(book: Book) -> Iterator[str]:
    if book.target is None or book.economics is None:
        return
    days = None if book.target.by_fees else book.target.window_days
    months = book.economics.pd_horizon_months
    if days and abs(days - months * _DAYS_A_MONTH) > _DAYS_A_MONTH / 2:
        yield (
            f"economics.pd_horizon_months = {months} does not match target.window_days = {days}: "
            "PD is about the time in which an account can go bad"
        )


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

"""Names in a book: whether all that it refers to is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.aggregate.features import NUMBERS_ONLY
from engine.aggregate.recipe import Feature, check_columns
from engine.book import Book, Table
from engine.errors import BookError, did_you_mean
from engine.expressions import AS_OF, columns_of


def check_names(book: Book) -> None:
    """Raises BookError for a name that nothing in the book stands for, or that is of no use."""
    _check_recipe(book)
    for name, table in book.run_tables.items():
        columns = [column for column in table.shaped_columns if column not in table.derive]
        _check_expressions(table.derive, [*columns, AS_OF], f"tables.{name}.derive")
    made = [name for name in book.feature_columns if name not in book.features]
    _check_expressions(book.features, [*made, AS_OF], "features")
    _check_references(book)
    _check_segments(book)


def _check_recipe(book: Book) -> None:
    tables = {name: table for name, table in book.tables.items() if table.order}
    check_columns(book.aggregates, {name: table.shaped_columns for name, table in tables.items()})
    for feature in book.aggregates:
        _check_feature(feature, book, tables[feature.table])


def _check_feature(feature: Feature, book: Book, table: Table) -> None:
    if feature.window.days and table.event_date is None:
        raise BookError(
            f"recipe: window '{feature.window.name}' counts days, but table "
            f"'{feature.table}' has no date"
        )
    kind = _kind(feature.column, book, table)
    needs_numbers = feature.of == "diff" or feature.statistic in NUMBERS_ONLY
    if needs_numbers and kind in ("string", "date", "datetime"):
        what = "diff" if feature.of == "diff" else feature.statistic
        raise BookError(
            f"recipe: {what} of '{feature.table}.{feature.column}', which is a {kind} column"
        )


def _kind(column: str, book: Book, table: Table) -> str | None:
    """The declared type of a column of ``table`` or of a lookup it joins; None where derived."""
    for join in table.join:
        if column in join.columns:
            return book.tables[join.table].columns[column].type
    return table.columns[column].type if column in table.columns else None


def _check_expressions(expressions: Mapping[str, str], columns: Iterable[str], place: str) -> None:
    """An expression reads columns, and results of those before it."""
    known = list(columns)
    for name, sql in expressions.items():
        for column in columns_of(sql, f"{place}.{name}"):
            if column not in known:
                hint = did_you_mean(column, known)
                raise BookError(f"{place}.{name}: no column '{column}'{hint}")
        known.append(name)


def _check_references(book: Book) -> None:
    strategy, profit = book.strategy, book.economics.customer_profit
    named = [
        ("book.segment", book.book.segment),
        ("strategy.rate_column", strategy.rate_column),
        ("strategy.limit_column", strategy.limit_column),
        ("strategy.group", strategy.group),
        *(("strategy.caps", cap) for cap in strategy.caps),
    ]
    for part, column in profit.model_dump().items() if profit else ():
        named.append((f"economics.customer_profit.{part}", column))
    for rule in strategy.knock_outs:
        place = f"strategy.knock_outs '{rule.reason}'"
        named += [(place, column) for column in columns_of(rule.when, place)]
    known = [*book.feature_columns, AS_OF]
    scores = [model.predicts for model in book.models.values()]
    if (propensity := book.take_up.propensity) not in (None, *scores, *known):
        hint = did_you_mean(str(propensity), [*scores, *known])
        raise BookError(f"take_up.propensity: no score or feature '{propensity}'{hint}")
    for place, name in named:
        if name is not None and name not in known:
            raise BookError(f"{place}: no column or feature '{name}'{did_you_mean(name, known)}")


def _check_segments(book: Book) -> None:
    """Overrides by segment, where the book says which segments there are."""
    column = book.customers_table.columns.get(book.book.segment or "")
    if column is None or column.allowed is None:
        return
    known = [str(value) for value in column.allowed]
    overrides = {
        "take_up.segments": list(book.take_up.segments),
        "market.trade_offs": list(book.market.trade_offs) if book.market else [],
    }
    for place, names in overrides.items():
        for name in names:
            if name not in known:
                raise BookError(f"{place}: no segment '{name}'{did_you_mean(name, known)}")

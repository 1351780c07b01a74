"""Names in a book: whether all that it refers to is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.aggregate.recipe import Feature, check_columns, cross_sectional
from engine.aggregate.statistics import needs_numbers
from engine.book import Book, Table
from engine.book_references import references
from engine.errors import BookError, did_you_mean
from engine.expressions import AS_OF, columns_of


def check_names(book: Book) -> None:
    """Raises BookError for a name that nothing in the book stands for, or that is of no use."""
    _check_recipe(book)
    for name, table in book.run_tables.items():
        _check_expressions(table.derive, [*table.joined_columns, AS_OF], f"tables.{name}.derive")
        _check_row_filters(table, name)
    made = [name for name in book.feature_columns if name not in book.features]
    _check_expressions(book.features, [*made, AS_OF], "features")
    _check_references(book)
    _check_segments(book)


def _check_recipe(book: Book) -> None:
    for name in dict.fromkeys(feature.table for feature in book.aggregates):
        if name in book.tables and not book.tables[name].order:
            raise BookError(
                f"recipe: table '{name}' has no order, which says that it holds one row per "
                "customer; declare order (and tie) if it holds more"
            )
    tables = {name: table for name, table in book.tables.items() if table.order}
    check_columns(book.aggregates, {name: table.shaped_columns for name, table in tables.items()})
    for feature in book.aggregates:
        _check_feature(feature, book, tables[feature.table])


def _check_feature(feature: Feature, book: Book, table: Table) -> None:
    _check_window(feature, table)
    if cross_sectional(feature) and table.event_date is None:
        raise BookError(
            f"recipe: {feature.statistic} ranks within a month, but table '{feature.table}' has no "
            "date"
        )
    kind = _kind(feature.column, book, table)
    if (feature.of == "diff" or needs_numbers(feature.statistic)) and kind in (
        "string",
        "date",
        "datetime",
    ):
        what = "diff" if feature.of == "diff" else feature.statistic
        raise BookError(
            f"recipe: {what} of '{feature.table}.{feature.column}', which is a {kind} column"
        )


def _check_window(feature: Feature, table: Table) -> None:
    window = feature.window
    if window.days and table.event_date is None:
        raise BookError(
            f"recipe: window '{window.name}' counts days, but table '{feature.table}' has no date"
        )
    if window.is_row_filter and window.name not in table.windows:
        hint = did_you_mean(window.name, ["all", *table.windows])
        raise BookError(
            f"recipe: window '{window.name}' is none of 'all', 'last_<rows>', 'last_<days>d', and "
            f"no row filter of tables.{feature.table}.windows{hint}"
        )


def _check_row_filters(table: Table, name: str) -> None:
    known = [*table.shaped_columns, AS_OF]
    for window, sql in table.windows.items():
        for column in columns_of(sql, f"tables.{name}.windows.{window}"):
            if column not in known:
                hint = did_you_mean(column, known)
                raise BookError(f"tables.{name}.windows.{window}: no column '{column}'{hint}")


def _kind(column: str, book: Book, table: Table) -> str | None:
    """The declared type of a column of ``table`` or of a lookup it joins; None where derived."""
    if column in table.derive:
        return None
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
    known = [*book.feature_columns, AS_OF]
    scores = [model.predicts for model in book.models.values()]
    if (propensity := book.take_up.propensity) not in (None, *scores, *known):
        hint = did_you_mean(str(propensity), [*scores, *known])
        raise BookError(f"take_up.propensity: no score or feature '{propensity}'{hint}")
    for place, name in references(book):
        if name not in known:
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

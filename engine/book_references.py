"""Every place of a book that names a feature, models apart: rules, offers, published columns."""

from __future__ import annotations

from collections.abc import Iterator

from engine.book import Book
from engine.evaluate.config import StrategyConfig
from engine.expressions import columns_of


def references(book: Book) -> Iterator[tuple[str, str]]:
    """Place and name, a pair for each. The place is a dotted key of the book.

    ``take_up.propensity`` is none of them: it may name a score.
    """
    if book.book.segment is not None:
        yield "book.segment", book.book.segment
    profit = book.economics.customer_profit if book.economics else None
    for part, column in profit.model_dump().items() if profit else ():
        yield f"economics.customer_profit.{part}", column
    if book.strategy is not None:
        yield from _of_strategy(book.strategy)


def _of_strategy(strategy: StrategyConfig) -> Iterator[tuple[str, str]]:
    named = [
        ("strategy.rate_column", strategy.rate_column),
        ("strategy.limit_column", strategy.limit_column),
        ("strategy.group", strategy.group),
        *(("strategy.caps", cap) for cap in strategy.caps),
    ]
    yield from ((place, name) for place, name in named if name is not None)
    for rule in strategy.knock_outs:
        place = f"strategy.knock_outs '{rule.reason}'"
        yield from ((place, column) for column in columns_of(rule.when, place))

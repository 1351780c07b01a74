"""Every place of a book that names a feature, models apart: rules, offers, published columns."""

from __future__ import annotations

from collections.abc import Iterator

from engine.book import Book
from engine.expressions import columns_of


def references(book: Book) -> Iterator[tuple[str, str]]:
    """Place and name, a pair for each. The place is a dotted key of the book.

    ``take_up.propensity`` is none of them: it may name a score.
    """
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
    yield from ((place, name) for place, name in named if name is not None)
    for rule in strategy.knock_outs:
        place = f"strategy.knock_outs '{rule.reason}'"
        yield from ((place, column) for column in columns_of(rule.when, place))

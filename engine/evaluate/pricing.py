"""What prices a book: today's strategy, economics, take-up, with the files behind them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from engine.evaluate.config import StrategyConfig
from engine.evaluate.economics import EconomicsConfig
from engine.evaluate.strategy_file import StrategyFile, check_belongs, read_strategy
from engine.evaluate.take_up import TakeUp, TakeUpConfig, load_take_up


@dataclass(frozen=True)
class Pricing:
    """All of it, ready to use. ``file``: the strategy that the book's ``[strategy] file`` names.

    ``fingerprints``: sha256 by file name.
    """

    economics: EconomicsConfig
    strategy: StrategyConfig
    take_up: TakeUp
    file: StrategyFile | None
    fingerprints: dict[str, str]


def load_pricing(
    economics: EconomicsConfig,
    strategy: StrategyConfig,
    take_up: TakeUpConfig,
    *,
    folder: Path,
    book: str,
    as_of: date | None,
) -> Pricing:
    """Read the files that the book names, relative to ``folder``.

    Raises
    ------
    InputMissingError, ModelError, BookError
        A file is not there, is not what it should be, is for another book or another time.
    """
    loaded = load_take_up(take_up, folder)
    prints = dict(loaded.fingerprints)
    file = None
    if strategy.file is not None:
        file, prints[strategy.file] = read_strategy(folder / strategy.file, strategy.file)
        check_belongs(file, book=book, as_of=as_of, shown=strategy.file)
    return Pricing(economics, strategy, loaded, file, prints)


def warnings(economics: EconomicsConfig | None) -> list[str]:
    """What a reader of the figures must know."""
    if economics is not None and economics.credit_cost > 0 and economics.lgd > 0:
        return [
            "economics charges credit_cost and PD x LGD: losses are counted twice; set "
            "credit_cost = 0, or lgd = 0 if the credit cost is meant to carry the losses"
        ]
    return []

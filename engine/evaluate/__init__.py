"""Evaluate: what today's offers earn and lose, per customer and in total."""

from engine.evaluate.config import EconomicsConfig, StrategyConfig, TakeUpConfig
from engine.evaluate.profit import evaluate, warnings
from engine.evaluate.totals import as_text, exact_totals, from_text, merge, rounded_totals

__all__ = [
    "EconomicsConfig",
    "StrategyConfig",
    "TakeUpConfig",
    "as_text",
    "evaluate",
    "exact_totals",
    "from_text",
    "merge",
    "rounded_totals",
    "warnings",
]

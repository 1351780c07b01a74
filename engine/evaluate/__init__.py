"""Evaluate: what today's offers earn and lose, per customer and in total."""

from engine.evaluate.config import StrategyConfig
from engine.evaluate.economics import EconomicsConfig
from engine.evaluate.pricing import Pricing, load_pricing, warnings
from engine.evaluate.profit import evaluate
from engine.evaluate.take_up import TakeUpConfig
from engine.evaluate.totals import as_text, exact_totals, from_text, merge, rounded_totals

__all__ = [
    "EconomicsConfig",
    "Pricing",
    "StrategyConfig",
    "TakeUpConfig",
    "as_text",
    "evaluate",
    "exact_totals",
    "from_text",
    "load_pricing",
    "merge",
    "rounded_totals",
    "warnings",
]

"""Strategy: the rates and limits that earn most under the lender's constraints, with a certificate.

published run ──columns──▶ customers ──cells──▶ sorted by segment and grade
              ──table──▶ what every cell would bring at every entry of the menu
              ──menu──▶ the problem: table, ordering, constraints, what is allowed
              ──exact──▶ the best choice and its upper bound
              ──answer──▶ offers, checked by valuation, with what a reader must know
"""

from engine.strategy.config import OptimiseConfig
from engine.strategy.menu.columns import Columns, narrow_columns
from engine.strategy.optimise import (
    Answer,
    BookFacts,
    Method,
    Prepared,
    best,
    prepare,
    strategy_file,
)

__all__ = [
    "Answer",
    "BookFacts",
    "Columns",
    "Method",
    "OptimiseConfig",
    "Prepared",
    "best",
    "narrow_columns",
    "prepare",
    "strategy_file",
]

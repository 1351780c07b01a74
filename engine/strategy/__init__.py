"""Strategy: the constraints that a book declares."""

from engine.strategy.config import OptimiseConfig

__all__ = ["OptimiseConfig"]

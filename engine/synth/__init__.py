"""Made-up books: realistic tables, deterministic from a seed, of any size in bounded memory."""

from __future__ import annotations

from engine.synth.demo import write_demo
from engine.synth.wide import write_wide_book

__all__ = ["write_demo", "write_wide_book"]

"""Made-up books: realistic tables, deterministic from a seed, of any size in bounded memory."""

from __future__ import annotations

from engine.synth.card_fees import write_card_fees
from engine.synth.demo import write_demo
from engine.synth.wide import write_wide_book

__all__ = ["write_card_fees", "write_demo", "write_wide_book"]

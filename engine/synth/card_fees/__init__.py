"""The fee book: card operations, fee events and tariffs, of customers whose truth is known.

A bank asks who will bring 10,000 or more of fee income within a year. Seven features describe the
year before; four of them matter. What depends on what:

    holders (behaviour, latent) ─▶ operations, to the review and on ─▶ features
                                └▶ uses ─▶ charges, to the review ─▶ features
                                        └▶ charges, after it ─▶ good or bad

Files for a run (``write_card_fees``), and the same customers in memory (``draw_sample``) for who
wants to hold a fit to the truth. Operations per day are turnover over mean amount, so they add
nothing to the four; in a rule that is linear in the features, they add next to nothing.
"""

from __future__ import annotations

from engine.synth.card_fees.sample import DO_NOT, FEATURES, MATTER, Sample, draw_sample
from engine.synth.card_fees.truth import GOOD_INCOME
from engine.synth.card_fees.write import write_card_fees

__all__ = [
    "DO_NOT",
    "FEATURES",
    "GOOD_INCOME",
    "MATTER",
    "Sample",
    "draw_sample",
    "write_card_fees",
]

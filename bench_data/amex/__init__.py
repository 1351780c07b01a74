"""Files with the layout of the American Express default prediction competition, at any scale.

Nothing here is the competition's data. Column names, kinds, noise, codes and null rates are facts
about its files (``columns.py`` says whose); how the columns hang together is invented
(``population.py``, ``history.py``, ``values.py``). What depends on what:

    population (latent risk, target) ─▶ history (statements, path of the risk) ─▶ values ─┐
                              └───────▶ nulls ────────────────────────────────────────────┴▶ tables
"""

from bench_data.amex.generate import write_amex

__all__ = ["write_amex"]

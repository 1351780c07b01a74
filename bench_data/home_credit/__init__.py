"""Files in the layout of Home Credit - Credit Risk Model Stability, at any size.

    layout (weeks, parts, ids) ─▶ population (latent risk) ─┬▶ base: the outcome
                                                            └▶ the other tables, batch by batch

Names, physical types and null rates are ``engine/presets/home_credit_columns.csv``, see
``columns``. What the rows of a table say of a case is in ``applications``, ``bureau``,
``payments``, ``persons``, ``registries`` and ``statics``; ``values`` fills what they do not name.
"""

from bench_data.home_credit.writing import Written, write_home_credit

__all__ = ["Written", "write_home_credit"]

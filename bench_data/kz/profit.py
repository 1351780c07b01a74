"""What the lender earned per mailed offer, as far as the columns say; rand, 0 where not taken.

* ``interest``: ``grossinterest`` as recorded. It is never above the add-on interest of the offered
  rate, ``loansize * offer4 / 100 * term``, and equal to it on most loans; on loans of six and
  twelve months it is less, and the data do not say why.
* ``interest less arrears``: minus ``pstdue_average``, the mean amount past due in the first 7 to 12
  months. It stands for the loss, which is not recorded: arrears may be paid later, and more may be
  lost than was in arrears.
* ``profit``: minus funding too, ``loansize * FUNDING * (term + 1) / 2``: the principal falls due in
  equal instalments, so that (term + 1) / 2 is the sum of the balances by month. ``FUNDING`` is an
  assumption; the data have no cost.
* ``profit at the contract's rate``: the interest times ``final4 / offer4``. Where a second draw
  made the contract cheaper than the letter, the recorded interest still follows the letter.
* ``profit with late borrowers``: each of those who borrowed after the offer's deadline counts as a
  mean borrower of the highest band (the one with the standard rate) in his risk class; of their
  loans nothing is known, and the intervals take this mean for known.
"""

from __future__ import annotations

import polars as pl

from bench_data.kz.trial import BANDS

FUNDING = 0.01
"""Share of the balance a month; assumed."""
MAIN = "profit"


def outcomes_of(kept: pl.DataFrame) -> pl.DataFrame:
    """One float64 column per outcome, one row per offer of ``below_standard``; nothing missing."""
    interest, arrears = pl.col("grossinterest"), pl.col("pstdue_average").fill_null(0.0)
    funding = pl.col("loansize") * FUNDING * (pl.col("term") + 1.0) / 2.0
    discount = interest * (1.0 - pl.col("final4") / pl.col("offer4"))
    profit = interest - arrears - funding
    taken, late = pl.col("tookup") == 1, pl.col("tookup_afterdead_enforced") == 1
    usual = profit.filter(taken & (pl.col("band") == BANDS - 1)).mean().over("risk")
    return kept.select(
        interest.alias("interest"),
        (interest - arrears).alias("interest less arrears"),
        profit.alias(MAIN),
        (profit - discount).alias("profit at the contract's rate"),
        pl.when(late).then(usual).otherwise(profit).alias("profit with late borrowers"),
    )

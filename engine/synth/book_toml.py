"""book.toml of the demo: its parts put together, and the sections about money and training."""

from __future__ import annotations

from string import Template

from engine.synth.book_tables import FEATURES, TABLES
from engine.synth.fee_good import SOURCE_UNITS

BAD_RATE_CAP = 0.014
VOLUME_PER_CUSTOMER = 1_400  # EUR
_SMALL = 5_000
_SMALL_DEMO = "least_bads = 1                # few customers: a model to look at, not to use\n"


def book_toml(*, customers: int, seed: int) -> str:
    """The book, for so many customers. ``seed`` also drives the fit's draws."""
    volume = float(f"{VOLUME_PER_CUSTOMER * customers:.3g}")
    values = {
        "customers": f"{customers:,}",
        "seed": seed,
        "fit_seed": seed % 2**31,
        "source_units": SOURCE_UNITS,
        "bad_rate_cap": BAD_RATE_CAP,
        "min_volume": f"{volume:.3g}",
        "least_bads": _SMALL_DEMO if customers < _SMALL else "",
    }
    return "\n".join(part.substitute(values) for part in (TABLES, FEATURES, _MONEY, _FIT))


_MONEY = Template("""\
[economics]
mode = "source"
funding_cost = 0.03
operating_cost = 0.025
credit_cost = 0.0             # losses are counted once, as PD x LGD
lgd = 0.55
[economics.customer_profit]
net_interest_income = "net_interest_income"
provisions_change = "provisions_change"
net_fee_income = "net_fee_income"
net_transfer_income = "net_transfer_income"
servicing_cost = "servicing_cost"

[strategy]
caps = ["income_cap"]
[[strategy.grades]]
grade = "A"
max_pd = 0.005
rate = 0.109
limit = 7500
[[strategy.grades]]
grade = "B"
max_pd = 0.012
rate = 0.119
limit = 7000
[[strategy.grades]]
grade = "C"
max_pd = 0.025
rate = 0.129
limit = 6500
[[strategy.grades]]
grade = "D"
max_pd = 0.05
rate = 0.144
limit = 5500
[[strategy.grades]]
grade = "E"
max_pd = 0.15
rate = 0.169
limit = 4500
[[strategy.grades]]
grade = "F"
rate = 0.199
limit = 1500
approve = false
[[strategy.knock_outs]]
reason = "staff"              # priced elsewhere
when = "staff = 1"
[[strategy.knock_outs]]
reason = "overdue"
when = "arrears_days > 30"
[[strategy.knock_outs]]
reason = "past default"
when = "days_past_due__max > 90"
[[strategy.knock_outs]]
reason = "bureau score"
when = "bureau_score < 450"

[take_up]                     # assumed, not estimated: no offer here was drawn at random
intercept = 1.6
rate = -18.0
log_limit = 0.5
reference_limit = 5000
[take_up.segments.self_employed]
rate = -14.0                  # fewer other offers
[take_up.segments.retired]
intercept = 1.0
rate = -20.0
log_limit = 0.3
[take_up.segments.student]
intercept = 2.0
rate = -26.0

# Measured on 100,000 customers of seed 7: today's offers lose 2.0 % of the taken-up balance to
# default, the most profitable offer per segment and grade (rates 6-35 %, limits 500-15,000) 2.5 %.
# A cap of 1.4 % binds in both cases; the best offers under it earn 12 % less than without it. The
# volume is nine tenths of today's, so that the cap cannot be met by lending next to nothing.
[optimise.constraints]
bad_rate_balance = { max = $bad_rate_cap }
min_volume = { min = $min_volume }
""")

_FIT = Template("""\
[target]                      # bad: more than 90 days past due within a year after the review
table = "performance"
date = "month"
days_past_due = "days_past_due"
bad_over = 90
indeterminate_over = 30
window_days = 365
observed_until = 2026-06-20   # the year of those reviewed later is not over yet
[[target.exclude]]
reason = "staff"
when = "staff = 1"
[[target.exclude]]
reason = "in default"         # what has happened needs no prediction
when = "arrears_days > 90"

[fit]
split_column = "reviewed_on"  # the latest reviews judge the model
holdout = 0.25
seed = $fit_seed
sample = 100000
$least_bads
[output]
dir = "out"
chunk_customers = 50000
""")

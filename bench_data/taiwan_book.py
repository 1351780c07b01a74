"""book.toml of the Taiwan card customers."""

from __future__ import annotations

_TABLES = """\
# 30,000 card customers of a bank in Taiwan, 2005, with six monthly statements each; imported by
# `python -m bench_data taiwan`.
# Next: nightbook fit pd book.toml, then nightbook run book.toml.

[book]
name = "taiwan"
customers = "customers"
key = "customer_id"
segment = "segment"           # schooling, the only grouping that the data have
as_of = 2005-09-30            # the last statement; the target is default in October 2005
currency = "TWD"

[ingest]
max_quarantine_share = 0.0    # the import is clean: anything else is a mistake

[tables.customers]
files = "raw/customers.parquet"
[tables.customers.columns]
customer_id = { type = "int64" }
segment = { type = "string", allowed = ["graduate_school", "university", "high_school", "other"] }
limit_bal = { type = "float64", min = 1 }                   # credit granted, family's included
sex = { type = "int64", allowed = [1, 2] }                  # 1 male, 2 female
education = { type = "int64", min = 0, max = 6 }            # 0, 5 and 6 are not documented
marriage = { type = "int64", min = 0, max = 3 }             # 0 is not documented
age = { type = "int64", min = 18, max = 100 }
default_next_month = { type = "int64", allowed = [0, 1] }   # the target: no run reads it

[tables.statements]
files = "raw/statements.parquet"
order = "statement_date"      # the months' ends: the data name months only
[tables.statements.columns]
customer_id = { type = "int64" }
statement_date = { type = "date" }
# pay_status: -2 no use, -1 paid in full, 0 revolving, else months late
pay_status = { type = "int64", min = -2, max = 9 }
previous_bill = { type = "float64", nullable = true }       # null in April; below 0: a credit
payment = { type = "float64", min = 0 }                     # made in the month
bill = { type = "float64" }                                 # at the end of the month
[tables.statements.derive]
late = "CASE WHEN pay_status > 0 THEN 1 ELSE 0 END"
paid_share = "CASE WHEN previous_bill > 0 THEN LEAST(payment / previous_bill, 1.5) END"
unpaid = "previous_bill - payment"
spent = "bill - previous_bill + payment"
"""

_FEATURES = """
[[recipe]]
table = "statements"
columns = ["bill", "payment"]
statistics = ["mean", "std", "min", "max", "last"]
windows = ["all", "last_3"]

[[recipe]]
table = "statements"
columns = ["pay_status"]
statistics = ["mean", "max", "min", "sum", "first", "last", "nunique"]
windows = ["all", "last_3"]

[[recipe]]
table = "statements"
columns = ["late"]
statistics = ["sum"]
windows = ["all", "last_3"]

[[recipe]]                    # what came of the bill of the month before
table = "statements"
columns = ["paid_share", "unpaid", "spent"]
statistics = ["mean", "min", "max", "last"]
windows = ["all", "last_3"]

[[recipe]]                    # from one statement to the next
table = "statements"
columns = ["bill", "payment", "pay_status"]
statistics = ["mean", "std", "last"]
windows = ["all", "last_3"]
of = ["diff"]

[[recipe]]
table = "statements"
columns = ["bill", "payment", "pay_status"]
statistics = ["last_minus_mean"]

[features]
utilisation_last = "bill__last / limit_bal"
utilisation_mean = "bill__mean / limit_bal"
utilisation_max = "bill__max / limit_bal"
utilisation_trend = "bill__diff__mean / limit_bal"
payment_to_limit = "payment__mean / limit_bal"
payment_to_limit_last_3 = "payment__last_3__mean / limit_bal"
payment_ratio = "payment__mean / (ABS(bill__mean) + 1)"
unpaid_to_limit = "unpaid__mean / limit_bal"
unpaid_to_limit_last = "unpaid__last / limit_bal"
spent_to_limit = "spent__mean / limit_bal"

[models.pd]                   # written by `nightbook fit pd`; 22 % default within the month
file = "models/pd.txt"
predicts = "pd"
calibrator = "models/pd.calibrator.json"
floor = 0.001
"""

_MONEY = """
# The data hold no prices: economics, offers and take-up are assumptions of a plausible size.
[economics]
mode = "source"
funding_cost = 0.02
operating_cost = 0.03
credit_cost = 0.0             # losses are counted once, as PD x LGD
lgd = 0.5

[strategy]                    # an instalment loan beside the card, never above the card's limit
caps = ["limit_bal"]
[[strategy.grades]]
grade = "A"
max_pd = 0.06
rate = 0.119
limit = 300000
[[strategy.grades]]
grade = "B"
max_pd = 0.10
rate = 0.149
limit = 200000
[[strategy.grades]]
grade = "C"
max_pd = 0.15
rate = 0.179
limit = 120000
[[strategy.grades]]
grade = "D"
max_pd = 0.22
rate = 0.2
limit = 60000
[[strategy.grades]]
grade = "E"
rate = 0.2
limit = 30000
approve = false
[[strategy.knock_outs]]
reason = "two months late"
when = "pay_status__last >= 2"
[[strategy.knock_outs]]
reason = "over the limit"
when = "utilisation_last > 1.1"

[take_up]
intercept = 1.2
rate = -14.0
log_limit = 0.5
reference_limit = 100000
[take_up.segments.graduate_school]
rate = -18.0                  # more other offers
[take_up.segments.high_school]
rate = -11.0
"""

_FIT = """
[target]
column = "default_next_month"

[fit]                         # at random: the customers have no dates to split by
holdout = 0.25
seed = 42

[output]
dir = "out"
chunk_customers = 50000
"""

TAIWAN_BOOK = _TABLES + _FEATURES + _MONEY + _FIT

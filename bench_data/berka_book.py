"""book.toml of the Czech bank's loans."""

from __future__ import annotations

_TABLES = """\
# 392 loans of a Czech bank, 1993 to 1998, each judged by its account's transactions before the
# loan; imported by `python -m bench_data berka`.
# Next: nightbook fit pd book.toml, then nightbook run book.toml.

[book]
name = "berka"
customers = "loans"           # an account has at most one loan
key = "account_id"
as_of_column = "granted_on"
currency = "CZK"

[ingest]
max_quarantine_share = 0.0    # the import is clean: anything else is a mistake

[tables.loans]                # the file also holds loan_id and status, which are not read
files = "raw/loans.parquet"
[tables.loans.columns]
account_id = { type = "int64" }
granted_on = { type = "date" }
amount = { type = "float64", min = 1 }
duration = { type = "float64", min = 12, max = 60 }         # months
payments = { type = "float64", min = 1 }                    # a month: amount / duration
bad = { type = "int64", allowed = [0, 1] }                  # the target: no run reads it
opened_on = { type = "date" }                               # the account
birth_date = { type = "date" }                              # its owner's
female = { type = "int64", allowed = [0, 1] }
weekly = { type = "int64", allowed = [0, 1] }               # account statements: weekly,
after_transaction = { type = "int64", allowed = [0, 1] }    # after each transaction, else monthly
# Of the account's district, in 1995-96: null for the loans before 1997, whose future that was.
inhabitants = { type = "float64", min = 1, nullable = true }
urban_percent = { type = "float64", min = 0, max = 100, nullable = true }
average_salary = { type = "float64", min = 0, nullable = true }
unemployment_percent = { type = "float64", min = 0, max = 100, nullable = true }
enterprises_per_1000 = { type = "float64", min = 0, nullable = true }
crimes_per_1000 = { type = "float64", min = 0, nullable = true }
[tables.loans.derive]
age_days = "granted_on - birth_date"
account_days = "granted_on - opened_on"

[tables.transactions]         # the file goes on after some loans: `cutoff` keeps that out
files = "raw/transactions.parquet"
order = "booked_on"
tie = "posting"               # the bank's order within the day, by the running balances
unique = ["trans_id"]
after_as_of = "drop"
cutoff = "before"             # nothing on the day of the loan, which itself is booked on it
[tables.transactions.columns]
account_id = { type = "int64" }
booked_on = { type = "date" }
posting = { type = "int64", min = 1 }
trans_id = { type = "int64" }
direction = { type = "string", allowed = ["in", "out"] }
operation = { type = "string", nullable = true }
purpose = { type = "string", nullable = true }
amount = { type = "float64", min = 0 }
balance = { type = "float64" }                              # after the transaction
[tables.transactions.derive]
inflow = "CASE WHEN direction = 'in' AND COALESCE(purpose, '') <> 'interest' THEN amount END"
outflow = "CASE WHEN direction = 'out' THEN amount END"
cash_in = "CASE WHEN operation = 'cash_in' THEN amount END"
cash_out = "CASE WHEN operation = 'cash_out' AND purpose IS NULL THEN amount END"
household = "CASE WHEN purpose = 'household' THEN amount END"
insurance = "CASE WHEN purpose = 'insurance' THEN amount END"
sanction = "CASE WHEN purpose = 'sanction_interest' THEN amount END"
overdrawn = "CASE WHEN balance < 0 THEN 1 ELSE 0 END"

[tables.cards]                # most were issued after the loan, perhaps because it went well
files = "raw/cards.parquet"
order = "issued_on"
tie = "card_id"
after_as_of = "drop"
cutoff = "before"
[tables.cards.columns]
account_id = { type = "int64" }
issued_on = { type = "date" }
card_id = { type = "int64" }
card_type = { type = "string", allowed = ["junior", "classic", "gold"] }
[tables.cards.derive]
card = "CASE WHEN card_type IS NULL THEN 0 ELSE 1 END"

# Left out: standing orders (order.asc) and second users of an account (disp.asc). Neither has a
# date, so nothing says which were there before the loan: its own repayment is one of the orders.
"""

_FEATURES = """
[[recipe]]
table = "transactions"
columns = ["balance"]
statistics = ["mean", "std", "min", "max", "last"]
windows = ["all", "last_30d", "last_90d", "last_180d"]

[[recipe]]
table = "transactions"
columns = ["balance"]
statistics = ["count", "first"]

[[recipe]]
table = "transactions"
columns = ["inflow", "outflow"]
statistics = ["count", "sum", "mean", "max"]
windows = ["last_30d", "last_90d", "last_180d"]

[[recipe]]
table = "transactions"
columns = ["cash_in", "cash_out"]
statistics = ["count", "sum"]
windows = ["last_90d", "last_180d"]

[[recipe]]
table = "transactions"
columns = ["household", "insurance"]
statistics = ["mean", "count"]
windows = ["last_180d"]

[[recipe]]                    # interest charged for a balance below zero
table = "transactions"
columns = ["sanction", "overdrawn"]
statistics = ["count", "sum"]
windows = ["all", "last_180d"]

[[recipe]]
table = "cards"
columns = ["card"]
statistics = ["sum"]

[features]
monthly_inflow = "inflow__last_180d__sum / LEAST(account_days, 180) * 30.4"
instalment_share = "payments / monthly_inflow"
balance_to_instalment = "balance__last_90d__mean / payments"
lowest_to_instalment = "balance__last_180d__min / payments"
outflow_to_inflow = "outflow__last_180d__sum / inflow__last_180d__sum"
amount_to_inflow = "amount / inflow__last_180d__sum"
affordable = "COALESCE(monthly_inflow, 0) * 0.5 * duration"  # an instalment of half the inflow

[models.pd]                   # written by `nightbook fit pd`
file = "models/pd.txt"
predicts = "pd"
calibrator = "models/pd.calibrator.json"
floor = 0.002
"""

_MONEY = """
# The data hold no prices (payments = amount / duration): economics, rates and take-up are
# assumptions of the size of Czech rates of those years.
[economics]
mode = "source"
funding_cost = 0.09
operating_cost = 0.02
credit_cost = 0.0             # losses are counted once, as PD x LGD
lgd = 0.5

[strategy]
limit_column = "amount"       # what the customer asked for
caps = ["affordable"]
[[strategy.grades]]
grade = "A"
max_pd = 0.04
rate = 0.145
[[strategy.grades]]
grade = "B"
max_pd = 0.08
rate = 0.165
[[strategy.grades]]
grade = "C"
max_pd = 0.13
rate = 0.19
[[strategy.grades]]
grade = "D"
rate = 0.21
approve = false
[[strategy.knock_outs]]
reason = "sanction interest"
when = "sanction__last_180d__count > 0"

[take_up]
intercept = 1.5
rate = -8.0
log_limit = 0.3
reference_limit = 100000
"""

_FIT = """
[target]
column = "bad"

[fit]
# At random, although the loans have dates. The latest third has 3 bads, for its loans had hardly
# time to go bad; an out-of-time split with 10 bads in each part needs holdout = 0.49, which leaves
# 101 loans to train on: too few for two leaves of 50 out of a bag of 80.
split = "random"
holdout = 0.32                # the least, in steps of 0.01, with 10 bads in each part
seed = 42

[output]
dir = "out"
chunk_customers = 1000
"""

BERKA_BOOK = _TABLES + _FEATURES + _MONEY + _FIT

"""book.toml of the demo."""

from __future__ import annotations

from string import Template

from engine.synth.fee_good import SOURCE_UNITS

BAD_RATE_CAP = 0.014
VOLUME_PER_CUSTOMER = 1_500  # EUR


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
    }
    return "\n".join(part.substitute(values) for part in (_TABLES, _FEATURES, _MONEY, _FIT))


_TABLES = Template("""\
# A card lender's book of $customers customers, made up by `nightbook demo` with seed $seed.
# Next: nightbook fit pd book.toml, then nightbook run book.toml.

[book]
name = "demo"
customers = "customers"
key = "customer_id"
segment = "segment"
as_of_column = "reviewed_on"  # each customer is scored on the day of its yearly limit review
currency = "EUR"

[ingest]
max_quarantine_share = 0.01

[tables.customers]
files = "raw/customers.parquet"
[tables.customers.columns]
customer_id = { type = "int64" }
segment = { type = "string", allowed = ["salaried", "self_employed", "retired", "student"] }
reviewed_on = { type = "date" }
joined_on = { type = "date" }
income = { type = "float64", min = 0, nullable = true }       # a year
other_debt = { type = "float64", min = 0 }                    # owed to other lenders
bureau_score = { type = "int64", min = 300, max = 850, nullable = true }
enquiries = { type = "int64", min = 0 }                       # at the bureau, in six months
home_owner = { type = "int64", allowed = [0, 1] }
products = { type = "int64", min = 1 }
sms_banking = { type = "int64", allowed = [0, 1] }
staff = { type = "int64", allowed = [0, 1] }
arrears_days = { type = "int64", min = 0 }                    # past due on the review day
months_since_arrears = { type = "int64", nullable = true }    # null: none in twelve months
net_interest_income = { type = "float64" }                    # last year's components of
provisions_change = { type = "float64" }                      # economic profit
net_fee_income = { type = "float64" }
net_transfer_income = { type = "float64" }
servicing_cost = { type = "float64", min = 0 }
[tables.customers.derive]
tenure_days = "reviewed_on - joined_on"
debt_to_income = "other_debt / income"
income_cap = "coalesce(income, 12000) * 0.25"  # who states no income is capped as if it were 12,000

[tables.statements]
files = "raw/statements/*.parquet"
order = "statement_date"
unique = ["statement_id"]
[tables.statements.columns]
customer_id = { type = "int64" }
statement_date = { type = "date" }
statement_id = { type = "int64" }
balance = { type = "float64", min = 0 }
credit_limit = { type = "float64", min = 1 }
payment = { type = "float64", min = 0, nullable = true }
minimum_payment = { type = "float64", min = 0, nullable = true }
purchases = { type = "float64", min = 0, nullable = true }
cash_advances = { type = "float64", min = 0 }
interest = { type = "float64", min = 0 }
days_past_due = { type = "int64", min = 0 }
[tables.statements.derive]
utilisation = "balance / credit_limit"
payment_share = "payment / (balance + 1)"

[tables.operations]
files = "raw/operations.parquet"
order = "operation_date"
tie = "operation_id"          # a customer may have several on one day
[tables.operations.columns]
customer_id = { type = "int64" }
operation_date = { type = "date" }
operation_id = { type = "int64" }
amount = { type = "float64", min = 0 }

[tables.fees]
files = "raw/fees.csv"
csv = { separator = ";" }
order = "fee_date"
tie = "fee_id"
[tables.fees.columns]
customer_id = { type = "int64" }
fee_date = { type = "date" }
fee_id = { type = "int64" }
fee_type = { type = "string" }
number = { type = "int64", min = 1 }
[tables.fees.derive]
fee_amount = "number * tariff"
[[tables.fees.join]]
table = "tariffs"
on = "fee_type"
columns = ["tariff"]

[tables.tariffs]
lookup = true
files = "raw/tariffs.csv"
csv = { separator = ";" }
[tables.tariffs.columns]
fee_type = { type = "string" }
tariff = { type = "float64", min = 0 }

[tables.performance]          # no recipe reads it: a run never opens it, `fit pd` does
files = "raw/performance.parquet"
order = "month"
[tables.performance.columns]
customer_id = { type = "int64" }
month = { type = "date", future = "allow" }  # after the as-of date, as an outcome is
days_past_due = { type = "int64", min = 0 }
""")

_FEATURES = Template("""\
[[recipe]]
table = "statements"
columns = ["balance", "utilisation", "payment", "payment_share"]
statistics = ["mean", "std", "min", "max", "last"]
windows = ["all", "last_3"]

[[recipe]]
table = "statements"
columns = ["purchases", "cash_advances", "interest"]
statistics = ["mean", "max", "sum"]
windows = ["all", "last_3"]

[[recipe]]
table = "statements"
columns = ["days_past_due"]
statistics = ["mean", "max", "sum", "last"]
windows = ["all", "last_3", "last_180d"]

[[recipe]]                    # from one statement to the next
table = "statements"
columns = ["balance", "utilisation", "payment_share", "days_past_due"]
statistics = ["mean", "std", "last"]
windows = ["all", "last_3"]
of = ["diff"]

[[recipe]]
table = "statements"
columns = ["utilisation", "payment"]
statistics = ["last_minus_mean", "last_valid"]

[[recipe]]
table = "statements"
columns = ["credit_limit"]
statistics = ["first", "last", "nunique"]

[[recipe]]
table = "operations"
columns = ["amount"]
statistics = ["count", "sum", "mean", "max"]
windows = ["last_365d", "last_90d", "last_30d"]

[[recipe]]
table = "fees"
columns = ["fee_amount"]
statistics = ["count", "sum"]
windows = ["all", "last_180d"]

[features]
payment_to_balance = "payment__last_3__mean / (balance__last_3__mean + 1)"
utilisation_trend = "utilisation__last_3__mean - utilisation__mean"
# For fee_good, in the currency of its source, $source_units units to the EUR (assumed). The source
# names both and defines neither: taken as the mean amount of one operation, and as all amounts of
# the year spread over its days.
operation_amount_per_day = "$source_units * amount__last_365d__mean"
turnover_per_day = "$source_units * amount__last_365d__sum / 365"

[models.pd]                   # written by `nightbook fit pd`
file = "models/pd.txt"
predicts = "pd"
calibrator = "models/pd.calibrator.json"
floor = 0.0005

[models.fee_good]             # P(good fee income), a bank's published scorecard
file = "models/fee_good.json"
predicts = "fee_good"
""")

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

[output]
dir = "out"
chunk_customers = 50000
""")

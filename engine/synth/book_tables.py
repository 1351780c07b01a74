"""book.toml of the demo: the sections about tables, features and models."""

from __future__ import annotations

from string import Template

TABLES = Template("""\
# A card lender's book of $customers customers, made up by `nightbook demo` with seed $seed.
# `nightbook fit pd book.toml` fits its PD model again, `nightbook run book.toml` prices it.

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

FEATURES = Template("""\
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

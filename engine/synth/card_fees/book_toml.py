"""book.toml of the fee book."""

from __future__ import annotations

import json
from string import Template

from engine.synth.card_fees.charges import TARIFFS
from engine.synth.card_fees.holders import FIRST_REVIEW, OTHERS_PAY, YEAR
from engine.synth.card_fees.sample import FEATURES
from engine.synth.card_fees.truth import GOOD_INCOME

_SMALL = 2_000
_SMALL_BOOK = "least_bads = 1                # few customers: a model to look at, not to use\n"


def book_toml(*, customers: int, seed: int) -> str:
    """The book, for so many customers. ``seed`` also drives the fit's draws."""
    return _BOOK.substitute(
        customers=f"{customers:,}",
        seed=seed,
        fit_seed=seed % 2**31,
        types=json.dumps([tariff.fee_type for tariff in TARIFFS if tariff.periodicity == "use"]),
        exclude="\n".join(_EXCLUDE.substitute(kind=kind) for kind in OTHERS_PAY),
        good=GOOD_INCOME,
        year=YEAR,
        observed_until=FIRST_REVIEW + 2 * YEAR,
        features=json.dumps(FEATURES, indent=2),
        least_bads=_SMALL_BOOK if customers < _SMALL else "",
    )


_EXCLUDE = Template("""\
[[fee_income.exclude]]        # the employer pays
reason = "$kind card"
when = "card_kind = '$kind'"
""")

_BOOK = Template("""\
# $customers card customers and the fees they pay, made up by `nightbook demo --book card-fees` with
# seed $seed. `nightbook fit scorecard book.toml` learns who brings a fee income of $good within a
# year, `nightbook run book.toml` scores everybody. Amounts are in the currency of the tariffs.

[preset]                      # tables and features: customers, operations, fees
name = "card_fees"
folder = "raw"

[tables.tariffs]
lookup = true
files = "raw/tariffs.csv"
csv = { separator = ";" }
[tables.tariffs.columns]
fee_type = { type = "string" }
tariff = { type = "float64", min = 0 }
periodicity = { type = "string", allowed = ["once", "month", "year", "use"] }

[fee_income]
events = "fees"
tariffs = "tariffs"
activated_on = "activated_on"
period = $year                  # each fee counted as what it brings in a year
least_tenure_days = 90        # a card of ten days is not taken to go on like that for a year
types = $types

$exclude
[target]                      # good: so much fee income in the year after the review
good_fee_income = $good
window_days = $year
observed_until = $observed_until
[[target.exclude]]
reason = "new card"           # whose features are of less than a year
when = "reviewed_on - activated_on < $year"

[models.fee_good]             # written by `nightbook fit scorecard`
file = "models/fee_good.json"
predicts = "fee_good"

[fit]
split_column = "reviewed_on"  # the latest reviews judge the model
holdout = 0.25
seed = $fit_seed
sample = 100000
$least_bads
[fit.scorecard]
model = "fee_good"
event = "good"
features = $features
# Each feature that does not matter stays with this probability; there are several, and at 5 % one
# of three would stay in one book of seven. Operations per day stay more often, the more customers
# there are: they are turnover over mean amount, of which a linear rule makes some use.
significance = 0.001

[output]
dir = "out"
""")

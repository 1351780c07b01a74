"""Fee income: fees, tariffs and activation dates to one amount per customer."""

from engine.fee_income.config import FeeIncomeConfig
from engine.fee_income.customers import FeeIncome, fee_income
from engine.fee_income.tariffs import Tariffs, read_tariffs
from engine.fee_income.totals import fee_facts, fee_totals

__all__ = [
    "FeeIncome",
    "FeeIncomeConfig",
    "Tariffs",
    "fee_facts",
    "fee_income",
    "fee_totals",
    "read_tariffs",
]

"""What a book says of money, and the constants that the kernels make of it."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from kernels.economics import Economics, cashflow_economics, source_economics

YEAR = 12  # months
_CASHFLOW = (
    "term_months",
    "amortisation",
    "prepayment",
    "discount_rate",
    "fee",
    "recovery_lag_months",
    "drawn_share",
    "acquisition_cost",
    "cost_of_capital",
)
"""Keys that mean something in the mode ``cashflow`` only."""


class _Config(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class CustomerProfitConfig(_Config):
    """Columns or features with the five components of a customer's economic profit."""

    net_interest_income: str
    provisions_change: str
    net_fee_income: str
    net_transfer_income: str
    servicing_cost: str


class AdverseSelectionConfig(_Config):
    """``logit pd' = logit pd + rate (r - reference_rate) + log_limit ln(l / reference_limit)``.

    PD is what the model says at the reference offer. Zero, the default, says that who takes an
    offer does not depend on it; more than zero, that expensive offers are taken by worse customers.
    """

    rate: float = Field(default=0.0, ge=0)
    log_limit: float = 0.0
    reference_rate: float = Field(default=0.0, ge=0)
    reference_limit: float = Field(default=1.0, gt=0)


class EconomicsConfig(_Config):
    """Costs, rates and fees are annual fractions of what is owed; ``lgd`` is the share of it lost
    at default.

    ``pd_horizon_months`` is the time the PD is about. Mode ``source`` is the formula of one year,
    so it must be 12 there. ``discount_rate`` is the funding cost where it is left out.
    """

    mode: Literal["cashflow", "source"] = "cashflow"
    funding_cost: float = Field(ge=0, lt=1)
    operating_cost: float = Field(default=0.0, ge=0, lt=1)
    credit_cost: float = Field(default=0.0, ge=0, lt=1)
    lgd: float = Field(ge=0, le=1)
    pd_horizon_months: int = Field(default=YEAR, ge=1, le=600)
    term_months: int | None = Field(default=None, ge=1, le=600)
    amortisation: Literal["annuity", "interest_only"] = "annuity"
    prepayment: float = Field(default=0.0, ge=0, lt=1)
    discount_rate: float | None = Field(default=None, ge=0, lt=1)
    fee: float = Field(default=0.0, ge=0, lt=1)
    recovery_lag_months: int = Field(default=0, ge=0, le=240)
    drawn_share: float = Field(default=1.0, gt=0, le=1)
    acquisition_cost: float = Field(default=0.0, ge=0)
    capital_ratio: float = Field(default=0.08, ge=0, le=1)
    cost_of_capital: float = Field(default=0.0, ge=0, lt=1)
    adverse_selection: AdverseSelectionConfig = AdverseSelectionConfig()
    customer_profit: CustomerProfitConfig | None = None

    @model_validator(mode="after")
    def _mode_complete(self) -> EconomicsConfig:
        if self.mode == "cashflow":
            if self.term_months is None:
                raise ValueError('mode "cashflow" needs term_months; mode "source" counts one year')
            if self.credit_cost:
                raise ValueError(
                    'credit_cost is for mode "source"; mode "cashflow" counts losses by PD and LGD'
                )
            return self
        given = sorted(self.model_fields_set.intersection(_CASHFLOW))
        if given:
            raise ValueError(f'mode "source" does not use {", ".join(given)}')
        return self

    @model_validator(mode="after")
    def _horizons_match(self) -> EconomicsConfig:
        if self.mode == "source" and self.pd_horizon_months != YEAR:
            raise ValueError(
                f"a PD of {self.pd_horizon_months} months does not match annual rates: mode "
                '"source" counts one year; mode "cashflow" converts the horizon'
            )
        return self

    @property
    def constants(self) -> Economics:
        """What the kernels compute with."""
        shift = self.adverse_selection
        return self._by_mode()._replace(
            alpha=shift.rate,
            beta=shift.log_limit,
            reference_rate=shift.reference_rate,
            log_reference_limit=math.log(shift.reference_limit),
        )

    def _by_mode(self) -> Economics:
        if self.mode == "source" or self.term_months is None:
            cost = self.funding_cost + self.operating_cost + self.credit_cost
            return source_economics(lgd=self.lgd, cost=cost)
        rate = self.funding_cost if self.discount_rate is None else self.discount_rate
        return cashflow_economics(
            lgd=self.lgd,
            term=self.term_months,
            annuity=self.amortisation == "annuity",
            pd_months=self.pd_horizon_months,
            prepayment=self.prepayment,
            discount_rate=rate,
            fee=self.fee,
            funding_cost=self.funding_cost,
            operating_cost=self.operating_cost,
            capital_cost=self.capital_ratio * self.cost_of_capital,
            recovery_lag=self.recovery_lag_months,
            drawn=self.drawn_share,
            acquisition=self.acquisition_cost,
        )
